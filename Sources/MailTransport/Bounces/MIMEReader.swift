/// A message, or a part of one, from outside: its header and what follows. Reads as much as notifications and tests of mail need, in
/// one pass.
public struct MIMEReader {
    private let header: HeaderFields
    private let body: ArraySlice<UInt8>

    /// - Parameter bytes: with LF or CRLF, whole or cut.
    public init(_ bytes: ArraySlice<UInt8>) {
        (header, body) = HeaderFields.read(bytes)
    }

    /// In lower case, without parameters; empty if there is none.
    public var mediaType: String {
        String(header.first("content-type")?.prefix { $0 != ";" } ?? "").trimmed.lowercased()
    }

    /// Whether it is a file that goes with a message, and not what the message says (RFC 2183, section 2.2).
    public var isAttached: Bool { header.first("content-disposition")?.trimmed.lowercased().hasPrefix("attachment") == true }

    /// The body without its encoding. A part that carries a message must not be encoded, but some servers do so.
    public var content: ArraySlice<UInt8> {
        switch header.first("content-transfer-encoding")?.trimmed.lowercased() {
        case "quoted-printable": QuotedPrintable.decoded(Array(body))[...]
        case "base64": (Base64.decoded(Array(body)) ?? [])[...]
        default: body
        }
    }

    /// A parameter's value in a field of the header, plain or in quotation marks.
    public func parameter(_ name: String, of field: String) -> String? {
        guard let value = header.first(field) else { return nil }
        var rest = value.drop { $0 != ";" }
        while rest.popFirst() != nil {
            let key = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0 == " " }
            let text: String
            if rest.first == "\"" {
                (text, rest) = Self.quoted(rest.dropFirst())
            } else {
                text = String(rest.prefix { $0 != ";" }).trimmed
            }
            if String(key).trimmed.lowercased() == name { return text }
            rest = rest.drop { $0 != ";" }
        }
        return nil
    }

    private static func quoted(_ text: Substring) -> (String, Substring) {
        var result = "", rest = text
        while let character = rest.popFirst(), character != "\"" {
            result.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        return (result, rest)
    }

    /// The parts of a multipart body, at most `MailLimits.bounceParts`. The last one may be cut.
    public func parts(boundary: String) -> [MIMEReader] {
        let delimiter = Array("--\(boundary)".utf8)
        // RFC 2046, section 5.1.1.
        guard (1...70).contains(boundary.utf8.count) else { return [] }
        var parts: [MIMEReader] = []
        var rest = body
        var start: Int?
        while parts.count < MailLimits.bounceParts {
            let lineStart = rest.startIndex
            let isAtEnd = rest.isEmpty
            let (line, next) = Self.line(of: rest)
            rest = next
            guard isAtEnd || line.starts(with: delimiter) else { continue }
            let after = line.dropFirst(delimiter.count)
            let isClosing = after.starts(with: "--".utf8)
            // A longer boundary that begins in the same way is another one.
            guard isAtEnd || isClosing || after.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            if let start { parts.append(MIMEReader(body[start..<lineStart])) }
            if isAtEnd || isClosing { break }
            start = rest.startIndex
        }
        return parts
    }

    /// The first line without its end, and what follows.
    static func line(of bytes: ArraySlice<UInt8>) -> (line: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        guard let end = bytes.firstIndex(of: 0x0A) else { return (bytes, bytes[bytes.endIndex...]) }
        let line = bytes[..<end]
        return (line.last == 0x0D ? line.dropLast() : line, bytes[(end + 1)...])
    }
}

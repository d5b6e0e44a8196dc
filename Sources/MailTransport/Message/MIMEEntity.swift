/// A part of a message: headers and a body that is encoded already, or further parts (RFC 2045, RFC 2046).
struct MIMEEntity {
    enum Body {
        case encoded([UInt8])
        case parts([MIMEEntity], boundary: String)
    }

    var fields: [HeaderField]
    let body: Body

    static func text(_ text: String, subtype: String) -> MIMEEntity {
        MIMEEntity(
            fields: [
                HeaderField("Content-Type", ["text/\(subtype);", "charset=\"utf-8\""]),
                HeaderField("Content-Transfer-Encoding", "quoted-printable"),
            ],
            body: .encoded(QuotedPrintable.encoded(text)))
    }

    static func file(_ bytes: [UInt8], _ fields: [HeaderField]) -> MIMEEntity {
        MIMEEntity(fields: fields + [HeaderField("Content-Transfer-Encoding", "base64")], body: .encoded(Base64.lines(bytes)))
    }

    /// - Parameters:
    ///   - kind: `mixed`, `related` or `alternative`; also part of the boundary.
    ///   - seed: tells the boundaries of one message from those of another that it may be carried in.
    ///   - first: the media type of the part that the others belong to; for `related` (RFC 2387).
    static func multipart(_ kind: String, _ parts: [MIMEEntity], seed: String, first: String? = nil) -> MIMEEntity {
        // "=_" stands in no quoted-printable text and in no base 64, so no body has such a line (RFC 2045, section 6.7).
        let boundary = "=_\(kind)_\(seed)"
        let type = ["multipart/\(kind);"] + (first.map { ["type=\"\($0)\";"] } ?? [])
        return MIMEEntity(
            fields: [HeaderField("Content-Type", type + ["boundary=\"\(boundary)\""])], body: .parts(parts, boundary: boundary))
    }

    func write(to bytes: inout [UInt8]) {
        for field in fields { field.write(to: &bytes) }
        bytes += [0x0D, 0x0A]
        switch body {
        case .encoded(let encoded):
            bytes += encoded
        case .parts(let parts, let boundary):
            for part in parts {
                bytes += "--\(boundary)\r\n".utf8
                part.write(to: &bytes)
                bytes += [0x0D, 0x0A]
            }
            bytes += "--\(boundary)--".utf8
        }
    }
}

/// Fields of a header from outside, unfolded, with names in lower case.
struct HeaderFields {
    private var fields: [(name: String, value: String)] = []

    var isEmpty: Bool { fields.isEmpty }

    /// The first value of a name; further ones of the same name are passed over.
    func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Reads up to the empty line and passes it. What is no field is passed over.
    static func read(_ bytes: ArraySlice<UInt8>) -> (fields: HeaderFields, rest: ArraySlice<UInt8>) {
        var header = HeaderFields()
        var current: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty {
            let (line, next) = MIMEReader.line(of: rest)
            rest = next
            if line.isEmpty { break }
            if line.first == 0x20 || line.first == 0x09 {
                if current.count < MailLimits.bounceFieldBytes { current += line.prefix(MailLimits.bounceFieldBytes) }
            } else {
                header.add(current)
                current = Array(line.prefix(MailLimits.bounceFieldBytes))
            }
        }
        header.add(current)
        return (header, rest)
    }

    private mutating func add(_ line: [UInt8]) {
        guard fields.count < MailLimits.bounceHeaderFields, let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = line[..<colon]
        guard !name.isEmpty, name.allSatisfy({ (0x21...0x7E).contains($0) }) else { return }
        let value = PersonalText(untrusted: line[(colon + 1)...], limit: MailLimits.bounceFieldBytes).revealed.trimmed
        fields.append((String(decoding: name, as: UTF8.self).lowercased(), value))
    }
}

import ReplicationCore

/// Spells objects (ISO 32000-1, 7.3).
enum PDFWriter {
    static func write(_ value: PDFValue, to output: inout [UInt8]) {
        switch value {
        case .null: output += "null".utf8
        case .boolean(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += "\(value)".utf8
        case .real(let text): output += text.utf8
        case .name(let name): write(name: name, to: &output)
        case .string(let bytes, _): write(string: bytes, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(0x20) }
                write(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .dictionary(let dictionary):
            output += "<<".utf8
            for entry in dictionary.entries {
                output.append(0x20)
                write(name: entry.key, to: &output)
                output.append(0x20)
                write(entry.value, to: &output)
            }
            output += " >>".utf8
        case .reference(let reference): output += "\(reference.number) \(reference.generation) R".utf8
        }
    }

    private static func write(name: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "/"))
        for scalar in name.unicodeScalars {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            if byte > 0x20, byte < 0x7F, PDFCharacter.isRegular(byte), byte != UInt8(ascii: "#") {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "#"))
                output += Array(Hexadecimal.text([byte]).utf8)
            }
        }
    }

    private static func write(string bytes: [UInt8], to output: inout [UInt8]) {
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            output.append(UInt8(ascii: "<"))
            output += Array(Hexadecimal.text(bytes).utf8)
            output.append(UInt8(ascii: ">"))
            return
        }
        output.append(UInt8(ascii: "("))
        for byte in bytes {
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(byte)
        }
        output.append(UInt8(ascii: ")"))
    }
}

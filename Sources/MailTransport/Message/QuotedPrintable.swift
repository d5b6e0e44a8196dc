/// Texts as lines of at most 76 ASCII characters (RFC 2045, section 6.7).
enum QuotedPrintable {
    private static let lineBytes = 76

    /// The text with its lines ended by CRLF, whatever ended them before.
    static func encoded(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 8)
        var column = 0, index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
                result += [0x0D, 0x0A]
                column = 0
                continue
            }
            let endsLine = index == bytes.count || bytes[index] == 0x0A || bytes[index] == 0x0D
            let width = isPlain(byte, at: column, endsLine: endsLine) ? 1 : 3
            // One column is kept for the mark that goes on in the next line.
            if column + width > lineBytes - 1 {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            // What was plain within a line may not be at its beginning.
            if isPlain(byte, at: column, endsLine: endsLine) {
                result.append(byte)
                column += 1
            } else {
                result += [UInt8(ascii: "="), Escape.digits[Int(byte >> 4)], Escape.digits[Int(byte & 0xF)]]
                column += 3
            }
        }
        return result
    }

    /// Spaces at the end of lines, dots at their beginning and `From` there are changed by servers on the way.
    private static func isPlain(_ byte: UInt8, at column: Int, endsLine: Bool) -> Bool {
        switch byte {
        case 0x20, 0x09: !endsLine
        case UInt8(ascii: "="): false
        case UInt8(ascii: "."), UInt8(ascii: "F"): column > 0
        default: (0x21...0x7E).contains(byte)
        }
    }

    /// What encoded bytes stand for. A `=` that encodes nothing stays, as section 6.7 advises.
    static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "=") else {
                result.append(byte)
                continue
            }
            if index < bytes.count, bytes[index] == 0x0A {
                index += 1
            } else if index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A {
                index += 2
            } else if index + 1 < bytes.count, let high = Escape.value(bytes[index]), let low = Escape.value(bytes[index + 1]) {
                result.append(high << 4 | low)
                index += 2
            } else {
                result.append(byte)
            }
        }
        return result
    }
}

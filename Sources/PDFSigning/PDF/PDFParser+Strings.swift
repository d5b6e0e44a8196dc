extension PDFParser {
    /// `(…)` (ISO 32000-1, 7.3.4.2).
    mutating func literalString() throws(PDFSigningError) -> PDFValue {
        let start = position
        var place = position + 1, open = 1
        var text: [UInt8] = []
        while true {
            guard place < bytes.count else { throw failure("a text has no end") }
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "("):
                open += 1
                text.append(byte)
            case UInt8(ascii: ")"):
                open -= 1
                if open == 0 {
                    move(to: place)
                    return .string(text, at: start..<place)
                }
                text.append(byte)
            case UInt8(ascii: "\\"): escape(at: &place, into: &text)
            case 0x0D:
                // Every end of a line stands for a line feed.
                if place < bytes.count, bytes[place] == 0x0A { place += 1 }
                text.append(0x0A)
            default: text.append(byte)
            }
        }
    }

    private func escape(at place: inout Int, into text: inout [UInt8]) {
        guard place < bytes.count else { return }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case 0x0A: break
        case 0x0D: if place < bytes.count, bytes[place] == 0x0A { place += 1 }
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = Int(byte - UInt8(ascii: "0")), digits = 1
            while digits < 3, place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(bytes[place]) {
                value = value * 8 + Int(bytes[place] - UInt8(ascii: "0"))
                place += 1
                digits += 1
            }
            text.append(UInt8(truncatingIfNeeded: value))
        default: text.append(byte)
        }
    }

    /// `<…>` (ISO 32000-1, 7.3.4.3).
    mutating func hexadecimalString() throws(PDFSigningError) -> PDFValue {
        let start = position
        var place = position + 1
        var text: [UInt8] = [], high: UInt8?
        while true {
            guard place < bytes.count else { throw failure("a text has no end") }
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: ">") { break }
            if PDFCharacter.isWhiteSpace(byte) { continue }
            guard let digit = PDFCharacter.hexadecimal(byte) else { throw failure("a text in hexadecimal has another character") }
            if let first = high {
                text.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        if let high { text.append(high << 4) }
        move(to: place)
        return .string(text, at: start..<place)
    }
}

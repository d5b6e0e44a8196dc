/// Reads objects out of the bytes of a PDF, from a place on (ISO 32000-1, 7.2 and 7.3).
///
/// Strict: what two readers could understand differently, such as a key that stands twice, is an error.
struct PDFParser {
    let bytes: [UInt8]
    private(set) var position: Int
    private var depth = 0
    private var values = 0

    init(_ bytes: [UInt8], at position: Int) {
        self.bytes = bytes
        self.position = min(max(position, 0), bytes.count)
    }

    mutating func move(to place: Int) { position = min(max(place, 0), bytes.count) }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func failure(_ what: String) -> PDFSigningError {
        PDFSigningError(.malformedPDF, "The PDF is damaged at byte \(position): \(what). Render it again.")
    }

    mutating func skipWhiteSpace() {
        while let byte = current {
            if byte == UInt8(ascii: "%") {
                while let byte = current, byte != 0x0A, byte != 0x0D { position += 1 }
            } else if PDFCharacter.isWhiteSpace(byte) {
                position += 1
            } else {
                return
            }
        }
    }

    /// The word if it stands here, and nothing regular follows it.
    mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
        guard matches, position + count == bytes.count || !PDFCharacter.isRegular(bytes[position + count]) else { return false }
        position += count
        return true
    }

    mutating func expect(_ word: StaticString) throws(PDFSigningError) {
        skipWhiteSpace()
        guard take(word) else { throw failure("“\(word)” should stand here") }
    }

    /// Moves over one end of a line, if it stands here.
    mutating func skipEndOfLine() {
        if current == 0x0D { position += 1 }
        if current == 0x0A { position += 1 }
    }

    /// An unsigned number in decimal digits.
    mutating func number() throws(PDFSigningError) -> Int {
        skipWhiteSpace()
        var value = 0, digits = 0
        while let byte = current, PDFCharacter.isDigit(byte) {
            digits += 1
            guard digits <= 12 else { throw failure("a number has too many digits") }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
        }
        guard digits > 0 else { throw failure("a number should stand here") }
        if let byte = current, PDFCharacter.isRegular(byte) { throw failure("a number goes over into other characters") }
        return value
    }

    // MARK: Objects

    mutating func value() throws(PDFSigningError) -> PDFValue {
        skipWhiteSpace()
        values += 1
        guard values <= PDFSigningLimits.valuesOfAnObject else { throw failure("an object has too many values") }
        guard let byte = current else { throw failure("it ends within an object") }
        switch byte {
        case UInt8(ascii: "/"): return .name(try name())
        case UInt8(ascii: "("): return try literalString()
        case UInt8(ascii: "["): return try nested { (parser) throws(PDFSigningError) in try parser.array() }
        case UInt8(ascii: "<"):
            guard position + 1 < bytes.count, bytes[position + 1] == byte else { return try hexadecimalString() }
            return try nested { (parser) throws(PDFSigningError) in .dictionary(try parser.dictionary()) }
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"): return try numeric()
        default:
            if take("true") { return .boolean(true) }
            if take("false") { return .boolean(false) }
            if take("null") { return .null }
            throw failure("no object begins like this")
        }
    }

    private mutating func nested(
        _ read: (inout PDFParser) throws(PDFSigningError) -> PDFValue
    ) throws(PDFSigningError) -> PDFValue {
        depth += 1
        guard depth <= PDFSigningLimits.depth else { throw failure("objects stand too deep in one another") }
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func array() throws(PDFSigningError) -> PDFValue {
        position += 1
        var elements: [PDFValue] = []
        while true {
            skipWhiteSpace()
            if current == UInt8(ascii: "]") { break }
            elements.append(try value())
        }
        position += 1
        return .array(elements)
    }

    mutating func dictionary() throws(PDFSigningError) -> PDFDictionary {
        skipWhiteSpace()
        guard bytes.count - position >= 2, bytes[position] == UInt8(ascii: "<"), bytes[position + 1] == UInt8(ascii: "<") else {
            throw failure("a dictionary should stand here")
        }
        position += 2
        var pairs: [(String, PDFValue)] = [], keys: Set<String> = []
        while true {
            skipWhiteSpace()
            guard let byte = current else { throw failure("it ends within a dictionary") }
            if byte == UInt8(ascii: ">") {
                guard position + 1 < bytes.count, bytes[position + 1] == byte else { throw failure("a dictionary ends with one “>”") }
                position += 2
                return PDFDictionary(pairs)
            }
            guard byte == UInt8(ascii: "/") else { throw failure("a key should stand here") }
            let key = try name()
            guard keys.insert(key).inserted else { throw failure("a dictionary has a key twice") }
            pairs.append((key, try value()))
        }
    }

    private mutating func name() throws(PDFSigningError) -> String {
        position += 1
        var name = String.UnicodeScalarView()
        while let byte = current, PDFCharacter.isRegular(byte) {
            guard byte == UInt8(ascii: "#") else {
                name.append(Unicode.Scalar(byte))
                position += 1
                continue
            }
            guard bytes.count - position > 2, let high = PDFCharacter.hexadecimal(bytes[position + 1]),
                  let low = PDFCharacter.hexadecimal(bytes[position + 2]) else { throw failure("a name has “#” without two digits") }
            name.append(Unicode.Scalar(high << 4 | low))
            position += 3
        }
        return String(name)
    }
}

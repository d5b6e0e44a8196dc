extension PDFParser {
    /// A number, or the reference that begins with it.
    mutating func numeric() throws(PDFSigningError) -> PDFValue {
        let start = position
        var place = position
        while place < bytes.count, PDFCharacter.isRegular(bytes[place]) { place += 1 }
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        guard place - start <= 32 else { throw failure("a number has too many digits") }
        guard let integer = Int(word) else {
            guard Double(word)?.isFinite == true, word.allSatisfy({ $0.isNumber || "+-.".contains($0) }) else {
                throw failure("a number cannot be read")
            }
            move(to: place)
            return .real(word)
        }
        move(to: place)
        guard integer >= 0, integer <= PDFSigningLimits.objects, let reference = reference(to: integer) else { return .integer(integer) }
        return .reference(reference)
    }

    /// `G R` after an object's number, on the same or another line.
    private mutating func reference(to number: Int) -> PDFReference? {
        let back = position
        var place = position
        while place < bytes.count, PDFCharacter.isWhiteSpace(bytes[place]) { place += 1 }
        let start = place
        var generation = 0
        while place < bytes.count, place - start < 5, PDFCharacter.isDigit(bytes[place]) {
            generation = generation * 10 + Int(bytes[place] - UInt8(ascii: "0"))
            place += 1
        }
        guard place > start, place < bytes.count, PDFCharacter.isWhiteSpace(bytes[place]) else { return nil }
        while place < bytes.count, PDFCharacter.isWhiteSpace(bytes[place]) { place += 1 }
        move(to: place)
        guard number > 0, take("R") else {
            move(to: back)
            return nil
        }
        return PDFReference(number: number, generation: generation)
    }
}

/// Where the objects of a PDF stand: its cross-reference tables from the newest back to the first (ISO 32000-1, 7.5.4 to 7.5.6).
struct PDFCrossReferences {
    struct Entry: Equatable {
        let offset: Int
        let generation: Int
        let isFree: Bool
    }

    private(set) var entries: [Int: Entry] = [:]
    /// Of the newest section.
    private(set) var trailer = PDFDictionary()
    /// Where the newest section begins.
    let newest: Int
    /// Where each section's `%%EOF` ends, newest first.
    private(set) var ends: [Int] = []
    /// Entries read, of all sections.
    private var total = 0

    init(_ bytes: [UInt8]) throws(PDFSigningError) {
        newest = try Self.start(of: bytes)
        var next: Int? = newest
        var seen: Set<Int> = []
        while let offset = next {
            guard seen.insert(offset).inserted, seen.count <= PDFSigningLimits.sections else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: its cross-reference tables lead in a circle, or are too many. Render it again.")
            }
            let trailer = try take(bytes, at: offset)
            if seen.count == 1 { self.trailer = trailer }
            switch trailer["Prev"] {
            case nil: next = nil
            case .integer(let previous): next = previous
            default: throw PDFSigningError(.malformedPDF, "The PDF is damaged: /Prev at byte \(offset) is no number. Render it again.")
            }
        }
    }

    /// What `startxref` at the end names. Nothing but white space may follow the last `%%EOF`.
    private static func start(of bytes: [UInt8]) throws(PDFSigningError) -> Int {
        let damaged = PDFSigningError(
            .malformedPDF, "The PDF is cut off or damaged: it does not end with “startxref”, a place and “%%EOF”. Render it again.")
        let marker = Array("startxref".utf8)
        var place = bytes.count - marker.count
        let first = max(0, bytes.count - PDFSigningLimits.tailBytes)
        while place >= first, !bytes[place..<place + marker.count].elementsEqual(marker) { place -= 1 }
        guard place >= first else { throw damaged }
        var parser = PDFParser(bytes, at: place)
        let end: Int
        let offset: Int
        do {
            (offset, end) = try startAndEnd(&parser)
        } catch {
            throw damaged
        }
        guard bytes[end...].allSatisfy(PDFCharacter.isWhiteSpace), offset < place else { throw damaged }
        return offset
    }

    /// `startxref`, the place, and the end of `%%EOF`.
    private static func startAndEnd(_ parser: inout PDFParser) throws(PDFSigningError) -> (offset: Int, end: Int) {
        try parser.expect("startxref")
        let offset = try parser.number()
        while parser.position < parser.bytes.count, PDFCharacter.isWhiteSpace(parser.bytes[parser.position]) {
            parser.move(to: parser.position + 1)
        }
        guard parser.take("%%EOF") else { throw parser.failure("“%%EOF” should stand here") }
        return (offset, parser.position)
    }

    // MARK: One section

    private mutating func take(_ bytes: [UInt8], at offset: Int) throws(PDFSigningError) -> PDFDictionary {
        var parser = PDFParser(bytes, at: offset)
        let isInside = bytes.indices.contains(offset)
        guard isInside, parser.take("xref") else {
            if isInside, PDFCharacter.isDigit(bytes[offset]) {
                throw PDFSigningError(.unsupportedPDF, "The PDF has cross-reference streams, which are not signed here. Render it as PDF 1.4, which has a table.")
            }
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: there is no cross-reference table at byte \(offset). Render it again.")
        }
        while true {
            parser.skipWhiteSpace()
            if parser.take("trailer") { break }
            try takeSubsection(&parser)
        }
        let trailer = try parser.dictionary()
        guard trailer["XRefStm"] == nil else {
            throw PDFSigningError(.unsupportedPDF, "The PDF has a cross-reference stream beside its table, which is not signed here. Render it as PDF 1.4.")
        }
        guard trailer["Encrypt"] == nil else {
            throw PDFSigningError(.unsupportedPDF, "The PDF is encrypted, and is not signed. Render it without a password.")
        }
        ends.append(try Self.startAndEnd(&parser).end)
        return trailer
    }

    private mutating func takeSubsection(_ parser: inout PDFParser) throws(PDFSigningError) {
        let first = try parser.number(), count = try parser.number()
        while parser.position < parser.bytes.count, parser.bytes[parser.position] == 0x20 { parser.move(to: parser.position + 1) }
        parser.skipEndOfLine()
        total += count
        guard first + count <= PDFSigningLimits.objects, total <= PDFSigningLimits.objects,
              count * Self.entryBytes <= parser.bytes.count - parser.position else {
            throw parser.failure("a cross-reference table has too many objects")
        }
        for number in first..<first + count {
            let entry = try Self.entry(parser)
            parser.move(to: parser.position + Self.entryBytes)
            // The newest section that names an object is the one that counts.
            if entries[number] == nil { entries[number] = entry }
        }
    }

    private static let entryBytes = 20

    /// `nnnnnnnnnn ggggg n` and two bytes that end the line.
    private static func entry(_ parser: PDFParser) throws(PDFSigningError) -> Entry {
        let line = parser.bytes[parser.position..<parser.position + entryBytes]
        func digits(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in line[(line.startIndex + range.lowerBound)..<(line.startIndex + range.upperBound)] {
                guard PDFCharacter.isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        func byte(_ place: Int) -> UInt8 { line[line.startIndex + place] }
        guard let offset = digits(0..<10), let generation = digits(11..<16), byte(10) == 0x20, byte(16) == 0x20,
              byte(17) == UInt8(ascii: "n") || byte(17) == UInt8(ascii: "f"),
              PDFCharacter.isWhiteSpace(byte(18)), byte(19) == 0x0A || byte(19) == 0x0D else {
            throw parser.failure("an entry of the cross-reference table cannot be read")
        }
        return Entry(offset: offset, generation: generation, isFree: byte(17) == UInt8(ascii: "f"))
    }
}

/// The parts of a PDF that signing needs: its cross-reference tables, catalog and pages.
///
/// Nothing is read that nobody asks for, so the work does not grow with the size of pictures and fonts.
struct PDFDocument {
    let bytes: [UInt8]
    let references: PDFCrossReferences
    let catalog: PDFDictionary
    let catalogReference: PDFReference
    /// Major and minor: the catalog's if it is later than the header's (ISO 32000-1, 7.5.2 and table 28).
    let version: (Int, Int)
    private let budget: ParseBudget

    init(_ bytes: [UInt8]) throws(PDFSigningError) {
        guard bytes.count <= PDFSigningLimits.pdfBytes else {
            throw PDFSigningError(.tooLarge, "The PDF has \(bytes.count) bytes; \(PDFSigningLimits.pdfBytes) are the most. Split it, or make its pictures smaller.")
        }
        let header = Array("%PDF-".utf8)
        guard bytes.count > 8, bytes.starts(with: header), let version = Self.version(bytes[5..<8]) else {
            throw PDFSigningError(.malformedPDF, "This is no PDF: it does not begin with “%PDF-1.”. Give the bytes as they were rendered.")
        }
        self.bytes = bytes
        references = try PDFCrossReferences(bytes)
        budget = ParseBudget()
        guard references.trailer["Size"]?.integer ?? 0 <= PDFSigningLimits.objects else {
            throw PDFSigningError(.tooLarge, "The PDF says that it has more than \(PDFSigningLimits.objects) objects. Render it again.")
        }
        guard let root = references.trailer["Root"]?.reference else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: its trailer names no catalog. Render it again.")
        }
        catalogReference = root
        guard let catalog = try Self.object(root, in: bytes, references, budget).value.dictionary, catalog["Type"]?.name == "Catalog" else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: what its trailer names is no catalog. Render it again.")
        }
        self.catalog = catalog
        let later = catalog["Version"]?.name.flatMap { Self.version(Array($0.utf8)[...]) }
        self.version = later.map { $0 > version ? $0 : version } ?? version
    }

    private static func version(_ text: ArraySlice<UInt8>) -> (Int, Int)? {
        let text = Array(text)
        guard text.count == 3, PDFCharacter.isDigit(text[0]), text[1] == UInt8(ascii: "."), PDFCharacter.isDigit(text[2]) else { return nil }
        return (Int(text[0] - UInt8(ascii: "0")), Int(text[2] - UInt8(ascii: "0")))
    }

    /// One more than the largest number in use.
    var nextObjectNumber: Int {
        max(references.trailer["Size"]?.integer ?? 0, (references.entries.keys.max() ?? 0) + 1)
    }

    // MARK: Objects

    func object(_ reference: PDFReference) throws(PDFSigningError) -> PDFIndirectObject {
        try Self.object(reference, in: bytes, references, budget)
    }

    private static func object(
        _ reference: PDFReference, in bytes: [UInt8], _ references: PDFCrossReferences, _ budget: ParseBudget
    ) throws(PDFSigningError) -> PDFIndirectObject {
        guard let entry = references.entries[reference.number], !entry.isFree, entry.generation == reference.generation,
              entry.offset < bytes.count else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: object \(reference.number) is named and is not there. Render it again.")
        }
        var parser = PDFParser(bytes, at: entry.offset)
        guard try parser.number() == reference.number, try parser.number() == reference.generation else {
            throw parser.failure("object \(reference.number) should stand here")
        }
        try parser.expect("obj")
        let value = try parser.value()
        try budget.spend(parser.position - entry.offset)
        parser.skipWhiteSpace()
        guard parser.take("endobj") || (value.dictionary != nil && parser.take("stream")) else {
            throw parser.failure("object \(reference.number) has no end")
        }
        return PDFIndirectObject(reference: reference, value: value, range: entry.offset..<parser.position)
    }

    /// What a value stands for: itself, or what it refers to. An object that is not there is null (ISO 32000-1, 7.3.10).
    func resolved(_ value: PDFValue?) throws(PDFSigningError) -> PDFValue {
        var value = value ?? .null
        for _ in 0..<PDFSigningLimits.references {
            guard case .reference(let reference) = value else { return value }
            guard let entry = references.entries[reference.number], !entry.isFree, entry.generation == reference.generation else { return .null }
            value = try object(reference).value
        }
        throw PDFSigningError(.malformedPDF, "The PDF is damaged: references lead to references without an end. Render it again.")
    }

    // MARK: Pages

    /// - Parameter index: from 0.
    func page(_ index: Int) throws(PDFSigningError) -> PDFIndirectObject {
        guard let root = catalog["Pages"]?.reference else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: its catalog names no pages. Render it again.")
        }
        var waiting = [root], seen: Set<PDFReference> = [], count = 0
        while let reference = waiting.popLast() {
            guard seen.insert(reference).inserted, seen.count <= PDFSigningLimits.nodes else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: its pages lead in a circle, or are too many. Render it again.")
            }
            let node = try object(reference)
            guard let dictionary = node.value.dictionary else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: object \(reference.number) should be a page. Render it again.")
            }
            guard let kids = dictionary["Kids"] else {
                if count == index { return node }
                count += 1
                continue
            }
            guard let children = try resolved(kids).array, waiting.count + children.count <= PDFSigningLimits.nodes else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: the pages under object \(reference.number) cannot be read. Render it again.")
            }
            for child in children.reversed() {
                guard let child = child.reference else {
                    throw PDFSigningError(.malformedPDF, "The PDF is damaged: a page has no number of its own. Render it again.")
                }
                waiting.append(child)
            }
        }
        throw PDFSigningError(.invalidRequest, "The PDF has \(count) pages; there is no page \(index + 1). Name another.")
    }
}

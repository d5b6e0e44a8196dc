/// An incremental update: objects that are appended to a PDF, of which no byte changes (ISO 32000-1, 7.5.6).
struct PDFUpdate {
    let document: PDFDocument
    private(set) var output: [UInt8]
    private var offsets: [PDFReference: Int] = [:]
    private var nextNumber: Int

    /// - Parameter room: for so many bytes besides the document's.
    init(of document: PDFDocument, room: Int) {
        self.document = document
        nextNumber = document.nextObjectNumber
        output = []
        output.reserveCapacity(document.bytes.count + room)
        output += document.bytes
        if output.last != 0x0A { output.append(0x0A) }
    }

    mutating func reserve() -> PDFReference {
        defer { nextNumber += 1 }
        return PDFReference(number: nextNumber, generation: 0)
    }

    mutating func put(_ value: PDFValue, as reference: PDFReference) {
        begin(reference)
        PDFWriter.write(value, to: &output)
        end()
    }

    mutating func add(_ value: PDFValue) -> PDFReference {
        let reference = reserve()
        put(value, as: reference)
        return reference
    }

    mutating func add(stream bytes: [UInt8], _ dictionary: PDFDictionary) -> PDFReference {
        let reference = reserve()
        begin(reference)
        var dictionary = dictionary
        dictionary["Length"] = .integer(bytes.count)
        PDFWriter.write(.dictionary(dictionary), to: &output)
        output += "\nstream\n".utf8
        output += bytes
        output += "\nendstream".utf8
        end()
        return reference
    }

    /// An object whose bytes have places that are filled in later.
    ///
    /// - Parameter text: what stands between `obj` and `endobj`.
    /// - Returns: where it begins.
    mutating func put(text: [UInt8], as reference: PDFReference) -> Int {
        begin(reference)
        let start = output.count
        output += text
        end()
        return start
    }

    private mutating func begin(_ reference: PDFReference) {
        offsets[reference] = output.count
        output += "\(reference.number) \(reference.generation) obj\n".utf8
    }

    private mutating func end() { output += "\nendobj\n".utf8 }

    /// Writes table and trailer. Nothing can be added afterwards.
    mutating func finish() throws(PDFSigningError) {
        guard nextNumber <= PDFSigningLimits.objects else {
            throw PDFSigningError(.tooLarge, "The PDF has too many objects to be signed. Split it.")
        }
        let start = output.count
        let sorted = offsets.keys.sorted { $0.number < $1.number }
        output += "xref\n".utf8
        var index = 0
        while index < sorted.count {
            var end = index + 1
            while end < sorted.count, sorted[end].number == sorted[end - 1].number + 1 { end += 1 }
            output += "\(sorted[index].number) \(end - index)\n".utf8
            for reference in sorted[index..<end] {
                output += Self.padded(offsets[reference] ?? 0, 10) + " ".utf8 + Self.padded(reference.generation, 5) + " n \n".utf8
            }
            index = end
        }
        output += "trailer\n".utf8
        PDFWriter.write(.dictionary(trailer(to: start)), to: &output)
        output += "\nstartxref\n\(start)\n%%EOF\n".utf8
    }

    private func trailer(to start: Int) -> PDFDictionary {
        var trailer = document.references.trailer
        trailer["Size"] = .integer(nextNumber)
        trailer["Prev"] = .integer(document.references.newest)
        // Not secret and not random: it only has to differ between files (ISO 32000-1, 14.4).
        let identity = Array(Digest.sha256(of: output[document.bytes.count..<start]).prefix(16))
        let first = trailer["ID"]?.array?.first?.bytes ?? identity
        trailer["ID"] = .array([.string(first), .string(identity)])
        return trailer
    }

    private static func padded(_ value: Int, _ width: Int) -> [UInt8] {
        let digits = Array("\(value)".utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }

    /// Overwrites bytes that this update has written.
    mutating func fill(_ bytes: [UInt8], at place: Int) {
        precondition(place >= document.bytes.count && place + bytes.count <= output.count, "what was signed before never changes")
        output.replaceSubrange(place..<place + bytes.count, with: bytes)
    }
}

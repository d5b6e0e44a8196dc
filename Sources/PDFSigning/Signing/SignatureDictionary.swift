/// A signature dictionary with room for ByteRange and Contents, which are known last (ISO 32000-1, 12.8.1).
struct SignatureDictionary {
    let text: [UInt8]
    /// In `text`: where the array's characters begin.
    let byteRangePlace: Int
    /// In `text`: the string with its delimiters.
    let contents: Range<Int>

    /// Characters of the array, brackets included: four numbers, of which the largest has as many digits as the largest PDF has.
    private static let byteRangeWidth = 3 + 3 * (String(PDFSigningLimits.pdfBytes).count + 1)

    /// - Parameter room: bytes for the CMS.
    init(_ details: SignatureDetails, signerName: String, room: Int) {
        var dictionary = PDFDictionary([
            ("Type", .name("Sig")), ("Filter", .name("Adobe.PPKLite")), ("SubFilter", .name("ETSI.CAdES.detached")),
            ("M", PDFText.date(Int(details.time.timeIntervalSince1970))), ("Name", PDFText.string(details.name ?? signerName)),
        ])
        dictionary["Reason"] = details.reason.map(PDFText.string)
        dictionary["Location"] = details.location.map(PDFText.string)
        dictionary["ContactInfo"] = details.contact.map(PDFText.string)
        var text: [UInt8] = []
        PDFWriter.write(.dictionary(dictionary), to: &text)
        text.removeLast(2)
        text += "/ByteRange ".utf8
        byteRangePlace = text.count
        text += [UInt8](repeating: 0x20, count: Self.byteRangeWidth)
        text += " /Contents ".utf8
        contents = text.count..<text.count + 2 + 2 * room
        text.append(UInt8(ascii: "<"))
        text += [UInt8](repeating: UInt8(ascii: "0"), count: 2 * room)
        text += "> >>".utf8
        self.text = text
    }

    /// What is signed: everything but the string of Contents.
    func byteRange(before first: Int, after second: Int, total: Int) -> [UInt8] {
        let array = Array("[0 \(first) \(second) \(total - second)]".utf8)
        precondition(array.count <= Self.byteRangeWidth, "a PDF within its limits has short offsets")
        return array + [UInt8](repeating: 0x20, count: Self.byteRangeWidth - array.count)
    }
}

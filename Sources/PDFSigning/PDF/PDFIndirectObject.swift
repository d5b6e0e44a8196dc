/// An object that has a number, and where it stands.
struct PDFIndirectObject {
    let reference: PDFReference
    /// Of a stream, its dictionary.
    let value: PDFValue
    /// From its number to `endobj`, or to the beginning of a stream's bytes.
    let range: Range<Int>
}

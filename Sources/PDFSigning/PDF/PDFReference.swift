/// Names an indirect object (ISO 32000-1, 7.3.10).
struct PDFReference: Hashable {
    let number: Int
    let generation: Int
}

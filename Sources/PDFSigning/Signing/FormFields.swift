/// The interactive form of a PDF: its fields, and among them those with signatures (ISO 32000-1, 12.7).
struct FormFields {
    /// A field with a signature in it.
    struct Signature {
        /// With those of the fields above it.
        let name: String
        let value: PDFValue
    }

    /// Empty if the PDF has no form.
    let dictionary: PDFDictionary
    /// Nil if the form stands in the catalog itself.
    let reference: PDFReference?
    let fields: [PDFValue]
    private let document: PDFDocument

    init(of document: PDFDocument) throws(PDFSigningError) {
        self.document = document
        reference = document.catalog["AcroForm"]?.reference
        dictionary = try document.resolved(document.catalog["AcroForm"]).dictionary ?? PDFDictionary()
        fields = try document.resolved(dictionary["Fields"]).array ?? []
    }

    /// In the order of the form.
    func signatures() throws(PDFSigningError) -> [Signature] {
        var found: [Signature] = []
        try walk { name, type, field throws(PDFSigningError) in
            guard type == "Sig", let value = field["V"], try document.resolved(value) != .null else { return }
            guard found.count < PDFSigningLimits.signatures else {
                throw PDFSigningError(.tooLarge, "The PDF has more than \(PDFSigningLimits.signatures) signatures, and is not read.")
            }
            found.append(Signature(name: name, value: value))
        }
        return found
    }

    /// Signature1, or the first after it that no field has.
    func freeName() throws(PDFSigningError) -> String {
        var taken: Set<String> = []
        try walk { name, _, _ in taken.insert(name) }
        var number = 1
        while taken.contains("Signature\(number)") { number += 1 }
        return "Signature\(number)"
    }

    private func walk(_ visit: (String, _ type: String?, PDFDictionary) throws(PDFSigningError) -> Void) throws(PDFSigningError) {
        typealias Waiting = (field: PDFValue, name: String, type: String?)
        var waiting: [Waiting] = fields.reversed().map { ($0, "", nil) }
        var seen: Set<PDFReference> = [], count = 0
        while let (value, prefix, inherited) = waiting.popLast() {
            count += 1
            if let reference = value.reference, !seen.insert(reference).inserted {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: a form field stands in the form twice. Render it again.")
            }
            guard count <= PDFSigningLimits.nodes else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: it has too many form fields. Render it again.")
            }
            guard let field = try document.resolved(value).dictionary else { continue }
            let part = try document.resolved(field["T"]).bytes.map(PDFText.text)
            let name = String((prefix.isEmpty ? part ?? "" : prefix + (part.map { "." + $0 } ?? "")).prefix(PDFSigningLimits.textBytes))
            let type = try document.resolved(field["FT"]).name ?? inherited
            try visit(name, type, field)
            let kids = try document.resolved(field["Kids"]).array ?? []
            guard waiting.count + kids.count <= PDFSigningLimits.nodes else {
                throw PDFSigningError(.malformedPDF, "The PDF is damaged: it has too many form fields. Render it again.")
            }
            waiting += kids.reversed().map { ($0, name, type) }
        }
    }
}

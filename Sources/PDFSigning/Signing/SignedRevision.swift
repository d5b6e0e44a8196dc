import Foundation

/// The incremental update with which a PDF gets a signature: the signature, its field, the form, and attachments.
struct SignedRevision {
    /// Where in the output the two places are that are filled in last.
    struct Places {
        let byteRange: Int
        let contents: Range<Int>
    }

    private let document: PDFDocument
    private let form: FormFields
    private var update: PDFUpdate
    private var catalog: PDFDictionary
    private var places: Places?

    init(of document: PDFDocument, room: Int) throws(PDFSigningError) {
        self.document = document
        catalog = document.catalog
        guard catalog["Perms"] == nil else {
            throw PDFSigningError(.unsupportedPDF, "The PDF is certified, which may forbid further signatures. Sign the PDF as it was rendered.")
        }
        form = try FormFields(of: document)
        // Besides what the caller counts, objects and table are a few hundred bytes each.
        update = PDFUpdate(of: document, room: room + 65536)
    }

    // MARK: Attachments

    mutating func attach(_ attachments: [PDFAttachment], at time: Date) throws(PDFSigningError) {
        guard !attachments.isEmpty else { return }
        guard try form.signatures().isEmpty else {
            throw PDFSigningError(.alreadySigned, "The PDF is signed already; a file that is attached now looks like a change of what was signed. Attach it with the first signature.")
        }
        var names = try document.resolved(catalog["Names"]).dictionary ?? PDFDictionary()
        var tree = try document.resolved(names["EmbeddedFiles"]).dictionary ?? PDFDictionary()
        guard tree["Kids"] == nil else {
            throw PDFSigningError(.unsupportedPDF, "The PDF has its attachments in a tree, to which nothing is added here. Sign the PDF as it was rendered.")
        }
        let leaves = try document.resolved(tree["Names"]).array ?? []
        guard leaves.count % 2 == 0 else {
            throw PDFSigningError(.malformedPDF, "The PDF is damaged: its list of attachments cannot be read. Render it again.")
        }
        var files: [(key: [UInt8], value: PDFValue)] = []
        for index in stride(from: 0, to: leaves.count, by: 2) {
            files.append((try document.resolved(leaves[index]).bytes ?? [], leaves[index + 1]))
        }
        var associated = try document.resolved(catalog["AF"]).array ?? []
        for attachment in attachments {
            let key = PDFText.string(attachment.name).bytes ?? []
            guard !files.contains(where: { $0.key == key }) else {
                throw PDFSigningError(.invalidRequest, "The PDF has an attachment “\(attachment.name)” already. Give it another name.")
            }
            let file = PDFValue.reference(add(attachment, at: time))
            files.append((key, file))
            associated.append(file)
        }
        files.sort { $0.key.lexicographicallyPrecedes($1.key) }
        tree["Names"] = .array(files.flatMap { [.string($0.key), $0.value] })
        names["EmbeddedFiles"] = .dictionary(tree)
        catalog["Names"] = .dictionary(names)
        catalog["AF"] = .array(associated)
    }

    private mutating func add(_ attachment: PDFAttachment, at time: Date) -> PDFReference {
        let stream = update.add(stream: attachment.bytes, PDFDictionary([
            ("Type", .name("EmbeddedFile")), ("Subtype", .name(attachment.mediaType)),
            ("Params", .dictionary(PDFDictionary([
                ("Size", .integer(attachment.bytes.count)), ("ModDate", PDFText.date(Int(time.timeIntervalSince1970))),
            ]))),
        ]))
        var file = PDFDictionary([
            ("Type", .name("Filespec")), ("F", PDFText.string(attachment.name)), ("UF", PDFText.string(attachment.name)),
            ("EF", .dictionary(PDFDictionary([("F", .reference(stream)), ("UF", .reference(stream))]))),
            ("AFRelationship", .name("Source")),
        ])
        file["Desc"] = attachment.description.map(PDFText.string)
        return update.add(.dictionary(file))
    }

    // MARK: Signature

    /// - Returns: the field's name.
    mutating func place(_ signature: SignatureDictionary, _ details: SignatureDetails) throws(PDFSigningError) -> String {
        let taken = try form.signatures()
        guard taken.count < PDFSigningLimits.signatures else {
            throw PDFSigningError(.tooLarge, "The PDF has \(taken.count) signatures; \(PDFSigningLimits.signatures) are the most. Sign a new rendering.")
        }
        let field = try form.freeName()
        let page: PDFIndirectObject, sides: [Double]
        switch details.place {
        case .invisible: (page, sides) = (try document.page(0), [0, 0, 0, 0])
        case .page(let index, let area):
            (page, sides) = (try document.page(index), [area.left, area.bottom, area.left + area.width, area.bottom + area.height])
        }
        let reference = update.reserve()
        let start = update.put(text: signature.text, as: reference)
        places = Places(
            byteRange: start + signature.byteRangePlace,
            contents: start + signature.contents.lowerBound..<start + signature.contents.upperBound)
        var widget = PDFDictionary([
            ("Type", .name("Annot")), ("Subtype", .name("Widget")), ("FT", .name("Sig")), ("T", PDFText.string(field)),
            ("V", .reference(reference)), ("P", .reference(page.reference)),
            // Printed and locked (ISO 32000-1, table 165).
            ("F", .integer(132)), ("Rect", .array(sides.map(Self.number))),
        ])
        if details.place != .invisible { widget["AP"] = emptyAppearance(sides[2] - sides[0], sides[3] - sides[1]) }
        let annotation = PDFValue.reference(update.add(.dictionary(widget)))
        try putOnPage(page, annotation)
        try putInForm(annotation)
        return field
    }

    /// Readers ask for an appearance where there is an area; this one draws nothing.
    private mutating func emptyAppearance(_ width: Double, _ height: Double) -> PDFValue {
        let box = PDFValue.array([.integer(0), .integer(0), Self.number(width), Self.number(height)])
        let stream = update.add(stream: [], PDFDictionary([
            ("Type", .name("XObject")), ("Subtype", .name("Form")), ("BBox", box), ("Resources", .dictionary(PDFDictionary())),
        ]))
        return .dictionary(PDFDictionary([("N", .reference(stream))]))
    }

    /// To a hundredth of a point, never with an exponent.
    private static func number(_ value: Double) -> PDFValue {
        let hundredths = Int((abs(value) * 100).rounded())
        guard hundredths % 100 != 0 else { return .integer(value < 0 ? -(hundredths / 100) : hundredths / 100) }
        let cents = hundredths % 100
        return .real("\(value < 0 ? "-" : "")\(hundredths / 100).\(cents < 10 ? "0" : "")\(cents)")
    }

    private mutating func putOnPage(_ page: PDFIndirectObject, _ annotation: PDFValue) throws(PDFSigningError) {
        guard var dictionary = page.value.dictionary else { return }
        let annotations = (try document.resolved(dictionary["Annots"]).array ?? []) + [annotation]
        if let list = dictionary["Annots"]?.reference {
            update.put(.array(annotations), as: list)
        } else {
            dictionary["Annots"] = .array(annotations)
            update.put(.dictionary(dictionary), as: page.reference)
        }
    }

    private mutating func putInForm(_ annotation: PDFValue) throws(PDFSigningError) {
        var dictionary = form.dictionary
        // Signatures exist, and the file is only to be appended to (ISO 32000-1, table 219).
        dictionary["SigFlags"] = .integer((dictionary["SigFlags"]?.integer ?? 0) | 3)
        let fields = form.fields + [annotation]
        if let list = dictionary["Fields"]?.reference {
            update.put(.array(fields), as: list)
        } else {
            dictionary["Fields"] = .array(fields)
        }
        if let reference = form.reference {
            update.put(.dictionary(dictionary), as: reference)
        } else {
            catalog["AcroForm"] = .reference(update.add(.dictionary(dictionary)))
        }
    }

    // MARK: End

    mutating func finished() throws(PDFSigningError) -> (PDFUpdate, Places) {
        guard let places else { preconditionFailure("a revision is finished after its signature is placed") }
        if document.version < (1, 7) { catalog["Version"] = .name("1.7") }
        // PAdES is an extension of PDF 1.7, and part of PDF 2.0.
        if document.version < (2, 0) {
            var extensions = try document.resolved(catalog["Extensions"]).dictionary ?? PDFDictionary()
            if extensions["ESIC"] == nil {
                extensions["ESIC"] = .dictionary(PDFDictionary([("BaseVersion", .name("1.7")), ("ExtensionLevel", .integer(1))]))
                catalog["Extensions"] = .dictionary(extensions)
            }
        }
        if catalog != document.catalog { update.put(.dictionary(catalog), as: document.catalogReference) }
        try update.finish()
        return (update, places)
    }
}

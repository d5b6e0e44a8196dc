/// What a document says and where its values come from: one version, in one language.
///
/// Texts are mustache templates (the `mustache(5)` of the field, without partials, lambdas and other delimiters), whose names are fields of rows:
/// `{{number}}`, `{{account.name}}` through a reference, `{{#contact}}…{{/contact}}` where there is one, `{{date(reported_at)}}` written otherwise.
/// See `Protocol/documents/README.md`.
public struct DocumentTemplate: Sendable, Equatable {
    public var identity: TemplateIdentity
    public var kind: DocumentKind
    public var language: String
    /// The collection of the row that it is about, such as `work_order`.
    public var subject: String
    public var title: String
    public var number: String
    public var letterhead: DocumentForm.Letterhead
    public var blocks: [Block]
    /// What values of choices are called, and `true` and `false`.
    public var words: [String: String]

    public enum Block: Sendable, Equatable {
        case heading(String)
        case text(String)
        case facts([DocumentForm.Fact])
        case table(Table)
        /// The pictures that a field of these rows names.
        case photos(rows: String?, field: String, caption: String)
        case terms(String)
        case signature(DocumentForm.SignaturePlace)
    }

    public struct Table: Sendable, Equatable {
        /// The collection whose rows name the subject.
        public var rows: String
        /// The field by which they are sorted; by key without one.
        public var sort: String?
        public var empty: String
        public var columns: [Column]
        /// What stands in the first column of the row of sums; nil without one.
        public var total: String?
    }

    public struct Column: Sendable, Equatable {
        public var label: String
        public var content: Content
        public var isSummed: Bool
    }

    public enum Content: Sendable, Equatable {
        case text(String)
        /// An integer field, or one of a row that a reference names.
        case number(String)
        /// An integer in hundredths, beside its currency; as often as an integer field says, if one is named.
        case money(String, times: String?)
        /// From one timestamp to another.
        case duration(from: String, to: String)

        var isNumber: Bool { if case .text = self { false } else { true } }
    }
}

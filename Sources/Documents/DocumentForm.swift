/// A document with all its fields filled in: what is read, and what is signed.
///
/// It says everything that is shown, in the words and the formats of its reader, and where each value comes from. Its
/// canonical bytes (`CanonicalForm`) are what a signature is bound to.
public struct DocumentForm: Codable, Sendable, Equatable {
    public var kind: DocumentKind
    /// The template that it was made from, which never changes.
    public var template: TemplateIdentity
    /// As in BCP 47, such as `en` or `es-CL`: of the words and of how dates and amounts are written.
    public var language: String
    public var title: String
    /// Such as an order's number; empty if it has none.
    public var number: String
    /// As it is written for its reader, of the day on which it was made.
    public var date: String
    public var letterhead: Letterhead
    public var blocks: [Block]
    /// What it was made from, in the order of their first use.
    public var sources: [Source]
    /// Absent if empty: forms of before this was known keep their bytes.
    private var lists: [List]?
    /// Whose rows it lists, in the order of their first use: another one would have been in it.
    public var listed: [List] { lists ?? [] }
    /// There is such a member with nothing in it, which is another form of the same content.
    var hasEmptyLists: Bool { lists?.isEmpty == true }

    public init(
        kind: DocumentKind, template: TemplateIdentity, language: String, title: String, number: String, date: String,
        letterhead: Letterhead, blocks: [Block], sources: [Source], listed: [List] = []
    ) {
        self.kind = kind
        self.template = template
        self.language = language
        self.title = title
        self.number = number
        self.date = date
        self.letterhead = letterhead
        self.blocks = blocks
        self.sources = sources
        lists = listed.isEmpty ? nil : listed
    }

    /// Who sends it.
    public struct Letterhead: Codable, Sendable, Equatable {
        public var name: String
        /// Address, tax number, telephone and so on, a line each.
        public var lines: [String]
        /// A PNG or JPEG picture; nil without one.
        public var logo: Picture?

        public init(name: String, lines: [String], logo: Picture? = nil) {
            self.name = name
            self.lines = lines
            self.logo = logo
        }
    }

    /// A piece of the document, from top to bottom.
    public enum Block: Codable, Sendable, Equatable {
        case heading(String)
        /// Paragraphs are parted by empty lines.
        case text(String)
        /// Names with their values, such as a customer's address.
        case facts([Fact])
        case table(Table)
        case photos([Photo])
        /// As `text`, in small print.
        case terms(String)
        /// Where somebody signs.
        case signature(SignaturePlace)
    }

    public struct Fact: Codable, Sendable, Equatable {
        public var label: String
        public var value: String

        public init(label: String, value: String) {
            self.label = label
            self.value = value
        }
    }

    public struct Table: Codable, Sendable, Equatable {
        public var columns: [Column]
        /// Each with as many cells as there are columns.
        public var rows: [[String]]
        /// What is said where there are no rows.
        public var empty: String
        /// As a row, set apart from the others; nil without one.
        public var total: [String]?

        public init(columns: [Column], rows: [[String]], empty: String, total: [String]? = nil) {
            self.columns = columns
            self.rows = rows
            self.empty = empty
            self.total = total
        }

        public struct Column: Codable, Sendable, Equatable {
            public var label: String
            /// Numbers and amounts stand at the right.
            public var isNumber: Bool

            public init(label: String, isNumber: Bool = false) {
                self.label = label
                self.isNumber = isNumber
            }
        }
    }

    /// A picture by the hash of its bytes.
    public struct Picture: Codable, Sendable, Equatable {
        /// 64 hexadecimal digits of SHA-256, as blobs are named.
        public var hash: String
        /// Of the blob, in bytes.
        public var size: UInt64
        public var mediaType: String

        public init(hash: String, size: UInt64, mediaType: String) {
            self.hash = hash
            self.size = size
            self.mediaType = mediaType
        }
    }

    public struct Photo: Codable, Sendable, Equatable {
        public var picture: Picture
        /// What stands below it; may be empty.
        public var caption: String

        public init(picture: Picture, caption: String) {
            self.picture = picture
            self.caption = caption
        }
    }

    public struct SignaturePlace: Codable, Sendable, Equatable {
        /// By which a signature says where it belongs, such as `customer`; unique in a document.
        public var name: String
        /// Such as "For the customer".
        public var label: String
        /// What the signer agrees to by signing.
        public var consent: String
        /// Whoever signs through a link proves by a one-time code that they have this: `email` or `sms`; nil where none is asked for.
        public var code: String?
        /// Present only if true: forms of before this was known keep their bytes.
        private var optional: Bool?
        /// The document is complete without a signature here.
        public var isOptional: Bool { optional == true }

        public init(name: String, label: String, consent: String, code: String? = nil, isOptional: Bool = false) {
            self.code = code
            optional = isOptional ? true : nil
            self.name = name
            self.label = label
            self.consent = consent
        }
    }

    /// A field of a row, as it was when the document was made.
    public struct Source: Codable, Sendable, Hashable {
        public var collection: String
        public var row: String
        public var field: String
        /// As JSON writes it, so that it can be compared with the field later; `null` for an empty one.
        public var value: String

        public init(collection: String, row: String, field: String, value: String) {
            self.collection = collection
            self.row = row
            self.field = field
            self.value = value
        }
    }
}

extension DocumentForm {
    /// The rows of a collection whose field named a row when the document was made.
    public struct List: Codable, Sendable, Hashable {
        public var collection: String
        /// The field, which refers to the row.
        public var field: String
        public var row: String
        /// By rising id.
        public var rows: [String]

        public init(collection: String, field: String, row: String, rows: [String]) {
            self.collection = collection
            self.field = field
            self.row = row
            self.rows = rows
        }
    }
}

/// What a document is for.
public enum DocumentKind: String, Codable, Sendable, CaseIterable {
    case serviceReport = "service_report"
    case acceptance
    case quote
    case contract
}

/// Names a version of a template, for ever.
public struct TemplateIdentity: Codable, Sendable, Hashable {
    public var name: String
    public var version: Int

    public init(name: String, version: Int) {
        self.name = name
        self.version = version
    }
}

extension DocumentForm {
    /// Where somebody signs, from top to bottom.
    public var places: [SignaturePlace] {
        blocks.compactMap { if case .signature(let place) = $0 { place } else { nil } }
    }

    /// All pictures that it shows, each once.
    public var pictures: [Picture] {
        var seen: Set<String> = []
        let shown = blocks.flatMap { block -> [Picture] in if case .photos(let photos) = block { photos.map(\.picture) } else { [] } }
        let all = [letterhead.logo].compactMap(\.self) + shown
        return all.filter { seen.insert($0.hash).inserted }
    }
}

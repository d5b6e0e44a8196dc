/// A kind of live value that a schema declares beside its collections: of each topic, which is this signal and a row,
/// only the last value counts, for a limited time, and it is stored nowhere.
public struct SignalKind: Sendable, Hashable {
    /// Its name on the wire, for ever.
    public let number: UInt32
    public let name: String
    public let label: String
    /// The collection whose rows are the topics.
    public let collection: UInt32
    /// How long a value lives at most from when it was made, in milliseconds.
    public let lifeMilliseconds: UInt32
    /// By rising number.
    public let fields: [NumberedField]
    /// The roles that may send it about a row that they hold.
    public let senders: Set<UInt32>
    /// The roles that are shown it of rows that they hold.
    public let readers: Set<UInt32>
    /// Only about the row of the sender's own user.
    public let isOwn: Bool

    /// A field, and its name on the wire: never given to another field of the signal, nor does its type change.
    public struct NumberedField: Sendable, Hashable {
        public let number: UInt32
        public let field: Field

        public init(number: UInt32, field: Field) {
            self.number = number
            self.field = field
        }
    }

    public init(
        number: UInt32, name: String, label: String, collection: UInt32, lifeMilliseconds: UInt32,
        fields: [NumberedField], senders: Set<UInt32>, readers: Set<UInt32>, isOwn: Bool = false
    ) {
        self.number = number
        self.name = name
        self.label = label
        self.collection = collection
        self.lifeMilliseconds = lifeMilliseconds
        self.fields = fields.sorted { $0.number < $1.number }
        self.senders = senders
        self.readers = readers
        self.isOwn = isOwn
    }

    /// The bounds of what a schema may declare.
    public enum Limits {
        /// The longest life: what is to last longer is a row's.
        public static let lifeSeconds: Int64 = 3_600
        public static let fields = 16
        /// What the fields of a value may take together, in bytes.
        public static let valueBytes = 700
    }

    public func field(named name: String) -> NumberedField? { fields.first { $0.field.name == name } }

    /// Why these are no values of this signal; nil if they are. Every field is there that has to be, and each fits.
    public func refusal(of values: [UInt32: Value], in schema: Schema) -> Refusal? {
        for number in values.keys.sorted() where !fields.contains(where: { $0.number == number }) {
            return Refusal(.outsideDomain, "\(label) has no field \(number).")
        }
        for field in fields {
            let value = values[field.number] ?? .null
            if value.isNull, field.field.isMandatory {
                return Refusal(.outsideDomain, "\(field.field.label) (\(field.field.name)) is missing.")
            }
            if let refusal = field.field.refusal(of: value, in: schema) { return refusal }
        }
        return nil
    }
}

/// What a signal's value is about: a row, as one signal sees it.
public struct SignalTopic: Hashable, Sendable, Comparable {
    /// The signal's number.
    public let signal: UInt32
    public let row: RowID

    public init(signal: UInt32, row: RowID) {
        self.signal = signal
        self.row = row
    }

    public static func < (a: Self, b: Self) -> Bool { a.signal != b.signal ? a.signal < b.signal : a.row < b.row }
}

extension FieldType {
    /// The most bytes that a value takes, as it is counted for signals.
    public var maximumBytes: Int {
        switch self {
        case .text(let maximum), .bytes(let maximum): maximum
        case .integer, .real, .boolean, .timestamp, .date: 8
        case .choice(let choices): choices.lazy.map(\.utf8.count).max() ?? 0
        case .reference: 16
        case .anyReference: 100
        case .blob: BlobReference.longestText
        case .custom: CustomLimits.textBytes
        }
    }
}

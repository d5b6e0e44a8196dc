import ReplicationCore

/// How the lines of a file become rows: data, loaded from a mapping file (`Fixtures/mappings/`), whose
/// format is explained at the head of `nyc311.yaml` there.
public struct ImportMapping: Sendable {
    public let name: String
    /// The collection whose row stands for the line: its identity makes a line a duplicate.
    public let primary: UInt32
    /// The columns that a file must have, in the order in which the mapping names them.
    public let columns: [String]

    let schema: Schema
    let clock: LocalClock
    /// Texts that count as empty, in lower case.
    let empty: Set<String>
    let texts: [(name: String, rule: TextRule)]
    let skips: [SkipRule]
    let rows: [RowRule]
}

/// A test of one column.
struct ImportCondition: Hashable, Sendable {
    let column: String
    let test: Test

    enum Test: Hashable, Sendable {
        case isEmpty(Bool)
        /// In lower case.
        case isOne(of: Set<String>)
    }
}

struct SkipRule: Hashable, Sendable {
    let condition: ImportCondition
    let reason: String
}

/// How a text is made from columns.
struct TextRule: Sendable {
    var condition: ImportCondition?
    /// The first whose columns are all filled.
    var templates: [TextTemplate]
    var conversions: [TextConversion]
    /// By the text in lower case.
    var table: [String: String]?
    /// Where nothing else gives a text.
    var otherwise: String?

    func text(_ value: (String) -> String?, _ holds: (ImportCondition) -> Bool) -> String? {
        if let condition, !holds(condition) { return otherwise }
        for template in templates {
            guard var text = template.filled(value) else { continue }
            for conversion in conversions { text = conversion.apply(text) }
            if let table {
                guard let mapped = table[text.lowercased()] else { return otherwise }
                text = mapped
            }
            if !text.isEmpty { return text }
        }
        return otherwise
    }
}

struct RowRule: Sendable {
    let collection: Collection
    let identity: [TextTemplate]
    let values: [ValueRule]
}

struct ValueRule: Sendable {
    let field: Field
    let isSet: Bool
    let text: TextRule
    /// The collection of the line's other row that a reference names; its value needs no text.
    let row: UInt32?
    let date: DatePattern?
    /// A text that is too long is cut, with a warning.
    let isCut: Bool
    /// A value that cannot be read is left out, with a warning; otherwise the line is skipped.
    let isLeftOut: Bool
    /// The field without which this one says nothing, as a longitude without its latitude.
    let partner: String?
}

import ReplicationCore

/// A whole row that comes from a file. It holds what the file says, in the types of the schema; whether
/// the row exists already is for whoever writes it to find out.
public struct ImportedRow: Hashable, Sendable {
    /// Derived from what names the row in the file, so that it is the same each time.
    public var key: RowKey
    /// By field. Fields that the file leaves out are not there; a counter's value is its first increment.
    public var values: [String: Value]
    /// The elements of sets, by field.
    public var elements: [String: [String]]

    public init(key: RowKey, values: [String: Value] = [:], elements: [String: [String]] = [:]) {
        self.key = key
        self.values = values
        self.elements = elements
    }
}

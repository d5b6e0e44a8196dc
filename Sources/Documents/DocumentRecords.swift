import ReplicationCore

/// The rows that a document is made from, as its maker may read them.
public protocol DocumentRecords {
    var schema: Schema { get }
    /// Whether its maker may read a field of a collection; what may not be read is not in the document.
    func mayRead(_ field: String, of collection: Collection) -> Bool
    /// The values of a row by field; of a set, its elements. A field that is empty or may not be read is not there.
    ///
    /// Nil if the row is not held, or was deleted.
    func row(_ key: RowKey) throws -> [String: [Value]]?
    /// Whether a row is known to be no more. One that is not held, and of which nothing is known, is not.
    func isGone(_ key: RowKey) throws -> Bool
    /// The living rows of a collection whose field names this row, by rising key.
    func rows(of collection: UInt32, where field: String, names row: RowID) throws -> [RowID]
}

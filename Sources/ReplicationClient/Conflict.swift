import ReplicationCore

/// An open conflict: two writes of the same fields of one row, neither of which had seen the other. One of them is shown until
/// a person decides.
public struct Conflict: Sendable, Equatable {
    /// Of the conflict itself.
    public let id: RowID
    /// The row that both have written.
    public let collection: String
    public let row: RowID
    /// What people call the fields that both have written.
    public let label: String
    /// What stood before, by field; nil if nothing did. `theirs` came first, and `yours` second, or is what a later write left
    /// unseen: whose they are, the authors tell. A side is nil if this app cannot read its values.
    public let base: [String: Value]?
    public let theirs: [String: Value]?
    public let yours: [String: Value]?
    /// Nil for the hub itself.
    public let theirsAuthor: RowID?
    public let yoursAuthor: RowID?
    /// Which side readers see; nil if the hub has not said.
    public let shown: Side?

    /// One of the two writes.
    public enum Side: String, Sendable {
        case theirs, yours
    }
}

extension Conflict {
    /// - Parameter stored: a row of the collection `conflict`.
    /// - Throws: `ReplicaError.noSuchValue` if it does not say which row it is about.
    init(_ stored: Row, in schema: Schema) throws {
        guard let key = stored.text("subject").flatMap({ schema.rowKey(fromReference: $0) }),
            let collection = schema.collection(key.collection)
        else { throw ReplicaError(.noSuchValue, "The conflict \(try stored.id) is about a row that this app's schema does not have. Update the app.") }
        let custom = stored.integer("part_group").flatMap { collection.group(UInt32(clamping: $0)) }.flatMap { group in
            group.isKeyed ? stored.text("part_element").map { (group: group.name, field: "\(group.name).\($0)") } : nil
        }
        func side(_ column: String) -> [String: Value]? {
            let values = stored.text(column).flatMap { Self.values(of: $0, in: collection) }
            // The value of a custom field stands there by its group, and is written by its own name.
            guard let custom else { return values }
            return values?[custom.group].map { [custom.field: $0] }
        }
        id = try stored.id
        self.collection = collection.name
        row = key.row
        label = stored.text("part_label") ?? ""
        base = side("base")
        theirs = side("theirs")
        yours = side("yours")
        theirsAuthor = stored.reference("theirs_author")
        yoursAuthor = stored.reference("yours_author")
        shown = stored.text("shown").flatMap(Side.init)
    }
}

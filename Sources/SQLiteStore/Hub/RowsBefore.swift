import GRDB
import ReplicationCore

/// The rows as they stand in their tables before a commit, within its transaction.
///
/// A commit reads a row to decide it and needs some of it again to write it; what was read is kept, so that
/// the table is asked once.
final class RowsBefore {
    private let database: Database
    private let layout: HubLayout
    /// Nil for a row that the hub does not know.
    private var kept: [RowKey: Row?] = [:]

    /// What writing a row needs of its former state.
    struct Row {
        let changed: CommitSequence
        let isAlive: Bool
        /// Of `HubCollection.watched`, in that order.
        let values: [Value]
        /// Nil if only the rest was read.
        let state: RowState?
    }

    init(_ database: Database, _ layout: HubLayout) {
        self.database = database
        self.layout = layout
    }

    /// All cells of a row; nil if the hub does not know it.
    func state(of key: RowKey) throws -> RowState? {
        guard let collection = layout.collection(key.collection) else { return nil }
        guard let (state, changed) = try collection.table.stored(key.row, in: database) else {
            kept[key] = .some(nil)
            return nil
        }
        kept[key] = Row(changed: changed, isAlive: state.isAlive, values: collection.shown(of: state), state: state)
        return state
    }

    func row(_ key: RowKey, _ collection: HubCollection) throws -> Row? {
        if let known = kept[key] { return known }
        let statement = try RawStatement(database, collection.watchedQuery)
        try statement.bind(key.row, at: 1)
        return try statement.first { statement in
            let values = collection.watched.enumerated().map { $1.kind.read(statement, Int32($0 + 2)) }
            return Row(changed: statement.sequence(0), isAlive: statement.integer(1) != 0, values: values, state: nil)
        }
    }

    /// What stands in the table. To be asked before the row is written.
    func whole(_ key: RowKey, _ collection: HubCollection) throws -> RowState? {
        if let known = kept[key] {
            guard let row = known else { return nil }
            if let state = row.state { return state }
        }
        return try collection.table.row(key.row, in: database)
    }
}

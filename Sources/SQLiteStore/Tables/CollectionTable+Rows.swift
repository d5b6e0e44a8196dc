import GRDB
import ReplicationCore
import WireProtocol

extension CollectionTable {
    /// All cells of a row; nil if the table does not hold it. Deleted rows are there.
    package func row(_ id: RowID, in database: Database) throws -> RowState? {
        try stored(id, in: database)?.state
    }

    /// All cells of a row of which each column shows what the cells say; nil if the table does not hold it.
    ///
    /// - Throws: `DatabaseError` with `SQLITE_CORRUPT` if a column shows something else, or the row cannot be read.
    func consistentRow(_ id: RowID, in database: Database) throws -> RowState? {
        let statement = try RawStatement(database, statements.read)
        try statement.bind(id, at: 1)
        return try statement.first { statement in
            let state = try decode(statement, id)
            guard shows(statement, state) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "row \(id) of \(name): its columns do not show what its clock says")
            }
            return state
        }
    }

    private func shows(_ statement: RawStatement, _ state: RowState) -> Bool {
        for (group, places) in zip(collection.groups, groupColumns) {
            if group.isSet {
                if statement.text(Int32(places.lowerBound)) != SetColumn.json(state.elements(of: group.number)) { return false }
                continue
            }
            if group.isKeyed {
                let column = Int32(places.lowerBound)
                let text = statement.isNull(column) ? nil : statement.text(column)
                if text != CustomColumn.json(state.customValues(in: collection)) { return false }
                continue
            }
            let values = state.shownValues(of: group)
            for place in places {
                let shown = values?[place - places.lowerBound] ?? .null
                if columns[place].kind.read(statement, Int32(place)) != shown { return false }
            }
        }
        return statement.sequence(Int32(columns.count + 1)) == state.sequence
            && (statement.integer(Int32(columns.count + 2)) != 0) == state.isAlive
    }

    /// A row, and when it last changed, as `upsert` was told; nil if the table does not hold it.
    func stored(_ id: RowID, in database: Database) throws -> (state: RowState, changed: CommitSequence)? {
        let statement = try RawStatement(database, statements.read)
        try statement.bind(id, at: 1)
        return try statement.first { (try decode($0, id), $0.sequence(Int32(columns.count + 1))) }
    }

    /// When the row last changed, as `upsert` was told; nil if the table does not hold it.
    package func changed(_ id: RowID, in database: Database) throws -> CommitSequence? {
        let statement = try RawStatement(database, statements.changed)
        try statement.bind(id, at: 1)
        return try statement.first { $0.sequence(0) }
    }

    /// Writes a row, whole, in place of what the table held of it.
    ///
    /// - Parameter changed: when the row last changed in the hub's order; usually `state.sequence`.
    /// - Throws: `DatabaseError`; with `SQLITE_MISMATCH` for a value that its column cannot hold unchanged.
    package func upsert(_ state: RowState, changed: CommitSequence, in database: Database) throws {
        try write(state, changed: changed, statements.upsert, in: database)
    }

    /// Writes a row that the table holds and of which no field of `indexedColumns` shows another value
    /// than before. SQLite would write every index anew if they were named.
    func updateKeepingIndexes(_ state: RowState, changed: CommitSequence, in database: Database) throws {
        try write(state, changed: changed, statements.update, in: database)
    }

    /// What a column shows of a row; null for a set.
    func shown(_ column: TableColumn, of state: RowState) -> Value {
        guard let group = collection.group(column.group), let values = state.shownValues(of: group),
            column.place < values.count
        else { return .null }
        return values[column.place]
    }

    private func write(
        _ state: RowState, changed: CommitSequence, _ sql: String, in database: Database
    ) throws {
        precondition(state.key.collection == collection.number, "a row of another collection")
        let statement = try RawStatement(database, sql)
        try statement.bind(state.key.row, at: 1)
        for (place, group) in collection.groups.enumerated() {
            try bind(group, groupColumns[place], of: state, to: statement)
        }
        let position = Int32(columns.count + 2)
        try statement.bind(PackedClock.encode(state, in: collection), at: position)
        try statement.bind(changed, at: position + 1)
        try statement.bind(state.isAlive, at: position + 2)
        try statement.run()
    }

    /// Forgets a row. The hub never does; a device does when a row has left its scopes.
    package func remove(_ id: RowID, in database: Database) throws {
        let statement = try RawStatement(database, statements.delete)
        try statement.bind(id, at: 1)
        try statement.run()
    }

    /// The ids of rows, alive or not, whose shown value of a field is this one, by rising id.
    ///
    /// References and the first fields of unique sets are found by an index, others by a scan. A set has
    /// no single value, and a field that the collection does not have equals nothing.
    package func rows(
        where field: String, equals value: Value, limit: Int, in database: Database
    ) throws -> [RowID] {
        guard let column = columns.first(where: { $0.name == field }), !column.kind.isForReaders else { return [] }
        let condition = value.isNull ? "IS NULL" : "= ?1"
        let statement = try RawStatement(
            database, "SELECT id FROM \(quoted(name)) WHERE \(quoted(field)) \(condition) ORDER BY id LIMIT ?2")
        if !value.isNull { try column.kind.bind(value, to: statement, at: 1) }
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { try $0.identifier(0) }
    }

    /// The ids of deleted rows, by rising id, after `after`, at most `limit`. It reads along the table.
    package func deleted(after: RowID?, limit: Int, in database: Database) throws -> [RowID] {
        let statement = try RawStatement(
            database, "SELECT id FROM \(quoted(name)) WHERE \"_alive\" = 0 AND id > ?1 ORDER BY id LIMIT ?2")
        if let after { try statement.bind(after, at: 1) } else { try statement.bind([UInt8](), at: 1) }
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { try $0.identifier(0) }
    }

    /// All rows, deleted ones among them. Only for tables that are known to be small.
    func all(in database: Database) throws -> [RowState] {
        let find = try RawStatement(database, "SELECT id FROM \(quoted(name)) ORDER BY id")
        let ids: [RowID] = try find.all { try $0.identifier(0) }
        return try ids.compactMap { try row($0, in: database) }
    }

    /// How many rows are alive. It reads the whole table.
    package func count(in database: Database) throws -> Int {
        try RawStatement(database, statements.count).first { Int($0.integer(0)) } ?? 0
    }

    /// Columns have the parameters behind that of the id.
    private func bind(
        _ group: Group, _ columns: Range<Int>, of state: RowState, to statement: RawStatement
    ) throws {
        if group.isSet {
            let elements = state.elements(of: group.number)
            return try statement.bind(SetColumn.json(elements), at: Int32(columns.lowerBound + 2))
        }
        if group.isKeyed {
            let position = Int32(columns.lowerBound + 2)
            guard let json = CustomColumn.json(state.customValues(in: collection)) else { return try statement.bindNull(at: position) }
            return try statement.bind(json, at: position)
        }
        let values = state.shownValues(of: group)
        for column in columns {
            let kind = self.columns[column].kind
            try kind.bind(values?[column - columns.lowerBound] ?? .null, to: statement, at: Int32(column + 2))
        }
    }

    private func decode(_ statement: RawStatement, _ id: RowID) throws -> RowState {
        let key = RowKey(collection: collection.number, row: id)
        let clock = statement.bytes(Int32(columns.count))
        do {
            return try PackedClock.decode(clock, key: key) { group throws(WireError) in
                guard let range = columns(of: group) else {
                    throw WireError(.malformed, "the clock leaves group \(group) to columns that are not there")
                }
                return range.map { columns[$0].kind.read(statement, Int32($0)) }
            }
        } catch {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "row \(id) of \(name): \(error)")
        }
    }
}

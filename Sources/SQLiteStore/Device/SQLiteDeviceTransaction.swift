import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// One transaction or snapshot of a device's store.
final class SQLiteDeviceTransaction {
    let database: Database
    let path: String
    /// Changes within the transaction that enrols the device.
    var layout: DeviceLayout?
    var keeper = HeldKeeper()
    /// How rows that are new are written, by collection.
    var inserts: [UInt32: NewRows] = [:]
    /// What the store keeps beside its rows; nil where it has not been looked at.
    var beside = KeptBeside()

    init(_ database: Database, layout: DeviceLayout?, path: String) {
        self.database = database
        self.layout = layout
        self.path = path
    }

    func statement(_ sql: String) throws -> RawStatement { try RawStatement(database, sql) }

    func table(_ collection: UInt32) -> CollectionTable? { layout?.tables[collection] }
}

extension SQLiteDeviceTransaction: DeviceTransaction {
    // MARK: Owner

    var identity: DeviceIdentity? { get throws { try DeviceTables.identity(database) } }

    var enrolmentKey: [UInt8]? {
        get throws { try statement("SELECT private_key FROM _enrolment").first { $0.bytes(0) } }
    }

    func save(enrolmentKey: [UInt8]?) throws {
        guard let enrolmentKey else { return try statement("DELETE FROM _enrolment").run() }
        let statement = try statement("INSERT OR REPLACE INTO _enrolment (one, private_key) VALUES (1, ?)")
        try statement.bind(enrolmentKey, at: 1)
        try statement.run()
    }

    func enrol(_ identity: DeviceIdentity, schema: Schema) throws {
        try store(identity)
        if self.layout != nil { try save(held: nil) }
        let layout = try DeviceLayout(schema: schema, path: path)
        for table in layout.tables.values { try table.createOrExtend(in: database) }
        self.layout = layout
        inserts = [:]
    }

    func adopt(_ schema: Schema, text: String, through lens: SchemaLens) throws {
        guard var identity = try identity else { return }
        keeper.last = nil
        try save(held: nil)
        identity.schemaText = text
        try store(identity)
        let former = layout?.tables ?? [:]
        for (number, table) in former.sorted(by: { $0.key < $1.key }) {
            let newer = schema.collection(number)
            guard newer == nil || lens.lens(of: number) != nil else { continue }
            let confirmed = { [self] (id: RowID, read: () throws -> RowState?) in
                try self.confirmed(RowKey(collection: number, row: id), in: table.collection, else: read)
            }
            if let newer, let steps = lens.lens(of: number) {
                try CollectionTable.carry(table.collection, to: newer, in: database, confirmed: confirmed) { steps.up($0) }
            } else {
                // The hub sends these no more. What was written of them stands in the outbox.
                try database.execute(sql: "DROP TABLE \(quoted(table.name))")
            }
            for name in ["_shadow", "_stale"] + (newer == nil ? ["_sealed", "_blob_use"] : []) {
                let statement = try statement("DELETE FROM \(name) WHERE collection = ?")
                try statement.bind(Int64(number), at: 1)
                try statement.run()
            }
        }
        let layout = try DeviceLayout(schema: schema, path: path)
        for table in layout.tables.values { try table.createOrExtend(in: database) }
        self.layout = layout
        inserts = [:]
    }

    /// What the hub last said of a row whose collection has another form now.
    private func confirmed(
        _ key: RowKey, in collection: ReplicationCore.Collection, else read: () throws -> RowState?
    ) throws -> RowState? {
        let shadow = try statement("SELECT change FROM _shadow WHERE collection = ? AND id = ?")
        try shadow.bind(Int64(key.collection), at: 1)
        try shadow.bind(key.row, at: 2)
        guard let change = try shadow.first({ $0.isNull(0) ? nil : $0.bytes(0) }) as [UInt8]?? else { return try read() }
        return try change.map { try decode($0, key, collection) }
    }

    private func store(_ identity: DeviceIdentity) throws {
        let statement = try statement("""
            INSERT OR REPLACE INTO _identity (one, replica, hub, user, private_key, endpoint, schema)
            VALUES (1, ?, ?, ?, ?, ?, ?)
            """)
        try statement.bind(identity.replica, at: 1)
        try statement.bind(identity.hub, at: 2)
        try statement.bind(identity.user, at: 3)
        try statement.bind(identity.privateKey, at: 4)
        try statement.bind(identity.endpoint, at: 5)
        try statement.bind(identity.schemaText, at: 6)
        try statement.run()
    }

    // MARK: Rows

    func confirmed(_ key: RowKey) throws -> RowState? {
        let state = try confirmed(key) { try $0.row($1, in: database) }
        keeper.last = (key, state)
        return state
    }

    private func confirmed(_ key: RowKey, else read: (CollectionTable, RowID) throws -> RowState?) throws -> RowState? {
        guard let table = table(key.collection) else { return nil }
        do {
            return try confirmed(key, in: table.collection) { try read(table, key.row) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT && error.sql == nil {
            // Of this row, not of the file.
            throw DeviceStoreError(.corrupt, "In \(path), \(error.message ?? "row \(key) is damaged")")
        }
    }

    func visible(_ key: RowKey) throws -> RowState? {
        try table(key.collection)?.row(key.row, in: database)
    }

    func rows(of collection: UInt32, where fields: [(name: String, value: Value)], limit: Int) throws -> [RowID] {
        guard let table = table(collection) else { return [] }
        var conditions: [String] = []
        var bound: [(ColumnKind, Value)] = []
        for (name, value) in fields {
            guard let column = table.columns.first(where: { $0.name == name }), !column.kind.isForReaders else { return [] }
            if value.isNull {
                conditions.append("\(quoted(name)) IS NULL")
            } else {
                conditions.append("\(quoted(name)) = ?")
                bound.append((column.kind, value))
            }
        }
        let statement = try statement("""
            SELECT id FROM \(quoted(table.name)) WHERE \(conditions.isEmpty ? "1" : conditions.joined(separator: " AND ")) \
            ORDER BY id LIMIT ?
            """)
        for (index, (kind, value)) in bound.enumerated() { try kind.bind(value, to: statement, at: Int32(index + 1)) }
        try statement.bind(Int64(limit), at: Int32(bound.count + 1))
        return try statement.all { try $0.identifier(0) }
    }

    func confirmedRows(of collection: UInt32, after: RowID?, upTo: RowID?, limit: Int) throws -> [ConfirmedRow] {
        guard let table = table(collection) else { return [] }
        var rows: [ConfirmedRow] = []
        var last = after
        while rows.count < limit {
            let page = try ids(of: table, after: last, upTo: upTo, limit: limit - rows.count)
            for id in page {
                if let row = try readable(RowKey(collection: collection, row: id)) { rows.append(row) }
            }
            guard let end = page.last else { break }
            last = end
        }
        return rows
    }

    /// Damage of a row is its own: the others can be read.
    private func readable(_ key: RowKey) throws -> ConfirmedRow? {
        do {
            let state = try confirmed(key) { try $0.consistentRow($1, in: database) }
            return state.map { ConfirmedRow(key: key, state: $0) }
        } catch let error as DeviceStoreError where error.code == .corrupt {
            return ConfirmedRow(key: key, state: nil)
        }
    }

    func put(_ key: RowKey, view: RowState?, confirmed: RowState?) throws {
        guard let table = table(key.collection) else { return }
        try count(key, confirmed)
        if let view {
            try table.upsert(view, changed: confirmed?.sequence ?? .zero, in: database)
        } else {
            try table.remove(key.row, in: database)
        }
        try putBlobUses(of: key, in: table.collection, [view, confirmed].compactMap { $0 })
        if view == confirmed {
            let statement = try statement("DELETE FROM _shadow WHERE collection = ? AND id = ?")
            try statement.bind(Int64(key.collection), at: 1)
            try statement.bind(key.row, at: 2)
            return try statement.run()
        }
        beside.hasShadows = true
        let statement = try statement("INSERT OR REPLACE INTO _shadow (collection, id, change) VALUES (?, ?, ?)")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        if let confirmed {
            let change: [UInt8] = try RowChangeCodec.encode(confirmed, in: table.collection).serializedBytes()
            try statement.bind(change, at: 3)
        } else {
            try statement.bindNull(at: 3)
        }
        try statement.run()
    }

    func overlaid() throws -> [RowKey] {
        try statement("SELECT collection, id FROM _shadow").all {
            RowKey(collection: UInt32(truncatingIfNeeded: $0.integer(0)), row: try $0.identifier(1))
        }
    }

    func markAllStale() throws {
        beside.hasStale = nil
        try statement("DELETE FROM _stale").run()
        for table in layout?.tables.values ?? [:].values {
            let statement = try statement("INSERT INTO _stale (collection, id) SELECT ?, id FROM \(quoted(table.name))")
            try statement.bind(Int64(table.collection.number), at: 1)
            try statement.run()
        }
        // Rows that only pending writes hold are not the hub's to send again.
        try statement("""
            DELETE FROM _stale WHERE EXISTS (SELECT 1 FROM _shadow
            WHERE _shadow.collection = _stale.collection AND _shadow.id = _stale.id AND change IS NULL)
            """).run()
    }

    func unmarkStale(_ key: RowKey) throws {
        let statement = try statement("DELETE FROM _stale WHERE collection = ? AND id = ?")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        try statement.run()
    }

    func stale(limit: Int) throws -> [RowKey] {
        let statement = try statement("SELECT collection, id FROM _stale ORDER BY collection, id LIMIT ?")
        try statement.bind(Int64(limit), at: 1)
        return try statement.all { RowKey(collection: UInt32(truncatingIfNeeded: $0.integer(0)), row: try $0.identifier(1)) }
    }

    private func ids(of table: CollectionTable, after: RowID?, upTo: RowID?, limit: Int) throws -> [RowID] {
        let end = upTo == nil ? "" : "AND id <= ?3"
        let statement = try statement("SELECT id FROM \(quoted(table.name)) WHERE id > ?1 \(end) ORDER BY id LIMIT ?2")
        if let after { try statement.bind(after, at: 1) } else { try statement.bind([UInt8](), at: 1) }
        try statement.bind(Int64(limit), at: 2)
        if let upTo { try statement.bind(upTo, at: 3) }
        return try statement.all { try $0.identifier(0) }
    }

    private func decode(
        _ bytes: [UInt8], _ key: RowKey, _ collection: ReplicationCore.Collection
    ) throws -> RowState {
        do {
            return try RowChangeCodec.decode(WireRowChange(serializedBytes: bytes), key: key, in: collection)
        } catch {
            throw DeviceStoreError(.corrupt, "The confirmed state of row \(key.row) of \(collection.name) in \(path) cannot be read: \(error)")
        }
    }
}

import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

@testable import SQLiteStore

/// A row that is new on a device is written in one go, as it came: the store is then what it would be had the row been read,
/// merged and put.
struct DeviceInsertTests {
    private let folder: TemporaryFolder
    private static let orders = TestSchema.schema.collection(TestSchema.order)!
    private static let everything = TestSchema.schema.collection(TestSchema.everything)!

    init() throws { folder = try TemporaryFolder() }

    private func open(_ name: String) throws -> SQLiteDeviceStore {
        let store = try SQLiteDeviceStore(folder: folder.file(name)) { _ in TestSchema.schema }
        let identity = DeviceIdentity(
            replica: ReplicaID(high: 1, low: 1), hub: ReplicaID(high: 2, low: 2), user: RowID(high: 3, low: 3), privateKey: [1],
            endpoint: "", schemaText: "")
        try store.write { try $0.enrol(identity, schema: TestSchema.schema) }
        return store
    }

    private func order(_ number: UInt64, _ title: Value = .text("title"), commit: UInt64 = 7) -> RowState {
        RowState(key: key(TestSchema.order, number), cells: [
            TestRows.alive(commit), TestRows.cell(1, [([title], commit)]), TestRows.cell(2, [([.named(key(TestSchema.account, 4))], commit + 1)]),
        ])
    }

    private func insert(_ row: RowState, of collection: ReplicationCore.Collection, in store: any DeviceTransaction) throws -> Bool {
        var change = RowChangeCodec.encode(row, in: collection)
        change.whole = true
        var reader = UncontestedRow(of: collection)
        return try (change.serializedBytes() as [UInt8]).withUnsafeBytes { bytes in
            guard reader.read(bytes) else { throw WireError(.malformed, "the row is of another kind") }
            return try store.insert(reader)
        }
    }

    private func expect(_ isNew: Bool, _ row: RowState, in store: any DeviceTransaction) throws {
        #expect(try insert(row, of: Self.orders, in: store) == isNew, "row \(row.key.row)")
    }

    private func contents(_ store: SQLiteDeviceStore, _ collection: ReplicationCore.Collection) throws -> [StoredRow] {
        try store.query("SELECT * FROM \"\(collection.name)\" ORDER BY id", [])
    }

    @Test func theStoreIsAsIfTheRowHadBeenPut() throws {
        let inserted = try open("inserted"), put = try open("put")
        var random = SeededGenerator(seed: 6)
        let rows = (0..<50).map { order($0, [.null, .text(""), .text("a\0b"), .text("caf\u{E9}")][Int(random.next() % 4)], commit: 1 + random.next() % 90) }
        try inserted.write { store in for row in rows { try expect(true, row, in: store) } }
        try put.write { store in for row in rows { try store.put(row.key, view: row, confirmed: row) } }
        #expect(try contents(inserted, Self.orders) == contents(put, Self.orders))
        for row in rows { #expect(try inserted.read { try $0.confirmed(row.key) } == row) }
        let sums = try [inserted, put].map { try $0.read { try $0.held } }
        #expect(sums[0] == sums[1] && sums[0]?.rows == 50)
        try inserted.close()
        try put.close()
    }

    @Test func everyKindOfColumn() throws {
        let inserted = try open("inserted"), put = try open("put")
        let values: [Value] = [
            .text("t"), .integer(-5), .real(2.5), .boolean(true), .bytes([0, 255]), .integer(1_700_000_000_000), .integer(19_000),
        ]
        let groups = Self.everything.groups.filter { !$0.isSet && !$0.isKeyed }
        var row = RowState(key: key(TestSchema.everything, 1), cells: [TestRows.alive(3)])
        let photo: UInt32 = 8
        for group in groups {
            let fitting = group.fields.map { field -> Value in
                group.number == photo ? .null : values.first { ColumnKind(field, in: group).takes(copy: $0) } ?? .null
            }
            row[Part(group: group.number)] = TestRows.cell(group.number, [(fitting, 3)])
        }
        #expect(try inserted.write { try insert(row, of: Self.everything, in: $0) })
        try put.write { try $0.put(row.key, view: row, confirmed: row) }
        #expect(try contents(inserted, Self.everything) == contents(put, Self.everything))
        #expect(try inserted.read { try $0.confirmed(row.key) } == row)
        // Which blobs a row names is kept beside it.
        var naming = RowState(key: key(TestSchema.everything, 2), cells: row.cells)
        naming[Part(group: photo)] = TestRows.cell(photo, [([.text("a name")], 3)])
        #expect(try !inserted.write { try insert(naming, of: Self.everything, in: $0) })
        try inserted.close()
        try put.close()
    }

    @Test func whatIsHeldStays() throws {
        let store = try open("store")
        try store.write { store in
            try expect(true, order(1), in: store)
            try expect(false, order(1, .text("other"), commit: 70), in: store)
            try expect(true, order(2), in: store)
        }
        #expect(try store.read { try $0.confirmed(key(TestSchema.order, 1)) } == order(1))
        #expect(try store.read { try $0.held }?.rows == 2)
        try store.close()
    }

    @Test func whatIsKeptBesideARowIsNotForgotten() throws {
        let store = try open("store")
        try store.write { store in
            // A shadow without its row, and sealed forms of a row that is not there: as a damaged file may have them.
            try store.put(order(1).key, view: order(1), confirmed: order(1, .text("confirmed")))
            let transaction = try #require(store as? SQLiteDeviceTransaction)
            try transaction.database.execute(sql: "DELETE FROM \"\(Self.orders.name)\"")
            try expect(true, order(2), in: store)
            try expect(false, order(1), in: store)
            try store.append(SealedForm(key: order(3).key, schemaVersion: 1, sequence: order(3).sequence, change: [1]))
            try expect(false, order(3), in: store)
            try expect(true, order(4), in: store)
        }
        try store.write { store in
            try expect(false, order(3), in: store)
            try expect(true, order(5), in: store)
        }
        try store.close()
    }

    @Test func aRowThatComesAnewIsNotStaleAnyMore() throws {
        let store = try open("store")
        try store.write { store in
            try expect(true, order(1), in: store)
            try expect(true, order(2), in: store)
            try store.markAllStale()
            // It goes without a word to the marks, as when a damaged row is let go of.
            try store.put(order(1).key, view: nil, confirmed: nil)
            try expect(true, order(1), in: store)
            #expect(try store.stale(limit: 9) == [order(2).key])
        }
        try store.close()
    }

    @Test func aValueThatItsColumnDoesNotTakeIsLeftToTheGeneralWay() throws {
        let store = try open("store")
        try store.write { store in
            try expect(false, order(1, .integer(5)), in: store)
            try expect(true, order(1), in: store)
        }
        try store.close()
    }
}

extension ColumnKind {
    fileprivate func takes(copy value: Value) -> Bool {
        switch (self, value) {
        case (.text, .text), (.integer, .integer), (.boolean, .boolean), (.real, .real), (.bytes, .bytes): true
        default: false
        }
    }
}

import Foundation
import GRDB
import ReplicationCore
import Testing

@testable import SQLiteStore

@Suite struct CollectionTableTests {
    private let key = RowKey(collection: TestSchema.everything, row: RowID(high: 0xFF00_0000_0000_7001, low: 0x8000_0000_0000_0001))

    private func table() throws -> (DatabaseQueue, CollectionTable) {
        let collection = try #require(TestSchema.schema.collection(TestSchema.everything))
        let queue = try DatabaseQueue()
        let table = try CollectionTable(collection)
        try queue.write { try table.createOrExtend(in: $0) }
        return (queue, table)
    }

    @Test func valuesOfEveryTypeComeBackAsTheyWere() throws {
        let (queue, table) = try table()
        let extremes: [(Value, Value, Value, Value)] = [
            (.text(""), .integer(.min), .real(0), .bytes([])),
            (.text("zero \u{0} inside"), .integer(.max), .real(-1.5e300), .bytes([0, 255, 0])),
            (.text("'; DROP TABLE everythings; --"), .integer(0), .real(.leastNonzeroMagnitude), .bytes(Array(repeating: 7, count: 70_000))),
            (.text("e\u{301} é 🛠"), .integer(-1), .real(3), .bytes([1])),
        ]
        for (text, whole, real, raw) in extremes {
            let values: [(UInt32, [Value])] = [
                (1, [text]), (2, [whole]), (3, [real]), (4, [.boolean(true)]), (5, [.integer(1_700_000_000_000)]),
                (6, [.integer(-3)]), (7, [raw]), (8, [.text(String(repeating: "09", count: 32) + " 1 image/png")]), (9, [.integer(5), .null]),
            ]
            var state = RowState(key: key, cells: [TestRows.alive(1)])
            for (group, values) in values { state[Part(group: group)] = TestRows.cell(group, [(values, 1)]) }
            try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
            #expect(try queue.read { try table.row(key.row, in: $0) } == state)
        }
    }

    @Test func siblingsSetsTalliesAndDeletionsComeBack() throws {
        let (queue, table) = try table()
        var state = RowState(key: key, cells: [TestRows.alive(1)])
        state[Part(group: 1)] = TestRows.cell(1, [([.text("mine")], 2), ([.text("yours")], 3)])
        state[Part(group: 9)] = TestRows.cell(9, [([.integer(1), .integer(2)], 2), ([.null, .integer(4)], 3)])
        for (element, number) in [("b", 2), ("a\"\n\\", 3), ("", 4)] as [(String, UInt64)] {
            let part = Part(group: 10, element: element)
            state[part] = CellState(
                part: part, sequence: CommitSequence(epoch: 1, number: number),
                siblings: [Sibling(write: TestRows.write(number), content: .present)])
        }
        let gone = Part(group: 10, element: "gone")
        state[gone] = CellState(part: gone, sequence: CommitSequence(epoch: 1, number: 9))
        let sum = Tally(sum: -7, contained: [Dot(site: 1, counter: 4), Dot(site: 2, counter: 1)])
        state[Part(group: 11)] = CellState(part: Part(group: 11), sequence: CommitSequence(epoch: 1, number: 8), tally: sum)
        try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
        #expect(try queue.read { try table.row(key.row, in: $0) } == state)
        try queue.read { database in
            let row = try #require(try Row.fetchOne(database, sql: "SELECT * FROM everythings"))
            #expect(row["tags"] == #"["","a\"\u000a\\","b"]"#)
            #expect(row["stock"] == -7)
            #expect(row["_sequence"] == CommitSequence(epoch: 1, number: 9).packed)
            #expect(row["_alive"] == 1)
        }

        state[.liveness] = TestRows.deleted(10, covering: state)
        try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
        #expect(try queue.read { try table.row(key.row, in: $0) } == state)
        #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT _alive FROM everythings") } == 0)
        #expect(try queue.read { try table.count(in: $0) } == 0)
    }

    @Test func valuesOfAnotherSchemaAreKept() throws {
        let (queue, table) = try table()
        var state = RowState(key: key, cells: [TestRows.alive(1)])
        state[Part(group: 1)] = TestRows.cell(1, [([.text("known"), .integer(9)], 2)])
        state[Part(group: 9)] = TestRows.cell(9, [([.integer(1)], 2)])
        state[Part(group: 77)] = TestRows.cell(77, [([.text("from the future")], 3)])
        try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
        #expect(try queue.read { try table.row(key.row, in: $0) } == state)
        #expect(try queue.read { try String.fetchOne($0, sql: "SELECT \"text\" FROM everythings") } == "known")
    }

    @Test func aValueThatTheColumnWouldChangeIsRefused() throws {
        let (queue, table) = try table()
        for (group, value) in [(1, .integer(5)), (2, .text("5")), (3, .integer(3)), (7, .text("x"))] as [(UInt32, Value)] {
            var state = RowState(key: key, cells: [TestRows.alive(1)])
            state[Part(group: group)] = TestRows.cell(group, [([value], 1)])
            let error = #expect(throws: DatabaseError.self) {
                try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
            }
            #expect(error?.resultCode == .SQLITE_MISMATCH)
        }
    }

    @Test func aDamagedClockIsNamed() throws {
        let (queue, table) = try table()
        let state = RowState(key: key, cells: [TestRows.alive(1)])
        try queue.write { try table.upsert(state, changed: state.sequence, in: $0) }
        for clock in ["x''", "x'01'", "x'02000000'", "x'01ffffffffff'"] {
            try queue.write { try $0.execute(sql: "UPDATE everythings SET _clock = \(clock)") }
            let error = #expect(throws: DatabaseError.self) { try queue.read { try table.row(key.row, in: $0) } }
            #expect(error?.resultCode == .SQLITE_CORRUPT)
            #expect(error?.message?.contains("everythings") == true)
        }
    }

    @Test func namesThatTheStoreNeedsAreRefused() throws {
        for (name, field) in [("_log", "a"), ("sqlite_x", "a"), ("good", "ID"), ("good", "_clock"), ("good", "")] {
            let group = TestSchema.one(1, Field(name: field, label: "", type: .real))
            let collection = Collection(number: 1, name: name, label: "", kind: .record, groups: [group])
            let fault = #expect(throws: StorageFault.self) { try CollectionTable(collection) }
            #expect(fault?.code == .otherSchema)
        }
    }

    @Test func sequencesSortAsTheyAreStored() {
        let sequences = [
            CommitSequence.zero, CommitSequence(epoch: 1, number: 1), CommitSequence(epoch: 1, number: 0xFFFF_FFFF_FFFF),
            CommitSequence(epoch: 2, number: 0), CommitSequence(epoch: 0x7FFF, number: 5),
        ]
        #expect(sequences.map(\.packed) == sequences.map(\.packed).sorted())
        #expect(sequences.map { CommitSequence(packed: $0.packed) } == sequences)
    }
}

import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What the hub writes of a row, a device can read.
struct ChangeEncoderTests {
    private let collection = OfficeSchema.schema.collection(OfficeSchema.orders)
    private let key = RowKey(collection: OfficeSchema.orders, row: RowID(high: 1, low: 1))

    private func row(_ values: [[Value]]) -> RowState {
        let write = Write(
            identity: ChangesetID(high: 1, low: 1), dot: Dot(site: 1, counter: 1), author: .zero, role: 0, rank: 0,
            effective: HybridTime(milliseconds: 1), sequence: CommitSequence(epoch: 1, number: 1))
        return RowState(key: key, cells: zip([UInt32(1), 12], values).map { group, values in
            CellState(part: Part(group: group), sequence: write.sequence, siblings: [
                Sibling(write: write, content: .values(values)),
            ])
        })
    }

    /// Also cells that a writer with another schema filled, who knew fewer columns, or more.
    @Test(arguments: [[Value.integer(1), .integer(2)], [.integer(1)], [.integer(1), .integer(2), .integer(3)], []])
    func roundTripsWithAnyNumberOfColumns(window: [Value]) throws {
        let collection = try #require(collection)
        let row = row([[.text("title")], window])
        let change = try #require(ChangeEncoder(schema: OfficeSchema.schema).change(
            of: row, role: OfficeSchema.dispatcher, after: nil))
        #expect(try RowChangeCodec.decode(change, key: key, in: collection) == row)
        #expect(try RowChangeCodec.decode(RowChangeCodec.encode(row, in: collection), key: key, in: collection) == row)
    }

    /// Who may read a conflict, its own row says. After a restore of the hub a device may have handed in the rest of it before: who may read it
    /// then has nothing of it yet.
    @Test func aRowGoesWholeWhenItSaysWhatItIsAbout() throws {
        let conflicts = try #require(OfficeSchema.schema.collection(named: "conflict"))
        let subject = try #require(OfficeSchema.schema.reference(to: key))
        func cell(_ part: Part, at number: UInt64, _ content: Sibling.Content) -> CellState {
            let write = Write(
                identity: ChangesetID(high: 2, low: number), dot: Dot(site: 0, counter: number), author: .zero, role: 0, rank: 0,
                effective: HybridTime(milliseconds: number), sequence: CommitSequence(epoch: 2, number: number))
            return CellState(part: part, sequence: write.sequence, siblings: [Sibling(write: write, content: content)])
        }
        let key = RowKey(collection: conflicts.number, row: RowID(high: 2, low: 2))
        var row = RowState(key: key, cells: [
            cell(.liveness, at: 3, .alive), cell(Part(group: 1), at: 9, .values([.text(subject)])),
            cell(Part(group: 2), at: 4, .values([.integer(1)])),
        ])
        let encoder = ChangeEncoder(schema: OfficeSchema.schema)
        func change(after number: UInt64) throws -> WireRowChange? {
            encoder.change(of: row, role: OfficeSchema.dispatcher, after: CommitSequence(epoch: 2, number: number))
        }
        let whole = try #require(try change(after: 5))
        #expect(whole.whole)
        #expect(try RowChangeCodec.decode(whole, key: key, in: conflicts) == row)
        // What changes later goes by itself.
        row[.liveness] = cell(.liveness, at: 12, .alive)
        let later = try #require(try change(after: 10))
        #expect(try !later.whole && RowChangeCodec.decode(later, key: key, in: conflicts).cells.map(\.part) == [.liveness])
        // Nobody reads one that does not say it yet.
        row[Part(group: 1)] = nil
        #expect(try change(after: 5) == nil)
    }

    @Test func cursorsHaveAnOpaqueForm() {
        func cursor(
            _ epoch: UInt32, _ number: UInt64, _ row: RowKey? = nil, base: CommitSequence, begun: CommitSequence = CommitSequence(epoch: 2, number: 7)
        ) -> CatchUpCursor {
            CatchUpCursor(
                place: ChangeCursor(sequence: CommitSequence(epoch: epoch, number: number), row: row), base: base, begun: max(base, begun))
        }
        let cursors = [
            .start, cursor(0x7FFF, (1 << 48) - 1, base: CommitSequence(epoch: 3, number: 9)), cursor(1, 7, key, base: .zero),
        ]
        for cursor in cursors { #expect(CatchUpCursor(bytes: cursor.bytes) == cursor) }
        #expect(CatchUpCursor(bytes: []) == .start)
        // The part of a row that follows is not resumed at; but a device that has one of them needs the row whole.
        for var cursor in cursors {
            let inPart = CatchUpCursor(bytes: cursor.bytes(part: 3))
            cursor.sendsWhole = true
            #expect(inPart == cursor && CatchUpCursor(bytes: cursor.bytes) == cursor)
        }
        for sequence in [(0, 1), (0, UInt64.max), (1, 1 << 48), (0x8000, 1)] as [(UInt32, UInt64)] {
            let impossible = CommitSequence(epoch: sequence.0, number: sequence.1)
            #expect(CatchUpCursor(bytes: cursor(sequence.0, sequence.1, key, base: .zero).bytes) == nil, "\(sequence)")
            #expect(CatchUpCursor(bytes: cursor(0x7FFF, 1, key, base: impossible).bytes) == nil, "\(sequence)")
        }
        // Nobody was complete at a place that comes later.
        #expect(CatchUpCursor(bytes: cursor(1, 7, base: CommitSequence(epoch: 1, number: 8)).bytes) == nil)
        for count in [1, 12, 36, 38, 56, 58] { #expect(CatchUpCursor(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }
}

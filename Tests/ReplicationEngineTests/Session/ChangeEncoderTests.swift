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

    @Test func cursorsHaveAnOpaqueForm() {
        let cursors = [
            ChangeCursor.start, ChangeCursor(sequence: CommitSequence(epoch: 0x7FFF, number: (1 << 48) - 1)),
            ChangeCursor(sequence: CommitSequence(epoch: 1, number: 7), row: key),
        ]
        for cursor in cursors { #expect(ChangeCursor(bytes: cursor.bytes) == cursor) }
        #expect(ChangeCursor(bytes: []) == .start)
        // The part of a row that follows is not resumed at.
        for cursor in cursors { #expect(ChangeCursor(bytes: cursor.bytes(part: 3)) == cursor) }
        for sequence in [(0, 1), (0, UInt64.max), (1, 1 << 48), (0x8000, 1)] as [(UInt32, UInt64)] {
            let cursor = ChangeCursor(sequence: CommitSequence(epoch: sequence.0, number: sequence.1), row: key)
            #expect(ChangeCursor(bytes: cursor.bytes) == nil, "\(sequence)")
        }
        for count in [1, 11, 13, 31, 33] { #expect(ChangeCursor(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }
}

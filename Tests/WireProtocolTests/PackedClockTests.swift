import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

struct PackedClockTests {
    @Test(arguments: 0..<30)
    func roundTrips(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let row = PackedRows.row(&random)
            #expect(try PackedRows.roundTrip(row) == row)
        }
    }

    @Test func generatedRowsHoldEverything() {
        var random = SplitMix64(seed: 21)
        let rows = (0..<300).map { _ in PackedRows.row(&random) }
        let cells = rows.flatMap(\.cells)
        #expect(Set(cells.map(\.part.group)) == Set(0...9))
        #expect(cells.contains { $0.siblings.count > 2 })
        #expect(cells.contains { $0.siblings.isEmpty && $0.tally == nil && $0.part.group == 5 })
        #expect(cells.contains { ($0.tally?.contained.count ?? 0) > 1 })
        #expect(cells.contains { cell in
            cell.siblings.contains { if case .deleted(let covering) = $0.content { !covering.isEmpty } else { false } }
        })
    }

    @Test func valuesByKeyStandInTheClock() throws {
        #expect(try PackedRows.roundTrip(PackedRows.keyed) == PackedRows.keyed)
        #expect(PackedRows.keyed.cells.allSatisfy { PackedClock.shownOutside(of: $0, in: PackedRows.collection) == nil })
        #expect(PackedRows.keyed.customValues(in: PackedRows.collection).map(\.key) == ["loyalty", "size"])
        // One that says that its value stands outside: a row has no column for it.
        var cells = ByteWriter(capacity: 8)
        PackedClock.encode(.values([.text("gold")]), isShown: false, into: &cells)
        let clock = PackedClock.encode(PackedRows.keyed, in: PackedRows.collection)
        let place = try #require((0..<clock.count - cells.bytes.count).first { Array(clock[$0..<$0 + cells.bytes.count]) == cells.bytes })
        let outside = Array(clock[..<place]) + [PackedClock.ContentKind.shownValues.rawValue] + Array(clock[(place + cells.bytes.count)...])
        #expect(throws: WireError.self) {
            try PackedClock.decode(outside, key: Samples.key(3)) { _ throws(WireError) in [.text("gold")] }
        }
    }

    @Test func shownValuesAreNotRepeated() {
        let write = Write(
            identity: Samples.changeset(1), dot: Dot(site: 1, counter: 1), author: .zero, role: 1, rank: 0,
            effective: HybridTime(milliseconds: 5), sequence: CommitSequence(epoch: 1, number: 1))
        func size(_ text: String) -> Int {
            PackedClock.encode(RowState(key: Samples.key(1), cells: [
                CellState(part: Part(group: 1), sequence: write.sequence, siblings: [
                    Sibling(write: write, content: .values([.text(text), .null])),
                ]),
            ]), in: PackedRows.collection).count
        }
        #expect(size("") == size(String(repeating: "x", count: 500)))
        // A cell of one write costs its place and its kind.
        #expect(size("") < 70)
    }

    @Test func aCellWhereOneWriteStandsTwiceIsRefused() {
        let write = Write(
            identity: Samples.changeset(1), dot: Dot(site: 1, counter: 1), author: .zero, role: 1, rank: 0,
            effective: HybridTime(milliseconds: 5), sequence: CommitSequence(epoch: 1, number: 1))
        let other = Write(
            identity: Samples.changeset(2), dot: Dot(site: 1, counter: 2), author: .zero, role: 1, rank: 0,
            effective: HybridTime(milliseconds: 5), sequence: CommitSequence(epoch: 1, number: 2))
        func decode(_ writes: [Write]) throws {
            let row = RowState(key: Samples.key(1), cells: [
                CellState(part: Part(group: 1), sequence: other.sequence, siblings: writes.map {
                    Sibling(write: $0, content: .values([.null, .null]))
                }),
            ])
            _ = try PackedClock.decode(PackedClock.encode(row, in: PackedRows.collection), key: row.key) {
                _ throws(WireError) in [.null, .null]
            }
        }
        #expect(throws: Never.self) { try decode([write, other]) }
        #expect(throws: WireError.self) { try decode([write, write]) }
        #expect(throws: WireError.self, "siblings rise by dot") { try decode([other, write]) }
    }
}

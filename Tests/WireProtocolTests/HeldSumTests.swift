import ReplicationCore
import Testing
@testable import WireProtocol

/// Sums of digests that are kept: adding and taking away come to the same as counting anew.
struct HeldSumTests {
    private func cell(_ group: UInt32, _ number: UInt64) -> CellState {
        let write = Write(
            identity: ChangesetID(high: 1, low: number), dot: Dot(site: 1, counter: number), author: .zero, role: 0, rank: 0,
            effective: HybridTime(milliseconds: number), sequence: CommitSequence(epoch: 1, number: number))
        return CellState(part: Part(group: group), sequence: write.sequence, siblings: [Sibling(write: write, content: .present)])
    }

    private func row(_ row: UInt64, _ cells: [(UInt32, UInt64)]) -> RowState {
        RowState(key: RowKey(collection: 3, row: RowID(high: 1, low: row)), cells: cells.map { cell($0.0, $0.1) })
    }

    private func counted(_ rows: [RowState?]) -> HeldSum {
        var sum = HeldSum()
        for case let row? in rows {
            sum.rows += 1
            for cell in row.cells { sum.cells.add(CellDigest(of: cell, in: row.key)) }
        }
        return sum
    }

    /// Every state of a row in the place of every other, with cells that come, go, change and stay.
    @Test func aStateTakesThePlaceOfAnother() {
        let states: [RowState?] = [
            nil, row(1, []), row(1, [(1, 1)]), row(1, [(1, 2)]), row(1, [(2, 1)]), row(1, [(1, 1), (2, 1)]), row(1, [(1, 1), (2, 2), (3, 3)]),
            row(1, [(0, 5), (3, 3)]), row(1, [(0, 5), (1, 1), (2, 2), (9, 4)]),
        ]
        let other = row(2, [(1, 1), (4, 4)])
        for former in states {
            for state in states {
                var sum = counted([other, former])
                sum.replace(former, by: state)
                #expect(sum == counted([other, state]))
            }
        }
    }

    @Test func differencesWrapAround() {
        let a = counted([row(1, [(1, 1), (2, 2)])]), b = counted([row(2, [(1, 1)]), row(3, [(1, 1), (7, 7), (8, 8)])])
        var difference = a
        difference -= b
        #expect(difference.rows == .max && difference.cells.cells == UInt64.max - 1 && !difference.isEmpty)
        difference += b
        #expect(difference == a)
        difference -= a
        #expect(difference.isEmpty && difference.cells.bytes == [UInt8](repeating: 0, count: 32))
    }

    /// Carries go through all words, and out at the top.
    @Test func sumsAreModulo256Bits() throws {
        let one = [UInt8](repeating: 0, count: 31) + [1]
        for zeros in 0...32 {
            let ones = [UInt8](repeating: 0, count: zeros) + [UInt8](repeating: 0xFF, count: 32 - zeros)
            var sum = try #require(DigestSum(bytes: ones, cells: 1))
            #expect(sum.bytes == ones)
            sum += try #require(DigestSum(bytes: one, cells: 1))
            var expected = [UInt8](repeating: 0, count: 32)
            if zeros > 0 { expected[zeros - 1] = 1 }
            #expect(sum.bytes == expected && sum.cells == 2)
            sum -= try #require(DigestSum(bytes: one, cells: 1))
            #expect(sum.bytes == ones && sum.cells == 1)
        }
        #expect(DigestSum(bytes: one.dropLast(), cells: 0) == nil && DigestSum(bytes: one + [0], cells: 0) == nil)
    }
}

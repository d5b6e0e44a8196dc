import ReplicationCore
import Testing
import TestSupport

struct ValueTests {
    private let composed = "caf\u{E9}"
    private let decomposed = "cafe\u{301}"

    @Test func textIsComparedAsBytes() {
        // Swift itself takes the two for one text.
        #expect(composed == decomposed)
        #expect(Value.text(composed) != .text(decomposed))
        #expect(Set([Value.text(composed), .text(decomposed)]).count == 2)
        #expect(Part(group: 1, element: composed) != Part(group: 1, element: decomposed))
        #expect(Set([Part(group: 1, element: composed), Part(group: 1, element: decomposed)]).count == 2)
    }

    @Test func realsHaveOneForm() {
        #expect(Value.normalized(real: -0.0) == .real(0.0))
        #expect(Value.real(-0.0) != .real(0.0))
        #expect(Value.normalized(real: .nan) == nil)
        #expect(Value.normalized(real: .infinity) == nil)
        #expect(Value.normalized(real: -.infinity) == nil)
        #expect(Value.normalized(real: -2.5) == .real(-2.5))
    }

    @Test func kindsAreNeverEqual() {
        let values: [Value] = [
            .null, .boolean(false), .boolean(true), .integer(0), .integer(1), .real(0), .real(1), .text(""),
            .text("0"), .bytes([]), .bytes([0]),
        ]
        for (i, a) in values.enumerated() {
            for (j, b) in values.enumerated() { #expect((a == b) == (i == j)) }
        }
        #expect(Set(values).count == values.count)
    }

    @Test func aReferenceNamesItsRow() {
        let row = RowID(high: 1, low: 2)
        #expect(Value.reference(row).row == row)
        #expect(Value.bytes([1, 2]).row == nil)
        #expect(Value.text("x").row == nil)
    }

    /// Against a plain statement of the order: group, then no element, then the element's bytes.
    @Test func partsOrderByGroupThenBytes() {
        let elements: [String?] = [nil, "", "A", "Z", "a", "ab", composed, decomposed, "z", "\u{10FFFF}"]
        let parts = (0...2).flatMap { group in elements.map { Part(group: group, element: $0) } }
        func key(_ part: Part) -> [UInt8] {
            [UInt8(part.group), part.element == nil ? 0 : 1] + Array((part.element ?? "").utf8)
        }
        for a in parts {
            for b in parts {
                #expect((a < b) == key(a).lexicographicallyPrecedes(key(b)), "\(a) < \(b)")
                #expect((a == b) == (key(a) == key(b)))
            }
        }
        #expect(parts.sorted().first == .liveness)
    }

    @Test func rowStatesKeepTheirCellsInOrder() {
        var random = SplitMix64(seed: 6)
        var row = RowState(key: RowKey(collection: 1, row: RowID(high: 1, low: 1)))
        var model: [Part: CommitSequence] = [:]
        for step in 1...400 {
            let part = Part(group: UInt32(random.next() % 4), element: random.oneIn(2) ? nil : "\(random.next() % 5)")
            if random.oneIn(4) {
                row[part] = nil
                model[part] = nil
            } else {
                let sequence = CommitSequence(epoch: 1, number: UInt64(step))
                row[part] = CellState(part: part, sequence: sequence)
                model[part] = sequence
            }
            #expect(row.cells.map(\.part) == model.keys.sorted())
            #expect(row.cells.allSatisfy { model[$0.part] == $0.sequence })
            #expect(row.sequence == model.values.max() ?? .zero)
        }
    }
}

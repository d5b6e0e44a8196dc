import ReplicationCore
import ReplicationEngine
import Testing

@Suite struct ContextRuleTests {
    let key = RowKey(collection: 1, row: RowID(high: 1, low: 1))
    let part = Part(group: 1)
    let other = Part(group: 2)

    func sequence(_ number: UInt64) -> CommitSequence { CommitSequence(epoch: 1, number: number) }

    func own(_ number: UInt64, _ part: Part, seen: UInt64, naming: [UInt64] = []) -> PendingOperation {
        PendingOperation(
            identity: ChangesetID(high: 1, low: number), dot: Dot(site: 3, counter: number), author: .zero, role: 1,
            stamp: .zero,
            operation: CellOperation(
                position: 0, key: key, part: part, action: .set([.integer(Int64(number))]),
                context: Context(
                    sequence: seen == 0 ? .zero : sequence(seen),
                    pending: naming.map { ChangesetID(high: 1, low: $0) })))
    }

    var confirmed: RowState {
        RowState(key: key, cells: [CellState(part: part, sequence: sequence(50)), CellState(part: other, sequence: sequence(60))])
    }

    @Test func withoutOwnWritesItIsTheCellsOwnSequence() {
        #expect(ContextRule.context(of: part, confirmed: confirmed, own: []) == Context(sequence: sequence(50)))
        #expect(ContextRule.context(of: part, confirmed: nil, own: []) == Context())
    }

    @Test func theFirstOwnWriteKeepsItsSequence() {
        let writes = [own(1, part, seen: 40), own(2, other, seen: 60), own(3, part, seen: 40, naming: [1])]
        let context = ContextRule.context(of: part, confirmed: confirmed, own: writes)
        #expect(context == Context(sequence: sequence(40), pending: [1, 3].map { ChangesetID(high: 1, low: $0) }))
    }

    /// What the first remaining write had named is seen, although it has been echoed.
    @Test func whatTheFirstNamedStaysNamed() {
        let context = ContextRule.context(of: part, confirmed: confirmed, own: [own(2, part, seen: 40, naming: [1])])
        #expect(context.pending == [1, 2].map { ChangesetID(high: 1, low: $0) })
    }

    @Test func aDeletionCoversEachCellByTheSameRule() {
        let covering = ContextRule.covering(confirmed: confirmed, own: [own(1, part, seen: 40), own(2, Part(group: 3), seen: 0)])
        #expect(covering == [
            SeenCell(part: part, context: Context(sequence: sequence(40), pending: [ChangesetID(high: 1, low: 1)])),
            SeenCell(part: other, context: Context(sequence: sequence(60))),
            SeenCell(part: Part(group: 3), context: Context(pending: [ChangesetID(high: 1, low: 2)])),
        ])
    }
}

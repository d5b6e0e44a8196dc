import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine

/// The log alone tells what every cell was after every commit.
struct CellHistoryTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func everyCellIsFoundAsItWasAfterEachCommit(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let office = try Office()
        var snapshots: [(head: CommitSequence, rows: [RowKey: RowState])] = []
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(key, 13, .reference(office.dora.user))])
        var stale = Context()
        for step in 0..<25 {
            let isAnn = Bool.random(using: &random)
            // Half of the writers have seen what stands, the others something older: siblings, conflicts.
            let seen = Bool.random(using: &random) ? office.seen(key, 1) : stale
            stale = Bool.random(using: &random) ? office.seen(key, 1) : stale
            var writes = [office.set(key, 1, .text("title \(step)"), seen: seen)]
            if step % 3 == 0 { writes.append(office.set(key, 12, .integer(Int64(step)), .integer(Int64(step + 1)))) }
            if step % 7 == 3 {
                let covering = (office.row(key)?.cells ?? []).filter { $0.part != .liveness && $0.part.group != 1 }.map {
                    SeenCell(part: $0.part, context: Context(sequence: $0.sequence))
                }
                writes.append((key, .liveness, .delete(covering: covering), office.seen(key, 0)))
            }
            if isAnn { try office.ann(writes) } else { try office.dora(writes) }
            snapshots.append((office.head, office.store.now.rows))
        }
        #expect(snapshots.contains { $0.rows[key]?.cells.contains { $0.siblings.count > 1 } ?? false }, "no siblings arose")
        try office.store.read { reader in
            let history = CellHistory(reader: reader, schema: office.schema)
            for snapshot in snapshots {
                for row in snapshot.rows.values {
                    for cell in row.cells {
                        let found = try history.state(of: cell.part, key: row.key, at: snapshot.head)
                        #expect(found == cell, "\(row.key) \(cell.part) at \(snapshot.head)")
                    }
                }
            }
        }
    }
}

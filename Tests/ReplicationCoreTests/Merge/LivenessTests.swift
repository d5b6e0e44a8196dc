import ReplicationCore
import Testing
import TestSupport

/// A row with one field and its existence, under deletions that cover what their writer held.
struct LivenessTests {
    private let key = RowKey(collection: 1, row: RowID(high: 1, low: 1))
    private let field = Part(group: 1)

    /// A row as a hub would hold it, which numbers what it takes in.
    private struct Hub {
        var row: RowState
        var head: UInt64 = 0
        var counters: [Site: UInt64] = [:]

        var now: Context { Context(sequence: CommitSequence(epoch: 1, number: head)) }

        mutating func take(_ site: Site, _ part: Part, _ action: Action, _ context: Context) {
            head += 1
            counters[site, default: 0] += 1
            let counter = counters[site, default: 0]
            let write = Write(
                identity: ChangesetID(high: UInt64(site), low: counter), dot: Dot(site: site, counter: counter),
                author: .zero, role: 0, rank: 0, effective: HybridTime(milliseconds: 5),
                sequence: CommitSequence(epoch: 1, number: head))
            _ = Merge.apply(
                IncomingWrite(write: write, context: context, action: action), to: &row, part: part, policy: .lastWriter)
        }

        mutating func delete(_ site: Site, seen: Context) {
            take(site, .liveness, .delete(covering: [
                SeenCell(part: .liveness, context: seen), SeenCell(part: Part(group: 1), context: seen),
            ]), seen)
        }
    }

    private func made() -> Hub {
        var hub = Hub(row: RowState(key: key))
        #expect(!hub.row.isAlive)
        hub.take(1, .liveness, .create, Context())
        hub.take(1, field, .set([.text("a")]), Context())
        return hub
    }

    @Test func aDeletionCoversWhatItsWriterHeld() {
        var hub = made()
        #expect(hub.row.isAlive)
        hub.delete(2, seen: hub.now)
        #expect(!hub.row.isAlive)
    }

    @Test func aConcurrentEditRevivesInBothOrders() {
        for editComesFirst in [true, false] {
            var hub = made()
            let seen = hub.now
            if editComesFirst { hub.take(3, field, .set([.text("b")]), seen) }
            hub.delete(2, seen: seen)
            if !editComesFirst { hub.take(3, field, .set([.text("b")]), seen) }
            #expect(hub.row.isAlive)
            let coverings = hub.row[.liveness]?.siblings.compactMap { sibling -> [SeenCell]? in
                if case .deleted(let covering) = sibling.content { covering } else { nil }
            }
            #expect(hub.row.revivers(of: coverings ?? []).map(\.dot.site) == [3])
            // A deletion by one who has seen the edit stands.
            hub.delete(2, seen: hub.now)
            #expect(!hub.row.isAlive)
        }
    }

    @Test func theHubsOwnWritesNeverRevive() {
        var hub = made()
        hub.delete(2, seen: hub.now)
        hub.take(0, field, .set([.text("computed")]), hub.now)
        #expect(!hub.row.isAlive)
    }

    @Test func aCellThatTheDeletionDoesNotNameRevives() {
        var hub = made()
        hub.take(1, Part(group: 2), .set([.integer(1)]), Context())
        hub.delete(2, seen: hub.now)
        #expect(hub.row.isAlive, "group 2 is not in the covering")
    }

    @Test func deleteThenRestoreConverges() {
        for restorerSawIt in [true, false] {
            var hub = made()
            let before = hub.now
            hub.delete(2, seen: before)
            hub.take(3, .liveness, .restore, restorerSawIt ? hub.now : before)
            #expect(hub.row.isAlive)
            #expect(hub.row[.liveness]?.siblings.count == (restorerSawIt ? 1 : 2))
            #expect(Shown.sibling(of: hub.row[.liveness] ?? CellState(part: .liveness), policy: .lastWriter)?.content == .alive)
        }
    }

    @Test func aliveStandsBeforeDeletedWhateverTheTimes() {
        var hub = made()
        let seen = hub.now
        hub.take(3, .liveness, .restore, Context())
        hub.delete(4, seen: seen)
        #expect(hub.row.isAlive, "the restoration was not seen by the deleter")
    }

    @Test func deletionsByIdentityCoverPendingWrites() {
        var hub = Hub(row: RowState(key: key))
        hub.take(1, .liveness, .create, Context())
        hub.take(1, field, .set([.text("a")]), Context())
        let own = [ChangesetID(high: 1, low: 1), ChangesetID(high: 1, low: 2)]
        hub.delete(1, seen: Context(pending: own))
        #expect(!hub.row.isAlive)
    }

    /// Two deletions that each saw a part cover the whole between them.
    @Test func coveringsAddUp() {
        var hub = made()
        let early = hub.now
        hub.take(5, Part(group: 2), .set([.integer(1)]), Context())
        hub.take(2, .liveness, .delete(covering: [SeenCell(part: field, context: early)]), early)
        hub.take(3, .liveness, .delete(covering: [SeenCell(part: Part(group: 2), context: hub.now)]), early)
        #expect(hub.row[.liveness]?.siblings.count == 2)
        #expect(!hub.row.isAlive)
    }
}

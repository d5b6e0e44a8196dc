import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What the writer of waiting work had seen, of itself, of others that waited, and of what has been mended since.
struct ReleasedContextTests {
    private let office: Office
    /// An order of Ann's that she cannot make: it lacks its title.
    private let order: RowKey
    private let refused: Receipt

    init() throws {
        office = try Office()
        order = office.newRow(OfficeSchema.orders)
        refused = try office.ann([(order, .liveness, .create, Context()), office.set(order, 2, .reference(office.ann.user))])
    }

    // MARK: Mended

    /// What a deletion covers is said by contexts as well.
    @Test func aDeletionOfAMendedRowCoversWhatWasMendedAsItWas() throws {
        func deleted(mendedTitle: String) throws -> RowKey {
            let (key, operations) = office.order(of: office.dora, title: "title")
            let broken = try office.dora(operations + [office.set(key, 11, .integer(9))], .init(isAtomic: true))
            let seen = Context(pending: [broken.identity])
            let covering = [1, 2, 11].map { SeenCell(part: Part(group: $0), context: seen) }
            #expect(try office.dora([(key, .liveness, .delete(covering: covering), seen)]).rules == [.rowUnknown])
            try office.dora(
                [operations[0], office.set(key, 1, .text(mendedTitle)), operations[2]], .init(mends: broken.identity))
            #expect(office.store.now.quarantine.count == 2, "nothing of hers waits any more")
            #expect(office.row(key)?[.liveness]?.siblings.count == 1)
            try office.expectHistory(of: key)
            return key
        }
        #expect(office.row(try deleted(mendedTitle: "title"))?.isAlive == false)
        #expect(office.row(try deleted(mendedTitle: "another title"))?.isAlive == true, "this she had not deleted")
    }

    /// A mending that is refused itself is mended once more.
    @Test func whatHadSeenTheMendedWriteHasSeenTheLastMendingOne() throws {
        let (key, operations) = office.order(of: office.ann, title: "first title")
        let broken = try office.ann(operations + [office.set(key, 11, .integer(9))], .init(isAtomic: true))
        try office.ann([office.set(key, 1, .text("later title"), seen: Context(pending: [broken.identity]))])
        let again = try office.ann(operations + [office.set(key, 11, .integer(8))], .init(isAtomic: true, mends: broken.identity))
        try office.ann(operations + [office.set(key, 11, .integer(5))], .init(mends: again.identity))
        #expect(office.value(key, "title") == .text("later title"))
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 1)
        try office.expectHistory(of: key)
    }

    // MARK: Order

    /// Nothing takes the place of a value that is written once: one that waited stands beside what was written after it.
    @Test func aWaitingValueOfAWriteOnceFieldIsNotLostToALaterOne() throws {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations)
        let user = office.newRow(OfficeSchema.users)
        let first = try office.ann(
            [office.set(key, 5, .bytes([1])), office.set(key, 13, .reference(user.row))], .init(isAtomic: true))
        #expect(first.rules == [.atomicPeerRefused, .unknownReference])
        let second = try office.ann([office.set(key, 5, .bytes([2]), seen: Context(pending: [first.identity]))])
        #expect(second.rules == [nil])
        try office.dora([(user, .liveness, .create, Context())])
        let cell = try #require(office.row(key)?[Part(group: 5)])
        #expect(Set(cell.siblings.map(\.write.identity)) == [first.identity, second.identity])
        #expect(office.value(key, "signature") == .bytes([2]), "the hub had it first")
        #expect(office.reviews() == ["second_value"])
        try office.expectHistory(of: key)
    }

    /// A commit makes two rows known. What waits for the second was written first, and had been seen by what waits for both.
    @Test func waitingWorkIsReleasedInTheOrderOfItsStream() throws {
        let other = office.newRow(OfficeSchema.orders)
        let first = try office.ann([(other, Part(group: 5), .set([.bytes([1])]), Context())])
        let second = try office.ann([
            office.set(order, 6, .text("17")), (other, Part(group: 5), .set([.bytes([2])]), Context(pending: [first.identity])),
        ])
        #expect(first.rules == [.rowUnknown] && second.rules == [.rowUnknown, .rowUnknown])
        try office.ann(
            [
                (order, .liveness, .create, Context()), office.set(order, 1, .text("mended")),
                (other, .liveness, .create, Context()), office.set(other, 1, .text("other")),
                office.set(other, 2, .reference(office.ann.user)),
            ],
            .init(mends: refused.identity))
        #expect(office.store.now.quarantine.isEmpty)
        let cell = try #require(office.row(other)?[Part(group: 5)])
        #expect(cell.siblings.map(\.write.identity) == [first.identity, second.identity])
        #expect(office.value(other, "signature") == .bytes([1]), "it was written first")
        #expect(office.value(order, "number") == .text("17"))
        for key in [order, other] { try office.expectHistory(of: key) }
    }

    // MARK: Told

    /// A waiting value that had been overwritten before it came stands in the log of its release, and changed nothing.
    @Test func theHistoryIsNotChangedByWhatCameAlreadySeen() throws {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations)
        let user = office.newRow(OfficeSchema.users)
        let seen = office.seen(key, 1)
        let first = try office.ann(
            [office.set(key, 1, .text("waiting"), seen: seen), office.set(key, 13, .reference(user.row))],
            .init(isAtomic: true))
        #expect(first.rules == [.atomicPeerRefused, .unknownReference])
        let later = Context(sequence: seen.sequence, pending: [first.identity])
        try office.ann([office.set(key, 1, .text("later"), seen: later)])
        try office.dora([(user, .liveness, .create, Context())])
        #expect(office.value(key, "title") == .text("later"))
        #expect(office.value(key, "customer") == .reference(user.row))
        #expect(office.row(key)?[Part(group: 1)]?.siblings.count == 1)
        try office.expectHistory(of: key)
        let answer = try office.store.read {
            try HubExplainer(reader: $0, schema: office.schema).explain(
                ExplainQuestion(collection: "orders", row: key.row, field: "title"))
        }
        #expect(answer.rule == MergeReason.Rule.sawAll.rawValue)
        #expect(answer.writes.map(\.standing) == [.shown, .replaced, .replaced])
    }
}

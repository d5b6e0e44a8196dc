import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// What the hub did not accept: kept on the device until the user has mended it, let go of it, or the hub has
/// released it.
struct QuarantineTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func refusals() throws -> [RefusedOperation] { try bench.store.read { try $0.refusals() } }

    /// An item of which the hub refuses some groups.
    private func refusedItem(
        _ rules: [UInt32: Refusal.Rule], isAtomic: Bool = false
    ) throws -> (item: RowID, changeset: ChangesetID) {
        bench.hub.refuse = { operation in rules[operation.part.group].map { Refusal($0, "refused") } }
        var item = RowID.zero
        let commit = try bench.write { transaction in
            transaction.isAtomic = isAtomic
            item = try transaction.create("item", ["name": .text("pump"), "starts": .integer(1), "ends": .integer(2)])
            try transaction.add("item", item, "tags", "new")
        }
        bench.connect()
        bench.deliverVerdicts()
        bench.deliverChanges()
        bench.hub.refuse = { _ in nil }
        return (item, try #require(commit?.identity))
    }

    private func header(of commit: LocalCommit?) throws -> ChangesetHeader? {
        try commit.flatMap { commit in
            try bench.store.read { try $0.outboxEntry(commit.identity) }
        }.map { try ChangesetCodec.decode($0.changeset).header }
    }

    @Test func whatIsMendedLeavesQuarantineWhenItIsAccepted() throws {
        let (item, refused) = try refusedItem([2: .outsideDomain])
        let key = RowKey(collection: TestSchema.item, row: item)
        #expect(try refusals().map(\.refusal.rule) == [.outsideDomain])
        let commit = try bench.write { try $0.mend(refused, [key: ["ends": .integer(9)]]) }
        #expect(try header(of: commit)?.mends == refused)
        let operations = try bench.operations(of: commit)
        #expect(operations.map(\.action) == [.set([.integer(1), .integer(9)])], "the other column is the refused one's")
        #expect(try refusals().count == 1, "not before the hub has accepted it")
        bench.deliverVerdicts()
        #expect(try refusals().isEmpty)
    }

    /// A field that is not the user's to write is given up, and the rest is taken.
    @Test func aFieldIsGivenUp() throws {
        let (item, refused) = try refusedItem([2: .noRight, 3: .outsideDomain])
        let key = RowKey(collection: TestSchema.item, row: item)
        #expect(try refusals().count == 2)
        let commit = try bench.write { try $0.mend(refused, without: [key: ["ends"]]) }
        #expect(try bench.operations(of: commit).map(\.part.group) == [3])
        bench.deliverVerdicts()
        #expect(try refusals().isEmpty, "what was given up goes with it")
    }

    @Test func whatIsGivenUpWholeIsNoMending() throws {
        let (item, refused) = try refusedItem([2: .noRight])
        let key = RowKey(collection: TestSchema.item, row: item)
        #expect(try bench.write { try $0.mend(refused, without: [key: ["starts"]]) } == nil, "to let go of all of it is to discard it")
        #expect(try refusals().count == 1)
    }

    @Test func aMendingThatIsRefusedLeavesTheRefusedOne() throws {
        let (item, refused) = try refusedItem([2: .outsideDomain])
        let key = RowKey(collection: TestSchema.item, row: item)
        bench.hub.refuse = { $0.part.group == 2 ? Refusal(.outsideDomain, "still") : nil }
        let second = try #require(try bench.write { try $0.mend(refused, [key: ["ends": .integer(9)]]) })
        bench.deliverVerdicts()
        #expect(Set(try refusals().map(\.identity)) == [refused, second.identity])
        bench.hub.refuse = { _ in nil }
        try bench.write { try $0.mend(second.identity, [key: ["ends": .integer(3)]]) }
        bench.deliverVerdicts()
        #expect(try refusals().isEmpty, "mended whole, and what that one had mended")
    }

    /// The creation is written anew with what a new row needs; the rest follows by itself.
    @Test func aMendedCreationTakesWhatANewRowNeeds() throws {
        let (item, refused) = try refusedItem([0: .missingMandatory, 1: .dependsOnRefused, 2: .dependsOnRefused, 3: .dependsOnRefused])
        #expect(try bench.shown("item", item, "name") == nil)
        let commit = try bench.write { try $0.mend(refused) }
        #expect(try bench.operations(of: commit).map(\.part.group) == [0, 1])
        bench.deliverVerdicts()
        #expect(try refusals().map(\.refusal.rule) == [.dependsOnRefused, .dependsOnRefused])
        bench.deliver(try bench.hub.release(refused))
        #expect(try refusals().isEmpty)
        guard case .verdict(let report)? = bench.events.last(where: { if case .verdict = $0 { true } else { false } }) else {
            Issue.record("no event told of the release")
            return
        }
        #expect(report.identity == refused && report.refused.isEmpty)
        #expect(bench.driver.unanswered == 0, "a further receipt answers nothing twice")
    }

    @Test func anAllOrNothingChangesetIsMendedWhole() throws {
        let (item, refused) = try refusedItem(
            [0: .atomicPeerRefused, 1: .atomicPeerRefused, 2: .outsideDomain, 3: .atomicPeerRefused], isAtomic: true)
        let key = RowKey(collection: TestSchema.item, row: item)
        let commit = try bench.write { try $0.mend(refused, [key: ["starts": .integer(0)]]) }
        #expect(try header(of: commit)?.isAtomic == true)
        #expect(try bench.operations(of: commit).map(\.part.group) == [0, 1, 2, 3])
    }

    @Test func whatIsDiscardedIsGoneAtOnceAndTheHubIsTold() throws {
        let (_, refused) = try refusedItem([2: .outsideDomain])
        bench.disconnect()
        let commit = try bench.write { try $0.discard(refused) }
        #expect(try refusals().isEmpty)
        try bench.restart()
        #expect(try refusals().isEmpty)
        #expect(try header(of: commit)?.discards == refused)
        #expect(bench.driver.unanswered == 1)
        bench.connect()
        bench.deliverVerdicts()
        #expect(bench.hub.received.last == commit?.identity)
        #expect(try bench.store.read { try $0.outboxEntry(#require(commit?.identity))?.isSettled } == true)
        #expect(throws: DeviceError.self) { try bench.write { try $0.discard(refused) } }
        #expect(throws: DeviceError.self) { try bench.write { try $0.mend(refused) } }
    }

    /// What the user has let go of does not come back with a further receipt.
    @Test func aLaterReceiptDoesNotRefuseAgainWhatWasDealtWith() throws {
        let (_, refused) = try refusedItem([2: .outsideDomain, 3: .unknownReference])
        try bench.write { try $0.discard(refused) }
        bench.deliver(try bench.hub.release(refused))
        #expect(try refusals().isEmpty)
    }
}

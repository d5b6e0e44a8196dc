import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// A user gets another role: all devices of the user have it, and what was written in the former one counts with that.
struct RoleTests {
    private let house: HubHouse
    private var office: Office { house.office }

    init() throws { house = try HubHouse() }

    private func importRole(_ name: String, of user: RowID, job: UInt64 = 1) -> CommitWork {
        .importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
            job: ChangesetID(high: 8, low: job), isDryRun: false, lines: [.init(number: 1, rows: [.init(
                collection: "users", row: user, fields: [("role", .text(name))], sets: [], fillsOnly: false)])]))
    }

    private func role(of device: Office.Device) -> UInt32? { office.store.now.replicasByID[device.replica]?.role }

    @Test func theUsersDevicesGetIt() throws {
        try office.decide([importRole("technician", of: office.dora.user)])
        #expect(role(of: office.dora) == OfficeSchema.technician)
        #expect(role(of: office.bob) == OfficeSchema.technician && role(of: office.ann) == OfficeSchema.technician)
        try office.decide([importRole("dispatcher", of: office.ann.user, job: 2)])
        #expect(role(of: office.ann) == OfficeSchema.dispatcher && role(of: office.bob) == OfficeSchema.technician)
    }

    /// What she could still do when she wrote it is accepted, with the weight of then, and marked late.
    @Test func whatWasWrittenBeforeCountsWithTheFormerRole() throws {
        let (key, operations) = office.order(of: office.ann)
        // Hers as a dispatcher only: that is how she receives what she is the customer of.
        try office.dora(operations + [office.set(key, 13, .reference(office.dora.user))])
        let before = Office.Options(basis: office.head)
        try office.decide([importRole("technician", of: office.dora.user)])
        let receipt = try office.dora([office.set(key, 4, .real(12.5)), office.set(key, 2, .reference(office.ann.user))], before)
        #expect(receipt.verdicts.map(\.outcome.refusalRule) == [nil, nil], "\(receipt.verdicts)")
        #expect(office.value(key, "price") == .real(12.5))
        #expect(office.row(key)?[Part(group: 2)]?.siblings.first?.write.rank == 2, "a dispatcher's weight")
        #expect(office.reviews() == ["late"])
    }

    /// A device that has been sent something later knows its role.
    @Test func theFormerRoleEndsWhereTheDeviceCouldKnow() throws {
        let (key, operations) = office.order(of: office.ann)
        try office.dora(operations)
        try office.decide([importRole("technician", of: office.dora.user)])
        let receipt = try office.dora([office.set(key, 1, .text("mine"))])
        #expect(receipt.verdicts.map(\.outcome.refusalRule) == [.wrongAuthor])
        // A basis is a claim: it is at least what the device has confirmed.
        var record = try #require(office.store.now.replicasByID[office.dora.replica])
        record.confirmed = office.head
        office.store.change { $0.replicasByID[record.id] = record }
        let claimed = try office.dora([office.set(key, 1, .text("mine"))], Office.Options(basis: CommitSequence(epoch: 1, number: 1)))
        #expect(claimed.verdicts.allSatisfy { !$0.isAccepted })
    }

    /// Nothing later than the change reaches a device in the session that does not know of it.
    @Test func aConnectedDeviceConnectsAgain() throws {
        let dora = try house.open(office.dora)
        let ann = try house.open(office.ann)
        let heard = house.changes(dora).count
        let (committed, results) = try office.decide([importRole("technician", of: office.dora.user)])
        try house.handle(.committed(results, committed))
        #expect(house.failure(dora) == .retryLater && house.closed.contains(dora))
        #expect(house.changes(dora).count == heard)
        #expect(house.failure(ann) == nil)
        let again = try house.open(office.dora)
        #expect(house.welcome(again)?.role == OfficeSchema.technician)
    }
}

extension Verdict.Outcome {
    fileprivate var refusalRule: Refusal.Rule? { if case .refused(let refusal) = self { refusal.rule } else { nil } }
}

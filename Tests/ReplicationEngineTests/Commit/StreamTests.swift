import Foundation
import ReplicationCore
import Testing
import TestSupport
@testable import ReplicationEngine
@testable import WireProtocol

/// What the hub makes of a device's stream: exactly once, without gaps, and forks found.
struct StreamTests {
    private let office: Office

    init() throws { office = try Office() }

    private func upload(_ count: Int, of device: inout Office.Device) throws -> [WireEnvelope] {
        try (0..<count).map { _ in try office.envelope(&device, office.order(of: device).1) }
    }

    private func identities(_ outcomes: [SubmissionOutcome]) throws -> [ChangesetID?] {
        try outcomes.map { try $0.receipt?.identity }
    }

    @Test func theSameChangesetTwiceGetsTheSameReceipt() throws {
        var ann = office.ann
        let envelopes = try upload(3, of: &ann)
        let first = try office.send(ann, envelopes)
        let state = office.store.now
        let second = try office.send(ann, envelopes)
        #expect(try first.map { try $0.receipt } == second.map { try $0.receipt })
        #expect(office.store.now.entries == state.entries)
        #expect(office.store.now.rows == state.rows)
        // Twice in one upload, too.
        let more = try upload(1, of: &ann)
        let both = try office.send(ann, more + more)
        #expect(try both[0].receipt == both[1].receipt)
        #expect(office.store.now.entries.count == state.entries.count + 1)
    }

    @Test func aGapAsksForTheMissingPart() throws {
        var ann = office.ann
        let envelopes = try upload(3, of: &ann)
        let outcomes = try office.send(ann, [envelopes[0], envelopes[2]])
        #expect(outcomes.count == 2)
        guard case .gap(after: 1) = outcomes[1] else { return #expect(Bool(false), "\(outcomes[1])") }
        #expect(try office.send(ann, Array(envelopes[1...])).count == 2)
        #expect(office.store.now.replicasByID[ann.replica]?.lastCounter == 3)
    }

    @Test func anotherPredecessorIsAFork() throws {
        var ann = office.ann
        let envelopes = try upload(2, of: &ann)
        _ = try office.send(ann, [envelopes[0]])
        var other = envelopes[1]
        other.predecessor = Data(repeating: 1, count: 32)
        guard case .fork(let site) = try office.send(ann, [other])[0] else { return #expect(Bool(false)) }
        #expect(site == 4)
        let record = office.store.now.replicasByID[ann.replica]
        #expect(record?.site == 4 && record?.lastCounter == 0 && record?.lastRoot == [])
    }

    /// A session's uploads name the site under which it was opened; a copy of the device may have forked since.
    @Test func whatBelongsToAFormerSiteIsNotTakenUnderTheNewOne() throws {
        var ann = office.ann
        let envelopes = try upload(2, of: &ann)
        func submit(_ envelope: WireEnvelope, from site: Site) throws -> SubmissionOutcome? {
            let submission = Submission(replica: ann.replica, site: site, envelope: envelope)
            let (_, results) = try office.decide([.changesets(ConnectionID(rawValue: 1), [submission])])
            guard case .outcomes(_, let outcomes, _)? = results.first else { return nil }
            return outcomes.first
        }
        guard case .receipt = try submit(envelopes[0], from: ann.site) else { return #expect(Bool(false)) }
        _ = try office.decide([.fork(ConnectionID(rawValue: 2), ann.replica)])
        let entries = office.store.now.entries.count
        guard case .fork(4) = try submit(envelopes[1], from: ann.site) else { return #expect(Bool(false), "nobody uses it yet") }
        guard case .receipt = try submit(envelopes[0], from: 4) else { return #expect(Bool(false)) }
        guard case .fork(5) = try submit(envelopes[1], from: ann.site) else { return #expect(Bool(false), "now somebody does") }
        #expect(office.store.now.entries.count == entries)
    }

    /// Of two copies of a phone one has gone on and confirmed much; the other hands in older work under a new site.
    @Test func whatACopyConfirmedRaisesNoBasisOfTheOther() throws {
        var phone = office.ann
        let (order, operations) = office.order(of: phone)
        try office.write(&phone, operations)
        let basis = office.head
        let copy = phone
        // The order goes to Bob, and the phone that stayed connected has heard of it.
        try office.write(&phone, [office.set(order, 2, .reference(office.bob.user))])
        _ = try office.decide([.confirm(phone.replica, office.head, lastCounter: phone.counter)])
        #expect(office.store.now.replicasByID[phone.replica]?.confirmed == office.head)
        var other = copy
        guard case .fork(let site) = try office.send(other, [try office.envelope(&other, [office.set(order, 11, .integer(2))])])[0]
        else { return #expect(Bool(false)) }
        #expect(office.store.now.replicasByID[phone.replica]?.confirmed == .zero)
        other.site = site
        other.counter = 0
        other.root = []
        let receipt = try office.write(&other, [office.set(order, 11, .integer(3), seen: Context(sequence: basis))], .init(basis: basis))
        #expect(receipt.rules == [nil] && receipt.verdicts[0].isLate)
    }

    /// No message makes a device free of what it has confirmed.
    @Test func aDeviceCannotAnnounceAllCounters() throws {
        let ann = office.ann
        _ = try office.decide([.confirm(ann.replica, office.head, lastCounter: .max)])
        #expect(office.store.now.replicasByID[ann.replica]?.announcedCounter == HubLimits.announcedLead)
        try office.dora(office.order(of: office.dora).1)
        _ = try office.decide([.confirm(ann.replica, office.head, lastCounter: 5)])
        #expect(office.store.now.replicasByID[ann.replica]?.announcedCounter == HubLimits.announcedLead)
    }

    /// Sequences that no hub has given, where a device claims to have been complete or to have seen a cell.
    @Test func sequencesThatNobodyGaveAreRefused() throws {
        let hostile = [(0, 1 << 63), (0, UInt64.max), (0, 7), (1, 1 << 48), (0x8000, 1)].map {
            CommitSequence(epoch: UInt32($0.0 as Int), number: $0.1 as UInt64)
        }
        // A row that the hub knows and that is not in Bob's scopes: what was so at the basis decides.
        let (order, operations) = office.order(of: office.ann)
        try office.ann(operations)
        for sequence in hostile {
            let write = office.set(order, 11, .integer(2), seen: Context())
            #expect(try office.bob([write], .init(basis: sequence)).rules == [.undecodable], "\(sequence)")
            // What it cannot read counts with its hash; the office's Bob goes on from there.
            let last = try #require(office.store.now.replicasByID[office.bob.replica])
            office.goOn(from: last)
            // Epoch 0 stands for the basis's where a cell was seen.
            let seen = office.set(order, 11, .integer(2), seen: Context(sequence: sequence))
            if sequence.number == 7 { continue }
            #expect(try office.ann([seen]).rules == [.impossibleContext], "\(sequence)")
        }
    }

    @Test func anotherChangesetAtAKnownCounterIsAForkAndIsTakenOnceUnderTheNewSite() throws {
        var phone = office.ann
        _ = try office.send(phone, try upload(2, of: &phone))
        // The phone is restored from a backup made after its first changeset, and goes on differently.
        var restored = office.ann
        let known = office.store.now.entries.filter { $0.dot.site == phone.site }.sorted { $0.dot < $1.dot }
        restored.counter = 1
        restored.root = known[0].root
        let late = try upload(2, of: &restored)
        guard case .fork(let site) = try office.send(phone, late)[0] else { return #expect(Bool(false)) }
        // Under the new site: what was answered already, what was not, unchanged in its bytes.
        var counter: UInt64 = 0
        var root: [UInt8] = []
        let again = try ([known[1].changeset] + late.map { Array($0.changeset) }).map { bytes in
            counter += 1
            var envelope = WireEnvelope()
            envelope.counter = counter
            envelope.predecessor = Data(root)
            envelope.changeset = Data(bytes)
            root = try ChangesetCodec.decode(bytes).root
            return envelope
        }
        let before = office.store.now.entries.count
        let outcomes = try office.send(phone, again)
        #expect(outcomes.count == 3)
        #expect(try outcomes[0].receipt?.dot == known[1].dot, "the first verdict, at its first place")
        #expect(try outcomes[1].receipt?.dot == Dot(site: site, counter: 2))
        #expect(office.store.now.entries.count == before + 2)
        #expect(office.store.now.replicasByID[phone.replica]?.lastCounter == 3)
        #expect(try identities(office.send(phone, again)) == identities(outcomes))
    }

    /// A fork in the same commit as work of the same replica: its record stands in the plan once.
    @Test func aForkBehindWorkInOneUpload() throws {
        var ann = office.ann
        var envelopes = try upload(2, of: &ann)
        envelopes[1].predecessor = Data(repeating: 2, count: 32)
        let outcomes = try office.send(ann, envelopes)
        guard case .fork = outcomes[1] else { return #expect(Bool(false)) }
        #expect(office.store.now.replicasByID[ann.replica]?.site == 4)
    }

    @Test func whatIsNoChangesetIsKeptAndAnswered() throws {
        var ann = office.ann
        var broken = WireEnvelope()
        broken.counter = 1
        broken.changeset = Data([1, 2, 3])
        let outcomes = try office.send(ann, [broken])
        #expect(try outcomes[0].receipt?.rules == [.undecodable])
        #expect(office.store.now.entries.last?.changeset == [1, 2, 3])
        #expect(office.store.now.quarantine.map(\.refusal.rule) == [.undecodable])
        // The stream goes on behind it, and the same bytes at another place are the same.
        ann.counter = 1
        ann.root = ContentHash.of([1, 2, 3])
        #expect(try office.send(ann, try upload(1, of: &ann))[0].receipt?.verdicts.allSatisfy(\.isAccepted) == true)
        broken.counter = 3
        broken.predecessor = Data(ann.root)
        #expect(try office.send(ann, [broken])[0].receipt?.rules == [.undecodable])
        #expect(office.store.now.quarantine.count == 1)
    }

    @Test func aKnownIdentityWithOtherContentIsQuarantinedEachTime() throws {
        var ann = office.ann
        let first = try upload(1, of: &ann)
        _ = try office.send(ann, first)
        let identity = try #require(office.store.now.entries.last?.identity)
        let other = try office.envelope(&ann, office.order(of: ann, title: "other").1, .init(identity: identity))
        // A verdict for each operation: the device compares their number with what it wrote.
        let refused = Array(repeating: Refusal.Rule?.some(.otherContent), count: 3)
        #expect(try office.send(ann, [other])[0].receipt?.rules == refused)
        #expect(office.store.now.quarantine.map(\.position) == [0, 1, 2])
        // Handed in again at its place, and under a further one: answered, and nothing is blocked.
        #expect(try office.send(ann, [other])[0].receipt?.rules == refused)
        var again = other
        again.counter = 3
        again.predecessor = Data(ann.root)
        ann.counter = 3
        #expect(try office.send(ann, [again])[0].receipt?.rules == refused)
        #expect(office.store.now.quarantine.count == 3)
        #expect(try office.send(ann, try upload(1, of: &ann))[0].receipt?.verdicts.allSatisfy(\.isAccepted) == true)
    }

    @Test func whoIsNotEnrolledIsNotTakenIn() throws {
        var ann = office.ann
        let envelopes = try upload(1, of: &ann)
        office.store.change { $0.replicasByID[ann.replica] = nil }
        guard case .unknownReplica = try office.send(ann, envelopes)[0] else { return #expect(Bool(false)) }
    }

    @Test func oneRefusedOperationBlocksNothing() throws {
        var ann = office.ann
        let (key, create) = office.order(of: ann)
        let envelopes = [
            try office.envelope(&ann, [office.set(key, 1, .text("before it exists"))]),
            try office.envelope(&ann, create + [office.set(key, 11, .integer(9))]),
            try office.envelope(&ann, [office.set(key, 1, .text("second"), seen: Context())]),
        ]
        let receipts = try office.send(ann, envelopes).map { try $0.receipt?.rules }
        #expect(receipts == [[.rowUnknown], [nil, nil, nil, .outsideDomain], [nil]])
        #expect(office.store.now.quarantine.map(\.refusal.rule) == [.outsideDomain], "what needed the row has followed")
    }
}

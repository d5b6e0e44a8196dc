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
        #expect(try office.send(ann, [other])[0].receipt?.rules == [.otherContent])
        #expect(office.store.now.quarantine.count == 1)
        // Handed in again at its place, and under a further one: answered, and nothing is blocked.
        #expect(try office.send(ann, [other])[0].receipt?.rules == [.otherContent])
        var again = other
        again.counter = 3
        again.predecessor = Data(ann.root)
        ann.counter = 3
        #expect(try office.send(ann, [again])[0].receipt?.rules == [.otherContent])
        #expect(office.store.now.quarantine.count == 1)
        #expect(try office.send(ann, try upload(1, of: &ann))[0].receipt?.verdicts.allSatisfy(\.isAccepted) == true)
    }

    @Test func whoIsNotEnrolledOrRevokedIsNotTakenIn() throws {
        var ann = office.ann
        let envelopes = try upload(1, of: &ann)
        office.store.change { $0.replicasByID[ann.replica]?.isRevoked = true }
        guard case .unknownReplica = try office.send(ann, envelopes)[0] else { return #expect(Bool(false)) }
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

import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Rows that must not be kept anywhere.
struct ErasureTests {
    private let house: HubHouse
    private let office: Office
    private let order: RowKey
    private let appointment: RowKey
    private let secret = "Zdenka Novotná"

    /// An order of Ann's about a person, with an appointment that says more.
    init() throws {
        house = try HubHouse()
        office = house.office
        let (order, create) = office.order(of: house.office.ann, title: "visit Zdenka Novotná")
        self.order = order
        try office.ann(create + [office.set(order, 13, .reference(office.dora.user))])
        appointment = office.newRow(OfficeSchema.appointments)
        try office.ann([
            (appointment, .liveness, .create, Context()), office.set(appointment, 1, .reference(order.row)),
            office.set(appointment, 3, .text("Zdenka Novotná opens")),
        ])
    }

    @Test func nothingOfItIsLeftAndEveryHashStands() throws {
        // A conflict and a refused write hold values as well, and so does a row that was never taken in.
        let basis = office.seen(order, 1)
        try office.dora([office.set(order, 1, .text("Zdenka Novotná, 2nd floor"), seen: basis)])
        try office.ann([office.set(order, 1, .text("Zdenka Novotná, 3rd floor"), seen: basis)])
        #expect(try office.ann([office.set(order, 10, .text("Zdenka Novotná"))]).rules == [.hubOnly])
        let refused = office.newRow(OfficeSchema.appointments)
        #expect(try office.ann([
            (refused, .liveness, .create, Context()), office.set(refused, 1, .reference(order.row)),
            office.set(refused, 3, .text("Zdenka Novotná")), office.set(refused, 99, .text("no such field")),
        ], .init(isAtomic: true)).rules.allSatisfy { $0 != nil })
        #expect(!office.all(OfficeSchema.conflicts).isEmpty)
        #expect(office.traces(of: secret).count > 6)
        let entries = office.store.now.entries.map { ($0.sequence, $0.root) }

        let would = try house.erase(order, dryRun: true)
        #expect((would["rows"] as? [String: Int])?["orders"] == 1 && office.traces(of: secret).count > 6)
        let report = try house.erase(order)
        #expect((report["rows"] as? [String: Int])?["conflict"] ?? 0 > 0)
        #expect((report["rows"] as? [String: Int])?["appointments"] == 2)
        #expect(office.traces(of: secret) == [])
        #expect(try office.rootsStand())
        #expect(zip(office.store.now.entries, entries).allSatisfy { $0.sequence == $1.0 && $0.root == $1.1 })
        #expect(office.store.now.quarantine.isEmpty)
        #expect(office.row(order)?.isStripped == true && office.row(refused)?.isStripped == true)
        let act = try #require(try house.lastAct())
        let rows = try #require(try office.store.now.erasures(after: nil).first).rows
        #expect(act.kind == .erase && act.rowsHash == Erasure.hash(of: rows) && act.rows == UInt64(rows.count))
    }

    @Test func whatStillComesIsDiscardedAndTheVerdictSaysSo() throws {
        let basis = office.head
        try house.erase(order)
        let edit = try office.ann([office.set(order, 1, .text(secret), seen: Context())], .init(basis: basis))
        #expect(edit.rules == [.erased])
        // A new row under it, one under that, and a later edit of it.
        let late = office.newRow(OfficeSchema.appointments), event = office.newRow(OfficeSchema.events)
        #expect(try office.ann([
            (late, .liveness, .create, Context()), office.set(late, 1, .reference(order.row)), office.set(late, 3, .text(secret)),
            (event, .liveness, .create, Context()), office.set(event, 1, .reference(late.row)),
        ], .init(basis: basis)).rules == [.erased, .erased, .erased, .erased, .erased])
        #expect(try office.ann([office.set(late, 3, .text(secret), seen: Context())]).rules == [.erased])
        // Its neighbours in the changeset are taken in.
        let (other, create) = office.order(of: office.ann)
        #expect(try office.ann(create + [office.set(order, 1, .text(secret), seen: Context())]).rules == [nil, nil, nil, .erased])
        #expect(office.row(other)?.isAlive == true)
        #expect(office.store.now.quarantine.isEmpty && office.traces(of: secret) == [])
        #expect(try office.rootsStand())
        // A plain reference is as good as ever.
        #expect(try office.ann([office.set(other, 1, .text("again"))]).rules == [nil])
    }

    /// A row is made under another by its creation. One whose creation waits, and that was to move there, is not erased by
    /// that: its creation would stay behind in the log, in quarantine and on the device.
    @Test func aWaitingRowThatWasToMoveUnderAnErasedOneStays() throws {
        let made = office.newRow(OfficeSchema.orders), visit = office.newRow(OfficeSchema.appointments)
        let refused = try office.ann([(made, .liveness, .create, Context()), office.set(made, 2, .reference(office.ann.user))])
        let waiting = try office.ann([
            (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(made.row)), office.set(visit, 3, .text("call first")),
        ])
        try house.erase(order)
        let moved = try office.ann([
            office.set(visit, 1, .reference(order.row), seen: Context(pending: [waiting.identity])),
            office.set(visit, 3, .text("call at noon"), seen: Context(pending: [waiting.identity])),
        ])
        #expect(moved.rules == [.rowUnknown, .rowUnknown])
        #expect(try office.store.now.taken(visit) == nil)
        try office.ann([(made, .liveness, .create, Context()), office.set(made, 1, .text("made"))], .init(mends: refused.identity))
        #expect(office.row(visit)?.isAlive == true)
        #expect(office.value(visit, "note") == .text("call at noon"))
        #expect(office.store.now.quarantine.isEmpty)
        #expect(try office.rootsStand())
    }

    /// Whatever else is wrong with a changeset, the rows are not kept.
    @Test func noOtherReasonKeepsIt() throws {
        try house.erase(order)
        let identity = ChangesetID(high: 0x0199_0000_0009_7000, low: 0x8000_0000_ffff_0000)
        try office.ann(office.order(of: office.ann).1, .init(identity: identity))
        _ = try office.ann([office.set(order, 1, .text(secret), seen: Context())], .init(identity: identity))
        _ = try office.ann([office.set(order, 1, .text(secret), seen: Context())], .init(author: RowID(high: 5, low: 5)))
        _ = try office.ann([office.set(order, 1, .text(secret), seen: Context())], .init(schemaVersion: 99))
        var ann = office.ann
        let envelope = try office.envelope(&ann, [office.set(order, 1, .text(secret), seen: Context())] + office.order(of: ann).1)
        try house.revoke(device: "ann")
        #expect(try office.send(ann, [envelope])[0].receipt?.rules == [.erased, .revoked, .revoked, .revoked])
        #expect(office.traces(of: secret) == [] && office.store.now.quarantine.count == 3)
    }

    /// A device hands in the erased form after the hub has lost what it had: the rest is taken in.
    @Test func theErasedFormIsTakenIn() throws {
        var ann = office.ann
        let (other, create) = office.order(of: ann)
        let envelope = try office.envelope(&ann, [office.set(order, 1, .text(secret))] + create)
        var erased = envelope
        erased.changeset = Data(try ChangesetCodec.erase(rows: [order], from: Array(envelope.changeset)))
        let receipt = try #require(try office.send(ann, [erased])[0].receipt)
        #expect(receipt.rules == [.erased, nil, nil, nil])
        #expect(office.row(other)?.isAlive == true)
        // The whole one is the same changeset.
        #expect(try office.send(ann, [envelope])[0].receipt == receipt)
        #expect(office.store.now.quarantine.isEmpty)
    }

    @Test func connectedDevicesAreToldAndOthersBeforeAnythingElse() throws {
        var hello = house.hello(office.ann)
        hello.capabilities = [ProtocolLimits.erasuresCapability]
        let connection = try house.open(office.ann, hello)
        let older = try house.open(office.dora)
        house.forgetSent()
        try house.erase(order)
        #expect(try Set(house.erasures(connection)) == [order, appointment])
        #expect(try house.erasures(older).isEmpty, "it has not said that it takes them")
        #expect(Set(house.changes(connection).flatMap(\.collections).flatMap(\.evicted)) == [Data(order.row.bytes), Data(appointment.row.bytes)])
        // It says when it is done; from then on it is not told again.
        let erasure = try #require(try office.store.now.erasures(after: nil).last)
        var done = WireErasuresDone()
        done.last = Data(erasure.identity.bytes)
        try house.say(.erasuresDone(done), on: connection)
        #expect(try office.store.now.lastErasureDone(by: office.ann.replica) == erasure.identity)
        hello.lastErasure = done.last
        #expect(try house.erasures(house.open(office.ann, hello)).isEmpty)
        // One that was restored from a backup says what it knows, and is told again: before Welcome.
        hello.lastErasure = Data()
        let restored = try house.open(office.ann, hello)
        #expect(try Set(house.erasures(restored)) == [order, appointment])
        let kinds = house.to(restored).map { body -> String in
            switch body {
            case .erasures: "erasures"
            case .welcome: "welcome"
            case .changes: "changes"
            default: ""
            }
        }.filter { !$0.isEmpty }
        #expect(Array(kinds.prefix(3)) == ["erasures", "welcome", "changes"])
    }

    /// A page of catch-up that was read before the erasure and arrives after it is not sent.
    @Test func aPageOfBeforeIsReadOnceMore() throws {
        var hello = house.hello(office.ann)
        hello.capabilities = [ProtocolLimits.erasuresCapability]
        let (connection, challenge) = try house.greet(office.ann, hello)
        house.isPaused = true
        try house.prove(office.ann, try #require(challenge), on: connection)
        try house.workOnce()
        guard case .read(let work) = try #require(house.waiting.first) else { return #expect(Bool(false)) }
        let old = try office.store.read { try HubReading(schema: office.schema).perform(work, $0) }
        let plan = try office.store.read { try ErasureSearch(reader: $0, schema: office.schema, keep: []).plan(for: order) }
        let erasure = ErasureOrder(identity: ChangesetID(high: 6, low: 6), subject: order, reason: "", administrator: "")
        let (committed, results) = try office.decide([.erase(ConnectionID(rawValue: 0), request: 0, erasure, plan)])
        try house.handle(.committed(results, committed))
        try house.handle(.readDone(old))
        #expect(house.changes(connection).isEmpty)
        #expect(try Set(house.erasures(connection)) == [order, appointment])
        house.isPaused = false
        try house.work()
        #expect(try house.rows(house.changes(connection))[order] == nil && !house.changes(connection).isEmpty)
        // Behind what was sent before, which may hold it.
        let lane = house.sent.last { sent in if case .erasures = sent.body { sent.to == connection } else { false } }?.lane
        #expect(lane == .changes)
    }

    @Test func manyRowsTravelInPartsOfBoundedSize() throws {
        var hello = house.hello(office.ann)
        hello.capabilities = [ProtocolLimits.erasuresCapability]
        let connection = try house.open(office.ann, hello)
        house.forgetSent()
        let rows = (0..<10_000).map { RowKey(collection: OfficeSchema.orders, row: RowID(high: 1, low: UInt64($0))) }
        let identity = ChangesetID(high: 3, low: 3)
        house.hub.send([Erasure(identity: identity, rows: rows, milliseconds: 0)], to: connection)
        try house.handle(.tick)
        let messages = house.to(connection).compactMap { if case .erasures(let message) = $0 { message } else { nil } }
        #expect(try messages.flatMap(\.erasures).flatMap { try $0.core().rows } == rows)
        #expect(messages.count == 3 && messages.flatMap(\.erasures).map(\.more) == [true, true, false])
    }

    /// Bytes that are no changeset, in which rows can be made out all the same: the salt does not fit.
    private func unreadable(_ device: inout Office.Device, _ operations: [Office.Operation]) throws -> WireEnvelope {
        var envelope = try office.envelope(&device, operations)
        var changeset = try WireChangeset(serializedBytes: envelope.changeset)
        changeset.saltSeed = Data(repeating: 1, count: 16)
        envelope.changeset = try changeset.serializedData()
        device.root = ContentHash.of(Array(envelope.changeset))
        return envelope
    }

    /// One malformed upload once made every later erasure, and then the hub's start, impossible.
    @Test func bytesThatAreNoChangesetHoldUpNoErasureAndAreDropped() throws {
        let unknown = office.newRow(OfficeSchema.appointments)
        for operations in [
            [office.set(order, 1, .text(secret))],
            // A row that the hub does not know, under it.
            [(unknown, .liveness, .create, Context()), office.set(unknown, 1, .reference(order.row)), office.set(unknown, 3, .text(secret))],
            // Of something else, and kept.
            [office.set(office.order(of: office.ann).0, 1, .text("other"))],
        ] {
            let envelope = try unreadable(&office.ann, operations)
            #expect(try office.send(office.ann, [envelope])[0].receipt?.rules == [.undecodable])
        }
        // A block that cannot be read stands behind one that can; and these are not even the frame of a changeset.
        var copy = office.ann
        var broken = try WireChangeset(serializedBytes: unreadable(&copy, [office.set(order, 1, .text(secret))]).changeset)
        broken.rows.append(.with { $0.operations = Data([255]) })
        for bytes in [try broken.serializedBytes(), [255, 255] + order.row.bytes + Array(secret.utf8)] as [[UInt8]] {
            var envelope = try office.envelope(&office.dora, [])
            envelope.changeset = Data(bytes)
            office.dora.root = ContentHash.of(bytes)
            _ = try office.send(office.dora, [envelope])
        }
        #expect(office.store.now.quarantine.count == 5)
        let hashes = office.store.now.entries.map(\.root)

        let report = try house.erase(order)
        #expect((report["rows"] as? [String: Int])?["orders"] == 1)
        #expect(office.traces(of: secret) == [])
        #expect(try office.rootsStand() && zip(office.store.now.entries, hashes).allSatisfy { $0.root == $1 })
        #expect(office.store.now.quarantine.count == 1 && office.traces(of: "other").count == 1)
        // So does the replay of the journal after a restore, and once more.
        let erasures = try office.store.now.erasures(after: nil)
        try ErasureReplay.carryOut(
            ListedErasures(erasures + [Erasure(identity: ChangesetID(high: 6, low: 6), rows: [order], milliseconds: 0)]),
            in: office.store, schema: office.schema, moment: CommitMoment(wallMilliseconds: office.wall))
        #expect(try office.store.now.erasures(after: nil).count == 2)
        // What comes later is not kept either.
        for operations in [[office.set(order, 1, .text(secret))], [office.set(unknown, 1, .reference(order.row)), office.set(unknown, 3, .text(secret))]] {
            let envelope = try unreadable(&office.ann, operations)
            #expect(try office.send(office.ann, [envelope])[0].receipt?.rules == [.undecodable])
            // Exactly once, by the hash that is kept.
            #expect(try office.send(office.ann, [envelope])[0].receipt?.rules == [.undecodable])
        }
        #expect(office.traces(of: secret) == [] && office.store.now.quarantine.count == 1)
        #expect(try office.rootsStand())
    }

    @Test func collectionsCanBeKept() throws {
        let report = try house.erase(order, keep: ["appointments"])
        #expect(report["rows"] as? [String: Int] == ["orders": 1])
        #expect(office.value(appointment, "note") == .text("Zdenka Novotná opens"))
    }

    /// What comes while the log is read is not missed.
    @Test func whatComesBetweenPlanAndCommitIsErasedAsWell() throws {
        house.isPaused = true
        try house.erase(order)
        try house.workOnce()
        // The plan is made; a further appointment, and an edit, come before it is carried out.
        try office.ann([office.set(order, 1, .text("Zdenka Novotná again"))])
        try house.workOnce()
        #expect(office.traces(of: secret).isEmpty, "an edit of a planned row needs no new plan")
        house.isPaused = false
        try house.work()
        #expect(office.traces(of: secret).isEmpty)
    }

    @Test func whatComesToBelongToItHasItPlannedAnew() throws {
        house.isPaused = true
        try house.erase(order)
        try house.workOnce()
        let more = office.newRow(OfficeSchema.appointments)
        try office.ann([
            (more, .liveness, .create, Context()), office.set(more, 1, .reference(order.row)), office.set(more, 3, .text(secret)),
        ])
        try house.workOnce()
        #expect(office.row(order)?.isAlive == true, "nothing was done by a plan that is not whole")
        house.isPaused = false
        try house.work()
        #expect(office.row(more)?.isStripped == true && office.traces(of: secret).isEmpty)
    }

    /// Orders an erasure as the hub's host does.
    private func commit(_ plan: ErasurePlan, _ journal: ListedErasures?) -> CommitBatch.Outcome? {
        let erasure = ErasureOrder(identity: ChangesetID(high: 6, low: 6), subject: order, reason: "", administrator: "")
        return CommitBatch.commit(
            [.erase(ConnectionID(rawValue: 0), request: 0, erasure, plan)], to: office.store, schema: office.schema,
            moment: CommitMoment(wallMilliseconds: office.wall), erasures: journal, log: { _ in }
        ).first
    }

    private func plan() throws -> ErasurePlan {
        try office.store.read { try ErasureSearch(reader: $0, schema: office.schema, keep: []).plan(for: order) }
    }

    /// Brings the store back to a state, as the beginning of a new epoch, and carries out what the journal says.
    private func restore(_ backup: MemoryHubState, _ journal: ListedErasures) throws {
        office.store.change { $0.restore(to: backup.head, from: backup) }
        try ErasureReplay.carryOut(
            journal, in: office.store, schema: office.schema, moment: CommitMoment(wallMilliseconds: office.wall))
    }

    @Test func aPlanThatIsNotWholeIsNotJournalledAndTheWholeOneIs() throws {
        let journal = ListedErasures()
        let first = try plan()
        let more = office.newRow(OfficeSchema.appointments)
        try office.ann([
            (more, .liveness, .create, Context()), office.set(more, 1, .reference(order.row)), office.set(more, 3, .text(secret)),
        ])
        let backup = office.store.now
        guard case .committed(let stale, _)? = commit(first, journal), case .erased(_, _, _, .stale)? = stale.first else {
            return #expect(Bool(false), "a plan that lacks a row was carried out")
        }
        #expect(try journal.erasures().isEmpty && !office.traces(of: secret).isEmpty)
        guard case .committed? = commit(try plan(), journal) else { return #expect(Bool(false)) }
        #expect(office.traces(of: secret).isEmpty)
        #expect(try journal.erasures().map(\.rows) == [[order, appointment, more].sorted()])
        try restore(backup, journal)
        #expect(office.traces(of: secret).isEmpty && office.row(more)?.isStripped == true)
    }

    @Test func withoutTheJournalNothingIsErased() throws {
        let backup = office.store.now
        let journal = ListedErasures()
        journal.failure.withLock { $0 = HubStoreError(.full, "No space.") }
        for journal in [journal, nil] {
            guard case .failed(_, let reason)? = commit(try plan(), journal) else { return #expect(Bool(false)) }
            #expect(!reason.contains("stands in the journal"))
            #expect(office.store.now.entries == backup.entries && !office.traces(of: secret).isEmpty)
        }
    }

    /// Who orders an erasure is told if it is not done and will be.
    @Test func aCommitThatFailsBehindTheJournalIsCarriedOutAtTheNextStart() throws {
        let journal = ListedErasures()
        office.store.failure.withLock { $0 = HubStoreError(.full, "No space.") }
        guard case .failed(_, let reason)? = commit(try plan(), journal) else { return #expect(Bool(false)) }
        #expect(reason.contains("stands in the journal") && !office.traces(of: secret).isEmpty)
        office.store.failure.withLock { $0 = nil }
        try ErasureReplay.carryOut(
            journal, in: office.store, schema: office.schema, moment: CommitMoment(wallMilliseconds: office.wall))
        #expect(office.traces(of: secret).isEmpty)
    }

    /// Journals of before lack rows that the store knows to be erased.
    @Test func aJournalThatLacksRowsOfAnErasureIsCompleted() throws {
        let whole = ListedErasures()
        guard case .committed? = commit(try plan(), whole) else { return #expect(Bool(false)) }
        var short = try whole.erasures()
        short[0].rows = [order]
        let journal = ListedErasures(short)
        try restore(office.store.now, journal)
        #expect(try journal.erasures().flatMap(\.rows).contains(appointment))
    }

    @Test func anErasedUserHasNoDevicesAndThoseNoName() throws {
        let connection = try house.open(office.ann)
        try house.erase(RowKey(collection: OfficeSchema.users, row: office.ann.user))
        #expect(house.failure(connection) == .revoked)
        let record = try #require(try office.store.now.replica(office.ann.replica))
        #expect(record.isRevoked && record.name == "device 1")
        #expect(try house.error(HubHouse.revoking(device: "1", reinstate: true)) != nil)
        #expect(office.store.now.subscriptions(of: office.ann.user).isEmpty)
    }

    @Test func purgedRowsAreErasedWithWhatTheyBelongedTo() throws {
        let covering = office.row(appointment)?.cells.dropFirst().map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) } ?? []
        try office.dora([(appointment, .liveness, .delete(covering: covering), office.seen(appointment, 0))])
        try house.purge(appointment)
        #expect(office.traces(of: secret).contains { $0.hasPrefix("log") }, "the log keeps what was purged")
        try house.erase(order)
        #expect(office.traces(of: secret).isEmpty)
        #expect(try office.store.now.taken(appointment)?.kind == .erased)
    }
}

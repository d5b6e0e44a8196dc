import Crypto
import CustomerMessages
import CustomerPages
import Documents
import Domain
import Foundation
import MailTransport
import PDFSigning
import ReplicationCore
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@testable import CustomerDesk
@testable import ReplicationEngine
@testable import WireProtocol

/// A folder of its own that is gone after the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "desk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        // A folder that stays behind disturbs nobody.
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A hub with its store and blobs, an order with what hangs on it, and a desk whose parts are called one by one: nothing happens unless a
/// test calls for it, at the time that the test's clock shows.
final class DeskHouse: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteHubStore
    let blobs: FileBlobStore
    let schema: Schema
    let desk: Desk
    let journal: FileErasureJournal
    private let world: World

    /// What a desk that is started anew goes on with.
    private final class World: Sendable {
        /// Monday, 15 June 2026, ten in the morning in New York.
        let clock = Mutex<UInt64>(1_781_532_000_000)
        let log = Mutex<[String]>([])
        let writes = Mutex<UInt64>(0)
        /// How many writes of services are still taken; nil for all.
        let left = Mutex<Int?>(nil)
        let queue = DispatchQueue(label: "commits")
    }

    static let pages = "https://pages.example.com"

    private static let loaded = Result { try StandardSchema.load() }

    convenience init(_ change: (inout Desk.Options) throws -> Void = { _ in }) throws {
        let folder = try TemporaryFolder()
        let schema = try Self.loaded.get()
        var random = SystemRandomNumberGenerator()
        let store = try SQLiteHubStore.create(
            at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "Harbor Lift", milliseconds: 1_781_000_000_000,
            random: &random)
        try self.init(folder, store, try FileBlobStore(folder: folder.path + "/blobs"), schema, World(), change)
        // What was there before is nobody's news.
        try desk.follow()
        try putCompany()
    }

    private init(
        _ folder: TemporaryFolder, _ store: SQLiteHubStore, _ blobs: FileBlobStore, _ schema: Schema, _ world: World,
        _ change: (inout Desk.Options) throws -> Void
    ) throws {
        (self.folder, self.store, self.blobs, self.schema, self.world) = (folder, store, blobs, schema, world)
        journal = FileErasureJournal(at: folder.path + "/erasures")
        var options = Desk.Options(templates: try MessageTemplates(), box: SecretBox(key: [UInt8](repeating: 7, count: 32)))
        options.wallMilliseconds = { world.clock.withLock { $0 } }
        options.log = { line in world.log.withLock { $0.append(line) } }
        try change(&options)
        let journal = journal
        desk = try Desk(store: store, schema: schema, blobs: blobs, options: options) { work in
            world.queue.async { Self.commit(.service(work), world, store, schema, journal) }
        }
        desk.lead(to: try PageAddress(publicURL: Self.pages))
    }

    /// The same hub with another desk, as after a restart.
    func restarted(_ change: (inout Desk.Options) throws -> Void = { _ in }) throws -> DeskHouse {
        try DeskHouse(folder, store, blobs, schema, world, change)
    }

    /// The same desk over another store, as after a restore.
    func over(_ store: SQLiteHubStore) throws -> DeskHouse { try DeskHouse(folder, store, blobs, schema, world) { _ in } }

    // MARK: Time and log

    var now: UInt64 { world.clock.withLock { $0 } }
    func pass(days: UInt64 = 0, hours: UInt64 = 0, minutes: UInt64 = 0) { world.clock.withLock { $0 += ((days * 24 + hours) * 60 + minutes) * 60_000 } }
    var log: [String] { world.log.withLock { $0 } }

    // MARK: Writing

    @discardableResult
    private static func commit(
        _ work: CommitWork, _ world: World, _ store: SQLiteHubStore, _ schema: Schema, _ journal: FileErasureJournal
    ) -> [CommitBatch.Outcome] {
        let isOver = world.left.withLock { left in
            guard let count = left else { return false }
            left = max(0, count - 1)
            return count == 0
        }
        if isOver, case .service(let work) = work {
            work.done(.refused("The hub has ended."))
            return []
        }
        let moment = CommitMoment(wallMilliseconds: world.clock.withLock { $0 })
        let outcomes = CommitBatch.commit([work], to: store, schema: schema, moment: moment, erasures: journal) { line in
            world.log.withLock { $0.append(line) }
        }
        for outcome in outcomes {
            switch outcome {
            case .committed(let results, _):
                for case .served(let work, let refusal) in results { work.done(refusal.map { .refused($0.detail) } ?? .done) }
            case .failed(let works, let reason):
                for case .service(let work) in works { work.done(.refused(reason)) }
            }
        }
        return outcomes
    }

    func commit(_ work: CommitWork) -> [CommitBatch.Outcome] {
        world.queue.sync { Self.commit(work, world, store, schema, journal) }
    }

    /// Takes so many writes of the desk and then none, as if the hub had ended; nil: goes on.
    func endAfter(writes: Int?) { world.left.withLock { $0 = writes } }

    /// Writes rows as an import does; sets are given beside the fields.
    func put(_ collection: String, _ row: RowID, _ fields: [String: Value], sets: [String: [String]] = [:]) throws {
        let number = world.writes.withLock { $0 += 1; return $0 }
        let line = ImportBatch.Row(
            collection: collection, row: row, fields: fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
            sets: sets.sorted { $0.key < $1.key }.map { (name: $0.key, elements: $0.value) }, fillsOnly: false)
        let batch = ImportBatch(job: ChangesetID(high: 0x4000, low: 1 << 63 | number), isDryRun: false, lines: [.init(number: number, rows: [line])])
        for case .committed(let results, _) in commit(.importLines(ConnectionID(rawValue: 1), request: 1, batch)) {
            for case .imported(_, _, let result) in results {
                try #require(result.lines.allSatisfy { $0.outcome != .refused }, "\(collection): \(result.lines.map(\.reason))")
                return
            }
        }
        Issue.record("\(collection) was not written: \(log)")
    }

    /// Deletes a row on the device "office" of a route planner, which is made for it.
    func delete(_ collection: String, _ row: RowID) throws {
        let number = world.writes.withLock { $0 += 1; return $0 }
        let role = try #require(schema.role(named: "router")).number, user = House.id(90), replica = ReplicaID(high: 2, low: number)
        let record = ReplicaRecord(
            id: replica, site: Site(100 + number), name: "office", publicKey: [UInt8](repeating: 1, count: 32), user: user, role: role,
            enrolledMilliseconds: now, lastSeenMilliseconds: now)
        _ = try world.queue.sync { try store.commit { _ in (CommitPlan(replicas: [record]), ()) } }
        try put("user", user, ["name": .text("Ines Ortega"), "email": .text("ines@harborlift.example"), "role": .text("router"), "territory": .reference(House.territory)])
        let head = try store.read { try $0.head }
        let key = RowKey(collection: try #require(schema.collection(named: collection)).number, row: row)
        let header = ChangesetHeader(
            identity: ChangesetID(high: 0x4000, low: 1 << 63 | number), author: user, role: role, stamp: HybridTime(milliseconds: now),
            schemaVersion: schema.version, basis: head)
        let operation = CellOperation(position: 0, key: key, part: .liveness, action: .delete(covering: []), context: Context(sequence: head))
        var envelope = WireEnvelope()
        envelope.counter = 1
        envelope.changeset = Data(try ChangesetCodec.encode(header, [operation], saltSeed: [UInt8](repeating: 7, count: 16)).0)
        guard case .committed(let results, _) = commit(.changesets(ConnectionID(rawValue: 1), [Submission(replica: replica, envelope: envelope)])).first,
            case .outcomes(_, let outcomes, _) = results.first, case .receipt(let receipt, _) = outcomes.first
        else {
            Issue.record("nothing was deleted: \(log)")
            return
        }
        for case .refused(let refusal) in try ReceiptCodec.decode(receipt).verdicts.map(\.outcome) {
            Issue.record("the deletion was refused: \(refusal)")
        }
    }

    /// Erases a row, and what belongs to it.
    func erase(_ collection: String, _ row: RowID) throws {
        let number = world.writes.withLock { $0 += 1; return $0 }
        let order = ErasureOrder(
            identity: ChangesetID(high: 0x4000, low: 1 << 63 | number), subject: RowKey(collection: try #require(schema.collection(named: collection)).number, row: row),
            reason: "asked for", administrator: "test")
        let plan = try store.read { try ErasureSearch(reader: $0, schema: schema, keep: []).plan(for: order.subject) }
        guard case .committed(let results, _) = commit(.erase(ConnectionID(rawValue: 1), request: 1, order, plan)).first, case .erased(_, _, _, .done) = results.first else {
            Issue.record("nothing was erased: \(log)")
            return
        }
    }

    // MARK: Reading

    func read<Result>(_ body: (HubRecords) throws -> Result) throws -> Result { try store.read { try body(HubRecords($0, schema)) } }

    func row(_ collection: String, _ id: RowID) throws -> HubRow { try #require(try read { try $0.row(collection, id) }) }
    func rows(_ collection: String, where field: String = "work_order", names id: RowID = House.order) throws -> [HubRow] {
        try read { try $0.rows(collection, where: field, names: id) }
    }

    func records<Record: DeskRecord>(_ type: Record.Type, of owner: RowID) throws -> [Record] { try store.read { try Record.read(owner: owner, $0) } }

    /// Messages of the order of one kind, in the order in which they were made.
    func messages(_ kind: String) throws -> [HubRow] {
        try rows("message").filter { $0.text("kind") == kind }.sorted { ($0.integer("made_at") ?? 0) < ($1.integer("made_at") ?? 0) }
    }

    /// How often each kind of event was written.
    func events() throws -> [String: Int] {
        Dictionary(try rows("signature_event").compactMap { $0.text("event") }.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// What is to be sent of a message, if it was not handed over yet.
    func mail(_ message: HubRow) throws -> MailRecord? { try store.read { try MailRecord.read(message.id.bytes, $0) } }

    /// What a message brings that was not handed over yet.
    func secret(_ message: HubRow) throws -> SecretBox.Secret? {
        try mail(message)?.secret.map { try desk.options.box.open($0, of: message.id) }
    }

    /// The token that the last message of a kind brings.
    func token(_ kind: String) throws -> LinkToken {
        let message = try #require(try messages(kind).last, "no message \(kind)")
        return try #require(try secret(message)?.token.flatMap { LinkToken(text: $0) }, "the message \(kind) has no token, or was sent")
    }

    // MARK: The desk's part

    /// Lets the desk look until it writes nothing more, which takes few looks.
    func settle() throws {
        for _ in 0..<8 {
            let head = try store.read { try $0.head }
            // Time never stands still.
            world.clock.withLock { $0 += 1 }
            try desk.follow()
            if try store.read({ try $0.head }) == head { return }
        }
        Issue.record("the desk goes on writing though nothing happens: \(log)")
    }

    /// How a link ended for whoever opens it now; nil if it leads somewhere.
    func end(_ token: LinkToken) async -> LinkEnd.Reason? {
        if case .ended(let end) = await desk.look(token) { return end.reason }
        return nil
    }
}

/// Names of rows.
enum House {
    static let territory = id(1), user = id(2), account = id(3), contact = id(4), site = id(5), order = id(6), visit = id(7)

    static func id(_ number: UInt64) -> RowID { RowID(high: 0x0190_0000_0000_7000, low: 1 << 63 | number) }
}

extension DeskHouse {
    private func putCompany() throws {
        try put("territory", House.territory, ["name": .text("Brooklyn"), "time_zone": .text("America/New_York")])
        try put("user", House.user, ["name": .text("Nadia Okafor"), "email": .text("nadia@harborlift.example"), "role": .text("technician")])
        try put("account", House.account, ["name": .text("Pier Nine Cold Store"), "territory": .reference(House.territory)])
        try put("contact", House.contact, ["account": .reference(House.account), "name": .text("Wilma Quist")], sets: ["emails": ["w.quist@example.com"], "phones": ["mobile: +1 555 0100"]])
        try put("site", House.site, ["account": .reference(House.account), "name": .text("South hall"), "city": .text("Brooklyn")])
        try put("work_order", House.order, [
            "number": .text("HLP-0001"), "account": .reference(House.account), "site": .reference(House.site), "contact": .reference(House.contact),
            "territory": .reference(House.territory), "title": .text("Chiller 2 loses pressure"), "resolution": .text("Valve soldered."),
        ])
        try settle()
    }

    /// Makes a document of the order from the shipped template.
    ///
    /// - Parameters:
    ///   - places: who has to sign.
    ///   - optional: the place that may stay empty.
    ///   - code: how the customer shows that an address is theirs.
    ///   - isHere: whether its form has come as well.
    @discardableResult
    func makeDocument(
        _ number: UInt64 = 20, order: RowID = House.order, places: Set<String> = ["customer"], code: String? = nil, optional: String? = nil,
        isHere: Bool = true
    ) throws -> (id: RowID, form: CanonicalForm) {
        var text = try Fixture.text("Protocol/documents/service_report.en.yaml")
        let customer = "  - signature:\n      name: customer\n", technician = "  - signature:\n      name: technician\n"
        let first = try #require(text.range(of: customer)), second = try #require(text.range(of: technician)), end = try #require(text.range(of: "\n\nwords:"))
        if !places.contains("technician") { text.removeSubrange(second.lowerBound..<end.lowerBound) }
        if let optional { text = text.replacing("      name: \(optional)\n", with: "      name: \(optional)\n      optional: true\n") }
        if let code { text.insert(contentsOf: "      code: \(code)\n", at: first.upperBound) }
        let template = try DocumentTemplate.read(text)
        let milliseconds = Int64(now)
        let form = try CanonicalForm(try read { try DocumentMaker($0).make(template, about: order, at: milliseconds, zone: "America/New_York") })
        if isHere { try bring(form) }
        let id = House.id(number)
        try put("document", id, [
            "work_order": .reference(order), "title": .text("Service report \(number)"), "form": .text(Self.reference(form).description),
            "kind": .text("service_report"), "template": .text("service_report.en"), "template_version": .integer(1), "language": .text("en"),
            "state": .text("draft"),
        ])
        return (id, form)
    }

    func bring(_ form: CanonicalForm) throws { try blobs.put(form.bytes, named: Self.reference(form).blob) }

    private static func reference(_ form: CanonicalForm) -> BlobReference { reference(form.bytes, CanonicalForm.mediaType) }

    static func reference(_ bytes: [UInt8], _ mediaType: String) -> BlobReference {
        // SHA-256 has the length of a blob's hash, and these are small.
        BlobReference(blob: BlobName(hash: BlobHash(bytes: Array(SHA256.hash(data: bytes)))!, size: UInt64(bytes.count)), mediaType: mediaType)!
    }

    /// Asks the customer to sign documents, as a device does.
    @discardableResult
    func ask(_ documents: [RowID], number: UInt64 = 40, email: String? = "w.quist@example.com", contact: RowID? = nil, place: String = "customer", language: String? = nil) throws -> RowID {
        let id = House.id(number)
        var fields: [String: Value] = ["work_order": .reference(House.order), "signer_name": .text("Wilma Quist"), "place": .text(place)]
        if let email { fields["signer_email"] = .text(email) }
        if let language { fields["language"] = .text(language) }
        if let contact { fields["contact"] = .reference(contact) }
        try put("signature_request", id, fields, sets: ["documents": documents.map(\.description)])
        try settle()
        return id
    }

    /// Asks for the link to be sent again, as a device does.
    func askAgain(_ request: RowID) throws {
        try put("signature_request", request, ["again_at": .integer(Int64(now))])
        try settle()
    }

    /// Writes the signature of somebody in front of a device.
    func signOnDevice(_ document: (id: RowID, form: CanonicalForm), place: String = "customer", name: String = "Wilma Quist", state: String? = "signed") throws {
        let event = SignatureEvent(
            order: House.order, document: document.id, place: place, person: name, formHash: document.form.hash, milliseconds: Int64(now))
        try put("signature", House.id(document.id.low & 0xFF + (place == "customer" ? 500 : 600)), try Signing(place: place, name: name, mark: .typed).fields(of: event, consent: "I agree."))
        if let state { try put("document", document.id, ["state": .text(state)]) }
    }

    /// Plans a visit in two days, two in the afternoon in New York, for two hours.
    ///
    /// - Parameter moment: from which the two days are counted; nil for now.
    func book(_ visit: RowID = House.visit, from moment: UInt64? = nil, later minutes: Int64 = 0) throws {
        let from = Int64(moment ?? now) + (2 * 24 + 4) * 3_600_000 + minutes * 60_000
        try put("appointment", visit, [
            "work_order": .reference(House.order), "territory": .reference(House.territory), "assignee": .reference(House.user),
            "planned_start": .integer(from), "planned_end": .integer(from + 7_200_000), "window_start": .integer(from), "window_end": .integer(from + 7_200_000),
        ])
        try happen("scheduled", visit)
    }

    /// What happens on a visit.
    func happen(_ state: String, _ visit: RowID = House.visit) throws {
        try put("status_event", nextRow(), ["appointment": .reference(visit), "state": .text(state), "happened_at": .integer(Int64(now))])
        try settle()
    }

    /// Somebody says when the technician will be there, by so many minutes from now.
    func expect(in minutes: Int64, revision: Int64, _ visit: RowID = House.visit) throws {
        try put("eta", nextRow(), [
            "appointment": .reference(visit), "revision": .integer(revision), "arrives_at": .integer(Int64(now) + minutes * 60_000), "source": .text("dispatcher"),
        ])
        try settle()
    }

    private func nextRow() -> RowID { House.id(10_000 + world.writes.withLock { $0 }) }

    static let visitor = Visitor(address: "192.0.2.7", agent: "Test")

    /// Everything that a link still offers to be signed.
    func submission(_ token: LinkToken, name: String = "Wilma Quist", code: String? = nil) async throws -> SigningSubmission {
        guard case .signing(let view) = await desk.look(token) else {
            Issue.record("the link shows nothing to sign")
            return SigningSubmission(agreed: [], name: name)
        }
        return SigningSubmission(agreed: view.documents.filter { $0.state == .open }.map { (document: $0.id, hash: $0.hash) }, name: name, code: code)
    }

    func sign(_ token: LinkToken, _ submission: SigningSubmission) async -> SigningOutcome { await desk.sign(token, submission, by: Self.visitor) }
}

/// What became of a submission, to be compared.
enum Signed: Equatable {
    case signed(remaining: Int)
    case refused(SigningRefusal)
    case ended(LinkEnd.Reason)

    init(_ outcome: SigningOutcome) {
        switch outcome {
        case .signed(_, let remaining): self = .signed(remaining: remaining)
        case .refused(let refusal): self = .refused(refusal)
        case .ended(let end): self = .ended(end.reason)
        }
    }
}

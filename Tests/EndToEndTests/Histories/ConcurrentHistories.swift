import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
@testable import WireProtocol

/// Histories 9, 11, 12, 13, 16, 17, 25 and 26 over the shipped hub and devices.
struct ConcurrentHistories {
    private let world: HistoryWorld

    init() throws { world = try HistoryWorld() }

    /// Today, in the world of histories.
    private let start: Int64 = 1_780_000_000_000

    private func appointment(_ name: String, of assignee: RowID) throws -> RowID {
        let id = RowID.derived(collection: 13, key: [name])
        try world.importRows([.init(collection: "appointment", row: id, fields: [
            ("work_order", .reference(HistoryWorld.order)), ("assignee", .reference(assignee)),
            ("territory", .reference(HistoryWorld.territory)), ("planned_start", .integer(start)), ("planned_end", .integer(start + 1_000)),
        ], sets: [], fillsOnly: false)])
        return id
    }

    private func conflicts() throws -> Int {
        try world.store.read { try $0.rows(of: 28, where: "state", equals: .text("open"), limit: 100) }.count
    }

    @Test("History 9: one edits the start, one the end of a time window; one the amount, one the currency")
    func groupsStayWhole() throws {
        let dora = try world.device("dora", of: HistoryWorld.dora), second = try world.device("second", of: HistoryWorld.dora)
        let rita = try world.device("rita", of: HistoryWorld.rita), kay = try world.device("kay", of: HistoryWorld.kay)
        let visit = try appointment("visit", of: HistoryWorld.ines)
        let contract = RowID.derived(collection: 23, key: ["contract"])
        try world.importRows([.init(collection: "contract", row: contract, fields: [
            ("account", .reference(HistoryWorld.account)), ("title", .text("service")), ("amount_cents", .integer(100_00)),
            ("currency", .text("EUR")),
        ], sets: [], fillsOnly: false)])
        for device in [dora, second, rita, kay] { try world.connect(device) }
        for device in [dora, second, rita, kay] { try world.disconnect(device) }
        try world.write(dora) { try $0.set("appointment", visit, ["planned_start": .integer(start + 500)]) }
        try world.write(second) { try $0.set("appointment", visit, ["planned_end": .integer(start + 200)]) }
        try world.write(rita) { try $0.set("contract", contract, ["amount_cents": .integer(250_00)]) }
        try world.write(kay) { try $0.set("contract", contract, ["currency": .text("GBP")]) }
        for device in [second, dora, kay, rita] { try world.connect(device) }
        try world.wait(5_000)
        let window = try (world.value("appointment", visit, "planned_start"), world.value("appointment", visit, "planned_end"))
        #expect(window == (.integer(start + 500), .integer(start + 1_000)) || window == (.integer(start), .integer(start + 200)), "one plan, whole")
        let part = Part(group: 4)
        func pairs(_ state: RowState?) -> Set<[Value]> { Set(state?[part]?.siblings.compactMap(\.values) ?? []) }
        #expect(pairs(try world.state("contract", contract)) == [[.integer(250_00), .text("EUR")], [.integer(100_00), .text("GBP")]])
        #expect(pairs(try world.state("appointment", visit)).map { Array($0.prefix(2)) }.contains([.integer(start), .integer(start + 200)]))
        for device in [dora, second, kay, rita] { #expect(try world.verify(device)?.isEqual == true, "\(device.name)") }
    }

    @Test("History 11: a technician who may not read prices verifies her digest, and cannot guess a price from it")
    func digestsOfReaders() throws {
        let ines = try world.device("ines", of: HistoryWorld.ines), dora = try world.device("dora", of: HistoryWorld.dora)
        _ = try appointment("visit", of: HistoryWorld.ines)
        try world.connect(ines)
        try world.connect(dora)
        let price: Int64 = 7_654_321
        var held: Set<[UInt8]> = []
        var sent = 0
        let order = HistoryWorld.order
        world.onSent = { device, body in
            guard device.name == "ines", case .changes(let changes) = body else { return }
            sent += changes.collections.flatMap(\.rows).count { Array($0.row) == order.bytes }
        }
        for cents in [price, price + 1, 1] {
            try world.write(dora) {
                try $0.set("work_order", HistoryWorld.order, ["agreed_cents": .integer(cents), "agreed_currency": .text("EUR")])
            }
            let hers = try #require(try world.verify(ines)), office = try #require(try world.verify(dora))
            #expect(hers.isEqual && office.isEqual)
            #expect(hers.rows == hers.hubRows && hers.cells == hers.hubCells && office.cells > hers.cells)
            held.insert(hers.sum)
            #expect(office.sum != hers.sum)
        }
        // Whatever the price is, what she is told is the same: there is nothing to try prices against.
        #expect(held.count == 1 && sent == 0)
        let key = try world.key("work_order", HistoryWorld.order)
        #expect(try ines.store.read { try $0.confirmed(key) }?[Part(group: 20)] == nil)
        #expect(try ines.shown("work_order", HistoryWorld.order, "agreed_cents") == .null)
    }

    @Test("History 12: both devices show the hub's overall status with their own pending steps on top")
    func ownStepsOnTop() throws {
        let ines = try world.device("ines", of: HistoryWorld.ines), bo = try world.device("bo", of: HistoryWorld.bo)
        let first = try appointment("first", of: HistoryWorld.ines), second = try appointment("second", of: HistoryWorld.bo)
        let order = HistoryWorld.order
        func step(_ device: HistoryDevice, _ appointment: RowID, _ state: String) throws {
            try world.write(device) {
                _ = try $0.create("status_event", [
                    "appointment": .reference(appointment), "state": .text(state), "happened_at": .integer(1),
                ])
            }
        }
        for device in [ines, bo] { try world.connect(device) }
        try step(ines, first, "dispatched")
        #expect(try bo.shown("work_order", order, "status") == .text("dispatched"), "the hub's")
        for device in [ines, bo] { try world.disconnect(device) }
        try step(ines, first, "on_site")
        try step(bo, second, "en_route")
        #expect(try ines.shown("work_order", order, "status") == .text("on_site"))
        #expect(try bo.shown("work_order", order, "status") == .text("en_route"))
        #expect(try world.value("work_order", order, "status") == .text("dispatched"))
        try world.connect(ines)
        try step(ines, first, "completed")
        #expect(try world.value("work_order", order, "status") == .text("completed"))
        #expect(try bo.shown("work_order", order, "status") == .text("en_route"))
        try world.connect(bo)
        try world.wait(5_000)
        for device in [ines, bo] {
            #expect(try device.shown("work_order", order, "status") == .text("completed"))
            #expect(try world.verify(device)?.isEqual == true)
        }
    }

    @Test("History 13: a parked operation is mended after its field was written again: the old value does not come back")
    func mendedLate() throws {
        let dora = try world.device("dora", of: HistoryWorld.dora)
        try world.connect(dora)
        try world.disconnect(dora)
        // An app that does not check writes a site without its account, and goes on with it.
        let site = RowID.derived(collection: 6, key: ["site"])
        let creation = try #require(try world.write(dora) { transaction in
            transaction.isUnchecked = true
            _ = try transaction.create("site", id: site, ["name": .text("Pier"), "access_notes": .text("old")])
        })
        try world.write(dora) { transaction in
            transaction.isUnchecked = true
            try transaction.set("site", site, ["access_notes": .text("new")])
        }
        try world.connect(dora)
        #expect(try world.state("site", site) == nil && !world.quarantine().isEmpty)
        try world.write(dora) { transaction in
            let key = try world.key("site", site)
            try transaction.mend(creation.identity, [key: ["account": .reference(HistoryWorld.account)]])
        }
        try world.wait(5_000)
        #expect(try world.value("site", site, "access_notes") == .text("new"))
        #expect(try dora.shown("site", site, "access_notes") == .text("new"))
        #expect(try world.quarantine() == [] && dora.refusals.isEmpty)
        #expect(try world.verify(dora)?.isEqual == true)
    }

    @Test("History 16: a device at its changeset limit, an import of many rows, an API client that read long ago")
    func atTheLimits() throws {
        let dora = try world.device("dora", of: HistoryWorld.dora), away = try world.device("away", of: HistoryWorld.dora)
        try world.connect(dora)
        try world.connect(away)
        // One operation more than a changeset takes is refused where it is written, and nothing of it stays.
        let most = ProtocolLimits.operationsPerChangeset / 4
        func fill(_ rows: Int) throws {
            try world.write(dora) { transaction in
                for number in 0..<rows {
                    _ = try transaction.create("site", [
                        "account": .reference(HistoryWorld.account), "name": .text("site \(number)"), "kind": .text("k"),
                    ])
                }
            }
        }
        #expect(throws: (any Error).self) { try fill(most + 1) }
        try fill(most)
        #expect(try world.store.read { try $0.count(of: 6) } == most)
        #expect(dora.driver?.unanswered == 0)

        // An import is many changesets: what the process holds does not grow with it.
        try world.disconnect(away)
        func lines(_ from: Int, _ count: Int) -> [ImportBatch.Row] {
            (from..<from + count).map { number in
                ImportBatch.Row(collection: "contact", row: RowID.derived(collection: 5, key: ["c\(number)"]), fields: [
                    ("account", .reference(HistoryWorld.account)), ("name", .text("contact \(number)")),
                ], sets: [], fillsOnly: false)
            }
        }
        try world.importRows(lines(0, 250))
        let before = try residentBytes()
        for step in 1..<12 { try world.importRows(lines(step * 250, 250)) }
        let growth = try residentBytes() - before
        #expect(try world.store.read { try $0.count(of: 5) } == 3_000)
        #expect(growth < 160 << 20, "the store's page cache may fill up, and nothing else: \(growth >> 20) MiB")

        // Whoever read long ago takes nothing away that it was not shown.
        for number in 0..<50 {
            try world.write(dora) { try $0.set("work_order", HistoryWorld.order, ["description": .text("later \(number)")]) }
        }
        try world.write(away) { try $0.set("work_order", HistoryWorld.order, ["description": .text("from long ago")]) }
        try world.connect(away)
        try world.wait(5_000)
        let values = try world.state("work_order", HistoryWorld.order)?[Part(group: 10)]?.siblings.compactMap { $0.values?.first?.text }
        #expect(Set(values ?? []) == ["later 49", "from long ago"])
        for device in [dora, away] { #expect(try world.verify(device)?.isEqual == true) }
    }

    /// Of this process.
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
    }

    @Test("History 17: two clients of one gateway read the same cell and both write")
    func gatewayClients() throws {
        let gateway = try world.device("gateway", of: HistoryWorld.dora)
        try world.connect(gateway)
        let key = try world.key("work_order", HistoryWorld.order), part = Part(group: 10)
        try world.write(gateway) { try $0.set("work_order", HistoryWorld.order, ["description": .text("as read")]) }
        // Both were shown this state; a gateway keeps with each form what it showed.
        let shown = Context(sequence: try #require(try world.state("work_order", HistoryWorld.order)?[part]).sequence)
        let record = try #require(try world.store.read { try $0.replica(site: gateway.driver?.replica.progress.site ?? 0) })
        func envelope(_ text: String, counter: UInt64, after root: [UInt8]) throws -> (WireEnvelope, [UInt8]) {
            let header = ChangesetHeader(
                identity: ChangesetID(high: 0x0199_0000_0000_7000, low: 1 << 63 | counter), author: record.user, role: record.role,
                stamp: HybridTime(milliseconds: world.wall), schemaVersion: world.schema.version, basis: shown.sequence)
            let (bytes, next) = try ChangesetCodec.encode(header, [
                CellOperation(position: 0, key: key, part: part, action: .set([.text(text)]), context: shown),
            ], saltSeed: [UInt8](repeating: UInt8(counter), count: 16))
            var envelope = WireEnvelope()
            envelope.counter = counter
            envelope.predecessor = Data(root)
            envelope.changeset = Data(bytes)
            return (envelope, next)
        }
        let (first, root) = try envelope("client one", counter: record.lastCounter + 1, after: record.lastRoot)
        let (second, _) = try envelope("client two", counter: record.lastCounter + 2, after: root)
        // One replica, one stream, one upload: and still neither has seen the other.
        _ = try world.commit(.changesets(ConnectionID(rawValue: 0), [first, second].map { Submission(replica: record.id, envelope: $0) }))
        let values = try world.state("work_order", HistoryWorld.order)?[part]?.siblings.compactMap { $0.values?.first?.text }
        #expect(Set(values ?? []) == ["client one", "client two"])
    }

    @Test("History 25: a modified app that claims an old basis for ever")
    func oldBasisForEver() throws {
        let ines = try world.device("ines", of: HistoryWorld.ines)
        let visit = try appointment("visit", of: HistoryWorld.ines)
        try world.connect(ines)
        let order = HistoryWorld.order
        let old = try #require(ines.driver?.replica.progress.basis)
        // Honest work from before the job was taken off her list, received after: late, and looked at.
        try world.disconnect(ines)
        try world.write(ines) { try $0.set("work_order", order, ["resolution": .text("done in time")]) }
        try world.importRows([.init(collection: "appointment", row: visit, fields: [("assignee", .reference(HistoryWorld.bo))], sets: [], fillsOnly: false)])
        try world.connect(ines)
        try world.wait(5_000)
        #expect(try world.value("work_order", order, "resolution") == .text("done in time"))
        #expect(try world.quarantine() == [])
        #expect(try ines.shown("work_order", order, "title") == nil, "it has left her list, and her device has confirmed that")
        // From now on the app claims the basis of before in every changeset.
        let record = try #require(try world.store.read { try $0.replica(site: ines.driver?.replica.progress.site ?? 0) })
        #expect(record.confirmed > old)
        let part = Part(group: 13)
        func claim(_ counter: UInt64, _ root: [UInt8]) throws -> (Receipt, [UInt8]) {
            let header = ChangesetHeader(
                identity: ChangesetID(high: 0x0199_0000_0000_7000, low: 2 << 62 | counter), author: record.user, role: record.role,
                stamp: HybridTime(milliseconds: world.wall), schemaVersion: world.schema.version, basis: old)
            let operation = CellOperation(
                position: 0, key: try world.key("work_order", order), part: part, action: .set([.text("claimed")]),
                context: Context(sequence: old))
            let (bytes, next) = try ChangesetCodec.encode(header, [operation], saltSeed: [UInt8](repeating: 1, count: 16))
            var envelope = WireEnvelope()
            envelope.counter = counter
            envelope.predecessor = Data(root)
            envelope.changeset = Data(bytes)
            let results = try world.commit(.changesets(ConnectionID(rawValue: 0), [Submission(replica: record.id, envelope: envelope)]))
            guard case .outcomes(_, let outcomes, _)? = results.first, case .receipt(let wire, _)? = outcomes.first else {
                throw HubProcess.Failure("no receipt")
            }
            return (try ReceiptCodec.decode(wire), next)
        }
        var counter = record.lastCounter, root = record.lastRoot
        for _ in 0..<3 {
            counter += 1
            let (receipt, next) = try claim(counter, root)
            root = next
            guard case .refused(let refusal)? = receipt.verdicts.first?.outcome else {
                Issue.record("a basis that was confirmed away still counts")
                return
            }
            #expect(refusal.rule == .noRight)
        }
        #expect(try world.value("work_order", order, "resolution") == .text("done in time"))
        #expect(try world.quarantine().count == 3, "nothing is lost: a person looks at it")
    }

    @Test("History 26: a catch-up that never ends because changes outpace the link: the user works on")
    func catchUpThatNeverEnds() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), dora = try world.device("dora", of: HistoryWorld.dora)
        // Much to catch up with, and the office goes on writing with every message that arrives.
        func row(_ number: Int, _ text: String) -> ImportBatch.Row {
            ImportBatch.Row(collection: "site", row: RowID.derived(collection: 6, key: ["s\(number)"]), fields: [
                ("account", .reference(HistoryWorld.account)), ("name", .text("site \(number)")), ("access_notes", .text(text)),
            ], sets: [], fillsOnly: false)
        }
        try world.connect(kay)
        try world.disconnect(kay)
        kay.forgetEvents()
        let long = String(repeating: "x", count: 1_500)
        try world.importRows((0..<800).map { row($0, long) })
        try world.connect(dora)
        var messages = 0, next = 0, answeredBehind = 0
        let world = world
        world.onSent = { device, body in
            guard device.name == "kay", case .changes = body, messages < 60 else { return }
            messages += 1
            // Fifty rows change for each message that has come.
            do {
                try world.commit(.importLines(ConnectionID(rawValue: 0), request: 0, ImportBatch(
                    job: ChangesetID(high: 7, low: UInt64(messages)), isDryRun: false,
                    lines: (0..<50).map { .init(number: UInt64($0), rows: [row((next + $0) % 800, "\(messages) \(long)")]) })))
            } catch {
                Issue.record(error)
            }
            next += 50
            // The user works on all the while; what is written is under way at once.
            if kay.driver?.unanswered == 0, kay.driver?.isCaughtUp == false { answeredBehind += 1 }
        }
        try world.write(kay) { try $0.set("account", HistoryWorld.account, ["next_step": .text("while catching up")]) }
        try world.connect(kay)
        #expect(messages == 60 && answeredBehind > 20)
        #expect(kay.driver?.unanswered == 0, "uploads and verdicts pass by the catch-up")
        #expect(try world.value("account", HistoryWorld.account, "next_step") == .text("while catching up"))
        #expect(try kay.shown("account", HistoryWorld.account, "next_step") == .text("while catching up"))
        let verdict = kay.events.firstIndex { if case .verdict = $0 { true } else { false } }
        let end = kay.events.firstIndex { if case .caughtUp = $0 { true } else { false } }
        #expect((verdict ?? .max) < (end ?? .max), "answered before the end")
        // Once the office rests, it ends.
        try world.wait(5_000)
        #expect(kay.driver?.isCaughtUp == true)
        #expect(try world.verify(kay)?.isEqual == true)
    }
}

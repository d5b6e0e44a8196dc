import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
@testable import WireProtocol

/// Histories 15 and 24, and what revocation and erasure promise, over the shipped hub and devices.
struct TakenAwayHistories {
    private let world: HistoryWorld

    init() throws { world = try HistoryWorld() }

    /// A person of whom something is written, with an interaction in which she is quoted.
    private func contact(_ name: String) throws -> RowID {
        let id = RowID.derived(collection: 5, key: [name])
        try world.importRows([.init(collection: "contact", row: id, fields: [
            ("account", .reference(HistoryWorld.account)), ("name", .text(name)), ("job_title", .text("keeper of \(name)")),
        ], sets: [], fillsOnly: false)])
        return id
    }

    private func bytes(in folder: String) throws -> [(file: String, bytes: Data)] {
        let manager = FileManager.default
        guard let files = manager.enumerator(atPath: folder) else { return [] }
        return files.compactMap { file in
            guard let name = file as? String, let bytes = manager.contents(atPath: folder + "/" + name) else { return nil }
            return (name, bytes)
        }
    }

    private func files(holding text: String, in folder: String) throws -> [String] {
        try bytes(in: folder).filter { $0.bytes.range(of: Data(text.utf8)) != nil }.map(\.file).sorted()
    }

    @Test("History 15: an edit, two years late, to a purged row, and to an erased one")
    func lateEdits() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), dora = try world.device("dora", of: HistoryWorld.dora)
        let purged = try contact("Paula Purged"), erased = try contact("Erik Erased")
        try world.connect(kay)
        try world.connect(dora)
        try world.disconnect(kay)
        try world.write(kay) {
            try $0.set("contact", purged, ["job_title": .text("late, purged")])
            try $0.set("contact", erased, ["job_title": .text("late, erased")])
            try $0.set("account", HistoryWorld.account, ["next_step": .text("call back")])
        }
        let rita = try world.device("rita", of: HistoryWorld.rita)
        try world.connect(rita)
        try world.write(rita) { try $0.delete("contact", purged) }
        try world.purge("contact", purged)
        _ = try world.erase("contact", erased)
        for device in [dora, rita] {
            #expect(try device.shown("contact", purged, "name") == nil && device.shown("contact", erased, "name") == nil)
            #expect(try world.verify(device)?.isEqual == true)
        }
        try world.wait(63_000_000_000)
        try world.connect(kay)
        try world.wait(5_000)
        // The purged one waits for a person, on both sides; the erased one is gone, and the rest was taken in.
        #expect(try kay.refusals.map(\.refusal.rule) == [.purged])
        #expect(try kay.refusals.first?.remedy.contains("new row") == true)
        #expect(try world.quarantine() == [.purged])
        #expect(try world.value("account", HistoryWorld.account, "next_step") == .text("call back"))
        #expect(try world.state("contact", purged)?.isStripped == true && world.state("contact", erased)?.isStripped == true)
        #expect(kay.driver?.unanswered == 0)
        let told = kay.events.contains { if case .erased = $0 { true } else { false } }
        #expect(told)
        try world.wait(5_000)
        #expect(try world.verify(kay)?.isEqual == true)
        #expect(try files(holding: "late, erased", in: kay.folder) == [])
        #expect(try files(holding: "Erik Erased", in: kay.folder) == [])
        try world.store.verifyChain()
        // A row may still name them, and then those who receive it hold what is left: that they were.
        try world.importRows([.init(collection: "work_order", row: HistoryWorld.order, fields: [
            ("contact", .reference(erased)),
        ], sets: [], fillsOnly: false)])
        #expect(try world.value("work_order", HistoryWorld.order, "contact") == .reference(erased))
        for device in [kay, dora] { #expect(try world.verify(device)?.isEqual == true) }
    }

    @Test("History 24: a person is erased, the hub restored to before, and a phone hands in again what it kept")
    func erasedStaysErased() throws {
        let secret = "Zdenka Novotna"
        let kay = try world.device("kay", of: HistoryWorld.kay), dora = try world.device("dora", of: HistoryWorld.dora)
        let away = try world.device("away", of: HistoryWorld.kay)
        for device in [kay, dora, away] { try world.connect(device) }
        let person = try contact(secret)
        // Concurrent edits leave a conflict that quotes both; the log holds each of them.
        try world.disconnect(kay)
        try world.disconnect(away)
        try world.write(kay) { try $0.set("contact", person, ["job_title": .text("\(secret), buyer")]) }
        try world.write(dora) { try $0.set("contact", person, ["job_title": .text("\(secret), seller")]) }
        try world.write(away) { try $0.set("contact", person, ["job_title": .text("\(secret), never handed in")]) }
        try world.connect(kay)
        #expect(try world.store.read { try $0.count(of: 26) } >= 0)

        // A backup of before, and a phone's image of before. From here on devices keep what they are sent under its seal.
        let copy = world.folder.path + "-backup.sqlite", image = world.folder.path + "-image"
        defer {
            for path in [copy, image] { try? FileManager.default.removeItem(atPath: path) /* Left behind, it harms no test. */ }
        }
        _ = try world.store.commit { reader in
            var plan = CommitPlan()
            plan.backups = [BackupRecord(path: copy, sequence: try reader.head, milliseconds: world.wall)]
            return (plan, ())
        }
        try world.store.backup(to: copy)
        // What is written and accepted after the backup is lost with the restore, and is what phones bring back.
        try world.write(kay) { try $0.set("contact", person, ["job_title": .text("\(secret), after the backup")]) }
        try world.write(kay) { try $0.set("account", HistoryWorld.account, ["next_step": .text("after the backup")]) }
        try world.disconnect(kay)
        try kay.restart { try FileManager.default.copyItem(atPath: kay.folder, toPath: image) }
        try world.connect(kay)
        let heldForms = try kay.store.read { try $0.sealed(of: RowKey(collection: 5, row: person)) }
        #expect(heldForms.contains { Data($0.change).range(of: Data("\(secret), after the backup".utf8)) != nil })
        let hubFiles = try files(holding: secret, in: world.folder.path).filter { $0.hasPrefix("hub.sqlite") }
        #expect(!hubFiles.isEmpty)

        _ = try world.erase("contact", person, dryRun: true)
        #expect(try world.value("contact", person, "name") == .text(secret))
        _ = try world.erase("contact", person)
        func isGone(_ moment: String) throws {
            let left = try files(holding: secret, in: world.folder.path).filter { !$0.hasPrefix("away/") }
            #expect(left == [], "\(moment)")
            try world.store.verifyChain()
        }
        try isGone("after erasing")
        for device in [kay, dora] { #expect(try world.verify(device)?.isEqual == true) }

        // The hub is put back to before; it erases again before it serves.
        try world.stopHub()
        let former = try SQLiteHubStore.restore(from: copy, to: world.folder.path + "/hub.sqlite").former
        // The former store is kept beside it, and is not what the hub serves from.
        if let former { try FileManager.default.removeItem(atPath: former) }
        #expect(try files(holding: secret, in: world.folder.path).contains("hub.sqlite"))
        try world.startHub()
        try isGone("after the restore")
        #expect(try world.state("contact", person)?.isStripped == true)

        // A phone is put back to before as well, with all that it kept, and hands it in.
        try kay.restart {
            try FileManager.default.removeItem(atPath: kay.folder)
            try FileManager.default.copyItem(atPath: image, toPath: kay.folder)
        }
        #expect(try !files(holding: secret, in: kay.folder).isEmpty)
        try world.connect(kay)
        try world.connect(dora)
        try world.wait(5_000)
        try isGone("after the phone has come back")
        // And so does one that was away all the time, with work that nobody had seen.
        try world.connect(away)
        try world.wait(5_000)
        #expect(away.driver?.unanswered == 0)
        #expect(try files(holding: secret, in: world.folder.path) == [])
        #expect(try world.quarantine() == [])
        #expect(try world.value("account", HistoryWorld.account, "next_step") == .text("after the backup"), "the rest is brought back")
        for device in [kay, dora, away] { #expect(try world.verify(device)?.isEqual == true, "\(device.name)") }
    }

    /// Rows of all sizes, written over and over, so that their values have been in many places of the store's pages.
    @Test func `nothing of many erased rows is left in the store's pages`() throws {
        var random = SystemRandomNumberGenerator()
        func mark(_ number: Int) -> String { "secret-\(number)-" }
        func contacts(_ round: Int) -> [ImportBatch.Row] {
            (0..<120).map { number in
                let text = mark(number) + String(repeating: "x", count: Int.random(in: 0...90, using: &random))
                return ImportBatch.Row(collection: "contact", row: RowID.derived(collection: 5, key: ["p\(number)"]), fields: [
                    ("account", .reference(HistoryWorld.account)), ("name", .text(text)), ("job_title", .text(text)),
                ], sets: round == 0 ? [("emails", [mark(number) + "@example.org"])] : [], fillsOnly: false)
            }
        }
        for round in 0..<4 {
            world.wall += 1_000
            try world.importRows(contacts(round))
        }
        let erased = (0..<120).filter { _ in Bool.random(using: &random) }.prefix(25)
        for number in erased { _ = try world.erase("contact", RowID.derived(collection: 5, key: ["p\(number)"])) }
        for number in erased { #expect(try files(holding: mark(number), in: world.folder.path) == [], "\(number)") }
        #expect(try files(holding: mark((0..<120).first { !erased.contains($0) } ?? 0), in: world.folder.path) == ["hub.sqlite"])
        try world.store.verifyChain()
    }

    /// A client that knows nothing of erasures hands in the whole of it, after the restore: the hub keeps none of it.
    @Test func `whoever hands it in, the hub does not keep it`() throws {
        let secret = "Zdenka Novotna"
        let kay = try world.device("kay", of: HistoryWorld.kay)
        try world.connect(kay)
        let person = try contact(secret)
        try world.disconnect(kay)
        _ = try world.erase("contact", person)
        try world.write(kay) { try $0.set("contact", person, ["job_title": .text("\(secret), late")]) }
        let entry = try #require(try kay.store.read { try $0.outbox(after: 0, limit: 10) }.last)
        let replica = try #require(try kay.store.read { try $0.identity }).replica
        let results = try world.commit(.changesets(ConnectionID(rawValue: 0), [Submission(replica: replica, envelope: entry.envelope)]))
        guard case .outcomes(_, let outcomes, _)? = results.first, case .receipt(let wire, _)? = outcomes.first else {
            Issue.record("no receipt")
            return
        }
        #expect(try ReceiptCodec.decode(wire).verdicts.allSatisfy { if case .refused(let refusal) = $0.outcome { refusal.rule == .erased } else { false } })
        try world.store.scrub(compacting: true)
        #expect(try files(holding: secret, in: world.folder.path).filter { $0.hasPrefix("hub") } == [])
        try world.store.verifyChain()
    }

    @Test func `a lost phone hands in what it has, and is shown nothing`() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), dora = try world.device("dora", of: HistoryWorld.dora)
        try world.connect(kay)
        try world.connect(dora)
        try world.disconnect(kay)
        try world.write(kay) { try $0.set("account", HistoryWorld.account, ["next_step": .text("written on the lost phone")]) }
        try world.revoke(kay)
        try world.write(dora) { try $0.set("work_order", HistoryWorld.order, ["title": .text("after the loss")]) }
        kay.forgetEvents()
        try world.connect(kay)
        #expect(kay.driver?.unanswered == 0)
        #expect(try world.quarantine() == [.revoked])
        #expect(try world.value("account", HistoryWorld.account, "next_step") == .null)
        #expect(try kay.shown("work_order", HistoryWorld.order, "title") == .text("Pump fails"), "it was sent nothing")
        let blocked = kay.events.contains { if case .blocked(.revoked) = $0 { true } else { false } }
        #expect(blocked)
        guard case .revoked? = kay.driver?.block else {
            Issue.record("it goes on connecting: \(String(describing: kay.driver?.block))")
            return
        }
        #expect(try kay.refusals.map(\.refusal.rule) == [.revoked])
        // It was found: its user submits the work again.
        try world.revoke(kay, reinstate: true)
        try world.connect(kay)
        #expect(try kay.shown("work_order", HistoryWorld.order, "title") == .text("after the loss"))
        let refused = try #require(try kay.refusals.first)
        try world.write(kay) { try $0.mend(refused.identity) }
        #expect(try world.value("account", HistoryWorld.account, "next_step") == .text("written on the lost phone"))
        #expect(try world.quarantine() == [] && kay.refusals.isEmpty)
        #expect(try world.verify(kay)?.isEqual == true)
    }

    /// The device is connected when it happens, with work under way that the hub has not seen.
    @Test func `a dismissed user's connected device goes at once`() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay)
        try world.connect(kay)
        var command = WireRevokeCommand()
        command.user = "Kay"
        _ = try world.command(.revoke(command))
        guard case .revoked? = kay.driver?.block else { Issue.record("still here"); return }
        try world.write(kay) { try $0.set("account", HistoryWorld.account, ["next_step": .text("too late")]) }
        // What is written after is handed in when the app tries again.
        try world.connect(kay)
        #expect(try world.quarantine() == [.revoked] && kay.driver?.unanswered == 0)
    }

    /// A journal whose last line is not whole, and one that was lost.
    @Test func `the journal survives what can happen to it`() throws {
        let person = try contact("Person")
        _ = try world.erase("contact", person)
        let path = world.journal.path
        let before = try world.journal.erasures()
        let key = try world.key("contact", person)
        #expect(before.count == 1 && before[0].rows.contains(key))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(!text.contains("Person"))
        try (text + "v1\tffff").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try world.journal.erasures() == before)
        let other = try contact("Other")
        _ = try world.erase("contact", other)
        #expect(try world.journal.erasures().count == 2)
        // A later line of the same erasure adds rows to it.
        let further = try world.key("contact", contact("Further"))
        let erasures = try world.journal.erasures()
        try world.journal.append(Erasure(identity: erasures[0].identity, rows: erasures[0].rows, milliseconds: 0))
        try world.journal.append(Erasure(identity: erasures[0].identity, rows: [further], milliseconds: 0))
        #expect(try world.journal.erasures().map(\.rows) == [(erasures[0].rows + [further]).sorted(), erasures[1].rows])
        // Damage in the middle stops the hub.
        try ("x" + String(contentsOfFile: path, encoding: .utf8).dropFirst()).write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: HubStoreError.self) { try world.journal.erasures() }
        // A lost one is made anew from the store.
        unlink(path)
        #expect(try ErasureReplay.carryOut(world.journal, in: world.store, schema: world.schema, moment: CommitMoment(wallMilliseconds: world.wall)) == 0)
        let stored = try world.store.read { try $0.erasures(after: nil) }.map(\.identity)
        #expect(try world.journal.erasures().map(\.identity) == stored)
        try world.commit(.confirm(ReplicaID(high: 1, low: 1), .zero, lastCounter: 0))
    }
}

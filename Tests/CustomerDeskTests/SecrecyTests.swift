import CustomerPages
import Domain
import Foundation
import ReplicationCore
import Synchronization
import Testing
import TestTraits

@testable import CustomerDesk
@testable import SQLiteStore

/// What must not stand anywhere, and what becomes of the desk's own records.
@Suite(.realTime)
struct SecrecyTests {
    private func files(_ house: DeskHouse) throws -> [String: Data] {
        let names = try #require(FileManager.default.enumerator(atPath: house.folder.path)).compactMap { $0 as? String }.filter { $0.hasPrefix("hub.sqlite") }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(house.folder.path)/\($0)"))) })
    }

    @Test func `a token stands nowhere, not even while its message waits`() async throws {
        let house = try DeskHouse()
        let server = try MailServer(house.folder)
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        #expect(try files(house).values.allSatisfy { $0.range(of: Data(token.text.utf8)) == nil && $0.range(of: Data(token.bytes)) == nil })
        // With another key nobody reads it, and it is said what to do.
        let message = try #require(try house.messages("signature_request").last), secret = try #require(try house.mail(message)?.secret)
        #expect(throws: DeskError.self) { try SecretBox(key: [UInt8](repeating: 8, count: 32)).open(secret, of: message.id) }
        #expect(throws: DeskError.self) { try house.desk.options.box.open(secret, of: request) }
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        try house.settle()
        #expect(try house.records(LinkRecord.self, of: request).map(\.hash) == [token.hash])
        let collections = ["message", "signature_event", "signature_request", "document", "signature"]
        let texts = try collections.flatMap { try house.rows($0) }.flatMap(\.values.values).flatMap { $0 }
        #expect(!texts.isEmpty && !texts.contains { $0.text?.contains(token.text) == true || $0.bytes == token.bytes })
        let entries = try house.store.read { try $0.entries(after: .zero, limit: 1_000) }
        #expect(!entries.isEmpty && entries.count < 1_000)
        #expect(!entries.contains { Data($0.changeset).range(of: Data(token.text.utf8)) != nil || Data($0.changeset).range(of: Data(token.bytes)) != nil })
        #expect(!house.log.contains { $0.contains(token.text) })
        try house.store.close()
        let left = try files(house)
        #expect(!left.isEmpty && !left.contains { $0.value.range(of: Data(token.text.utf8)) != nil || $0.value.range(of: Data(token.bytes)) != nil })
    }

    @Test(arguments: [
        ("w.quist@example.com", "w…@example.com"), ("a@b", "a…@b"), ("\"a@b\"@c.example", "\"…@c.example"), ("+1 555 0100", "…100"), ("112", "…"), ("", "…"), ("@x.example", "…ple"),
    ])
    func `an address is shown to its owner only`(_ address: String, _ shown: String) {
        #expect(MaskedAddress.of(address) == shown)
    }

    @Test func `a technician does not read where a message went`() throws {
        let schema = try StandardSchema.load()
        let readers = try #require(schema.collection(named: "message")?.group(holding: "address")?.readers)
        let technician = try #require(schema.role(named: "technician")).number, dispatcher = try #require(schema.role(named: "dispatcher")).number
        #expect(!readers.contains(technician) && readers.contains(dispatcher))
    }

    // MARK: Records

    @Test func `with a row that is erased its records go`() async throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        try house.erase("signature_request", request)
        #expect(try house.records(LinkRecord.self, of: request).isEmpty)
        #expect(try house.records(RequestWatch.self, of: request).isEmpty)
        #expect(await house.end(token) == .unknown)
        // What is left of it is at rest, and nothing is sent with a link that leads nowhere.
        try house.settle()
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        #expect(try house.messages("signature_request").allSatisfy { $0.text("state") != "sent" })
    }

    @Test func `with an order that is erased all of its records go`() async throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        try house.book()
        try house.erase("work_order", House.order)
        #expect(try house.records(LinkRecord.self, of: request).isEmpty)
        #expect(try house.records(MailRecord.self, of: House.order).isEmpty)
        try house.settle()
    }

    @Test func `a backup has the records of its time, and links of it lead on`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        let backup = house.folder.path + "/backup.sqlite"
        try house.store.backup(to: backup)
        let read = try await house.submission(token)
        #expect(Signed(await house.sign(token, read)) == .signed(remaining: 0))
        try house.store.close()
        let path = house.folder.path + "/hub.sqlite"
        _ = try SQLiteHubStore.restore(from: backup, to: path)
        let store = try SQLiteHubStore.open(at: path, schema: house.schema, schemaText: StandardSchema.text)
        let restored = try house.over(store)
        try restored.settle()
        #expect(try restored.records(LinkRecord.self, of: request).map(\.ended) == [nil])
        #expect(try restored.records(LinkRecord.self, of: request).map(\.hash) == [token.hash])
        #expect(try restored.token("signature_request") == token)
        // The signature that a device, or the mailed copy, brings back makes the link void.
        try restored.signOnDevice(document)
        #expect(Signed(await restored.sign(token, read)) == .refused(.changed))
        try restored.settle()
        #expect(Signed(await restored.sign(token, read)) == .ended(.used))
        #expect(try restored.rows("signature").count == 1)
    }

    @Test func `a plan with a row that is refused writes no record`() throws {
        let house = try DeskHouse()
        let watch = RequestWatch(request: House.order, at: 1)
        let head = try house.store.read { try $0.head }
        #expect(throws: DeskError.self) {
            try house.desk.settle { _, _ in
                var draft = DeskDraft()
                draft.write("message", House.id(90), ["work_order": .reference(House.order), "kind": .text("x"), "purpose": .text("x"), "channel": .text("email")])
                draft.write("message", House.id(91), ["work_order": .reference(House.id(999)), "kind": .text("x"), "purpose": .text("y"), "channel": .text("email")])
                try draft.put(watch)
                return draft
            }
        }
        #expect(try house.records(RequestWatch.self, of: House.order).isEmpty)
        #expect(try house.rows("message").isEmpty)
        #expect(try house.store.read { try $0.head } == head)
    }

    @Test func `what cannot be decided is refused, and the desk goes on`() throws {
        struct Trouble: Error {}
        let house = try DeskHouse()
        let looks = Mutex(0)
        #expect(throws: DeskError.self) {
            try house.desk.settle { _, now in
                var draft = DeskDraft()
                try draft.put(RequestWatch(request: House.order, at: now))
                // Within the commit.
                if looks.withLock({ $0 += 1; return $0 }) > 1 { throw Trouble() }
                return draft
            }
        }
        #expect(try house.records(RequestWatch.self, of: House.order).isEmpty)
        try house.ask([try house.makeDocument().id])
        #expect(try house.messages("signature_request").count == 1)
    }
}

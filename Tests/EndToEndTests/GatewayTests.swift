import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import SQLiteStore
import Testing
import TestTraits
import WebSocketTransport

/// Several gateways serve one store: what is written at one reaches the devices of the other.
@Suite(.serialized, .realTime)
struct GatewayTests {
    @Test(.timeLimit(.minutes(1)))
    func `a write at one gateway reaches a device at the other`() async throws {
        let folder = try TemporaryFolder()
        let schema = try StandardSchema.load()
        var random = SystemRandomNumberGenerator()
        let store = try SQLiteHubStore.create(
            at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "two gateways",
            milliseconds: 1_780_000_000_000, random: &random)
        let codes = try Self.seed(store, schema)
        let bus = InProcessHintBus()
        let first = try Gateway(store: store, schema: schema, bus: bus)
        let second = try Gateway(store: store, schema: schema, bus: bus)

        let writer = try await first.device(folder.path + "/a", code: codes[0])
        let reader = try await second.device(folder.path + "/b", code: codes[1])
        try await writer.syncNow()
        try await reader.syncNow()
        let account = try #require(try writer.query("SELECT id FROM account").first?.id)
        for number in 1...20 {
            try writer.write { try $0.set("account", account, ["next_step": .text("step \(number)")]) }
        }
        try await writer.syncNow()
        var seen = ""
        // In this task: one of its own would wait for the threads that computing tests hold.
        for try await rows in reader.observe("SELECT next_step FROM account") {
            seen = rows.first?.text("next_step") ?? ""
            if seen == "step 20" { break }
        }
        #expect(seen == "step 20")
        #expect(try await reader.verify().isEqual)
        #expect(try await writer.verify().isEqual)
        try writer.stop()
        try reader.stop()
        first.server.stop()
        second.server.stop()
        try store.close()
    }

    /// Two account managers of one account, and a code for each.
    private static func seed(_ store: SQLiteHubStore, _ schema: Schema) throws -> [String] {
        let users = [RowID(high: 1, low: 1), RowID(high: 1, low: 2)]
        var rows = users.enumerated().map { index, id in
            ImportBatch.Row(collection: "user", row: id, fields: [
                ("name", .text("manager \(index)")), ("role", .text("key_account_manager")),
            ], sets: [], fillsOnly: false)
        }
        rows.append(ImportBatch.Row(collection: "account", row: RowID(high: 2, low: 1), fields: [
            ("name", .text("shared")), ("owner", .reference(users[0])), ("co_owner", .reference(users[1])),
        ], sets: [], fillsOnly: false))
        let batch = ImportBatch(job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: [.init(number: 1, rows: rows)])
        let codes = ["FIRST-CODE", "SECOND-CODE"]
        let connection = ConnectionID(rawValue: 0)
        var works: [CommitWork] = [.importLines(connection, request: 1, batch)]
        works += zip(users, codes).map { user, code in
            .makeCode(connection, request: 2, CodeRequest(
                user: user.description, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: .max >> 1))
        }
        _ = try store.commit { reader in
            try CommitBatch.decide(
                works, reader: reader, schema: schema, moment: CommitMoment(wallMilliseconds: 1_780_000_000_000))
        }
        return codes
    }
}

/// A hub server on a loopback port of its own.
private struct Gateway {
    let server: HubServer
    let endpoint: Endpoint

    init(store: SQLiteHubStore, schema: Schema, bus: InProcessHintBus) throws {
        var options = HubServer.Options()
        options.hints = bus
        var port: UInt16 = 0
        server = try HubServer(store: store, schema: schema, options: options) { onEvent in
            let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: onEvent)
            port = listener.port
            return listener
        }
        endpoint = Endpoint(host: "127.0.0.1", port: port, isSecure: false)
    }

    func device(_ folder: String, code: String) async throws -> Replica {
        let parse: (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "schema") }
        let store = try SQLiteDeviceStore(folder: folder, parse: parse)
        let transport: Replica.TransportMaker = { try WebSocketConnector(onEvent: $0) }
        try await Replica.enrol(
            store: store, endpoint: endpoint, code: code, deviceName: "device", transport: transport, parse: parse)
        let replica = try Replica.open(store: store, transport: transport)
        replica.goOnline(endpoint)
        return replica
    }
}

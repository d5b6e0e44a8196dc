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

/// Live values over real sockets, from one device's app to another's.
@Suite(.serialized, .realTime)
struct SignalTests {
    private static let dora = RowID(high: 1, low: 1), ines = RowID(high: 1, low: 2), appointment = RowID(high: 4, low: 1)

    @Test(.timeLimit(.minutes(2)))
    func `an ETA reaches the technician, is given again after a new connection, and is gone with the hub`() async throws {
        let folder = try TemporaryFolder()
        let schema = try StandardSchema.load()
        var random = SystemRandomNumberGenerator()
        let store = try SQLiteHubStore.create(
            at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "signals",
            milliseconds: 1_780_000_000_000, random: &random)
        try Self.seed(store, schema)
        let hub = try Self.serve(store, schema)
        let dora = try await Self.device(folder.path + "/dora", "DORA", hub.endpoint)
        let ines = try await Self.device(folder.path + "/ines", "INES", hub.endpoint)
        #expect(throws: DeviceError.self) {
            try dora.sendSignal("eta", about: Self.appointment, ["arrives_at": .integer(1), "source": .text("dispatcher")])
        }
        for device in [dora, ines] {
            device.goOnline(hub.endpoint)
            try await device.syncNow()
        }

        try dora.sendSignal("eta", about: Self.appointment, ["arrives_at": .integer(42), "source": .text("dispatcher")])
        let shown = try #require(await Self.first(of: ines.observeSignals("eta")) { !$0.isEmpty }).first
        #expect(shown?.values == ["arrives_at": .integer(42), "source": .text("dispatcher")])
        #expect(shown?.topic.row == Self.appointment && shown?.sender == Self.dora)
        #expect(shown?.made != nil, "the sender had measured hub time at the handshake")
        // A position goes the other way, to the dispatcher alone.
        try ines.sendSignal("position", about: Self.ines, ["latitude": .real(38.7), "longitude": .real(-9.1)])
        _ = await Self.first(of: dora.observeSignals("position")) { $0.first?.values["latitude"] == .real(38.7) }
        #expect(ines.signals("position").isEmpty)
        #expect(throws: DeviceError.self) { try dora.sendSignal("position", about: Self.ines, ["latitude": .real(0), "longitude": .real(0)]) }

        ines.goOffline()
        #expect(ines.signals("eta").count == 1, "what lives is still shown without a connection")
        ines.goOnline(hub.endpoint)
        try await ines.syncNow()
        _ = await Self.first(of: ines.observeSignals("eta")) { $0.first?.values["arrives_at"] == .integer(42) }

        // What ends is gone without a word of the hub.
        try dora.sendSignal(
            "eta", about: Self.appointment, ["arrives_at": .integer(43), "source": .text("dispatcher")], life: .milliseconds(500))
        _ = await Self.first(of: ines.observeSignals("eta")) { $0.first?.values["arrives_at"] == .integer(43) }
        _ = await Self.first(of: ines.observeSignals("eta")) { $0.isEmpty }

        try dora.sendSignal("eta", about: Self.appointment, ["arrives_at": .integer(44), "source": .text("dispatcher")])
        _ = await Self.first(of: ines.observeSignals("eta")) { !$0.isEmpty }
        hub.server.stop()
        let again = try Self.serve(store, schema)
        ines.goOnline(again.endpoint)
        _ = await Self.first(of: ines.observeSignals("eta")) { $0.isEmpty }
        try ines.stop()
        try dora.stop()
        again.server.stop()
        try store.close()
    }

    private static func first<Element: Sendable>(of stream: AsyncStream<Element>, where matches: (Element) -> Bool) async -> Element? {
        for await element in stream where matches(element) { return element }
        return nil
    }

    private static func serve(_ store: SQLiteHubStore, _ schema: Schema) throws -> (server: HubServer, endpoint: Endpoint) {
        var port: UInt16 = 0
        let server = try HubServer(store: store, schema: schema) { onEvent in
            let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: onEvent)
            port = listener.port
            return listener
        }
        return (server, Endpoint(host: "127.0.0.1", port: port, isSecure: false))
    }

    private static func device(_ folder: String, _ code: String, _ endpoint: Endpoint) async throws -> Replica {
        let parse: (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "schema") }
        let store = try SQLiteDeviceStore(folder: folder, parse: parse)
        let transport: Replica.TransportMaker = { try WebSocketConnector(onEvent: $0) }
        try await Replica.enrol(
            store: store, endpoint: endpoint, code: code, deviceName: code, transport: transport, parse: parse)
        return try Replica.open(store: store, transport: transport)
    }

    /// A dispatcher and a technician of one territory, with an appointment.
    private static func seed(_ store: SQLiteHubStore, _ schema: Schema) throws {
        let territory = RowID(high: 2, low: 1), account = RowID(high: 3, low: 1), order = RowID(high: 3, low: 2)
        func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
            ImportBatch.Row(collection: collection, row: id, fields: fields, sets: [], fillsOnly: false)
        }
        func user(_ id: RowID, _ name: String, _ role: String) -> ImportBatch.Row {
            row("user", id, [("name", .text(name)), ("role", .text(role)), ("territory", .reference(territory))])
        }
        let rows = [
            row("territory", territory, [("name", .text("North")), ("time_zone", .text("Europe/Lisbon"))]),
            user(dora, "Dora", "dispatcher"), user(ines, "Ines", "technician"),
            row("account", account, [("name", .text("Cold Store")), ("territory", .reference(territory))]),
            row("work_order", order, [
                ("account", .reference(account)), ("territory", .reference(territory)), ("title", .text("Pump fails")),
            ]),
            row("appointment", appointment, [
                ("work_order", .reference(order)), ("assignee", .reference(ines)), ("territory", .reference(territory)),
            ]),
        ]
        let lines = rows.enumerated().map { ImportBatch.Line(number: UInt64($0 + 1), rows: [$1]) }
        let connection = ConnectionID(rawValue: 0)
        var works: [CommitWork] = [.importLines(connection, request: 1, ImportBatch(job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: lines))]
        works += [(dora, "DORA"), (ines, "INES")].map { user, code in
            .makeCode(connection, request: 2, CodeRequest(
                user: user.description, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: .max >> 1))
        }
        let now = UInt64(Date().timeIntervalSince1970 * 1_000)
        _ = try store.commit { reader in
            try CommitBatch.decide(works + [.beginDays], reader: reader, schema: schema, moment: CommitMoment(wallMilliseconds: now))
        }
    }
}

import Domain
import Foundation
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import SQLiteStore
import WebSocketTransport
import WireProtocol

/// A hub in this process with a real store and real sockets, a technician and an order.
final class SmallHub {
    let folder: String
    let url: String
    let order = RowID(high: 3, low: 2)
    private let store: SQLiteHubStore
    private let server: HubServer
    private let schema: Schema
    private static let milliseconds: UInt64 = 1_780_000_000_000

    init() throws {
        folder = NSTemporaryDirectory() + "converge-field-device-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        schema = try StandardSchema.load()
        var random = SystemRandomNumberGenerator()
        store = try SQLiteHubStore.create(
            at: folder + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "small",
            milliseconds: Self.milliseconds, random: &random)
        try Self.commit(.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
            job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: [ImportBatch.Line(number: 1, rows: Self.rows(order))])), store, schema)
        try Self.commit(.beginDays, store, schema)
        var port: UInt16 = 0
        server = try HubServer(store: store, schema: schema, options: HubServer.Options()) { onEvent in
            let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: onEvent)
            port = listener.port
            return listener
        }
        url = "ws://127.0.0.1:\(port)"
    }

    func stop() throws {
        server.stop()
        try store.close()
        try FileManager.default.removeItem(atPath: folder)
    }

    func code() throws -> String {
        let code = "CODE-ines"
        try Self.commit(.makeCode(ConnectionID(rawValue: 0), request: 1, CodeRequest(
            user: "Ines", codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: .max >> 1)), store, schema)
        return code
    }

    func title() throws -> String? {
        guard let orders = schema.collection(named: "work_order") else { return nil }
        return try store.read { try $0.row(RowKey(collection: orders.number, row: order)) }?.shownValue(of: "title", in: orders)?.text
    }

    private static func commit(_ work: CommitWork, _ store: SQLiteHubStore, _ schema: Schema) throws {
        _ = try store.commit { reader in
            try CommitBatch.decide([work], reader: reader, schema: schema, moment: CommitMoment(wallMilliseconds: milliseconds))
        }
    }

    private static func rows(_ order: RowID) -> [ImportBatch.Row] {
        func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
            ImportBatch.Row(collection: collection, row: id, fields: fields, sets: [], fillsOnly: false)
        }
        let territory = RowID(high: 2, low: 1), ines = RowID(high: 1, low: 1), account = RowID(high: 3, low: 1)
        return [
            row("territory", territory, [("name", .text("North")), ("time_zone", .text("Europe/Lisbon"))]),
            row("user", ines, [("name", .text("Ines")), ("role", .text("technician")), ("territory", .reference(territory))]),
            row("account", account, [("name", .text("Cold Store")), ("territory", .reference(territory))]),
            row("work_order", order, [
                ("account", .reference(account)), ("territory", .reference(territory)), ("title", .text("Pump fails")),
            ]),
            row("appointment", RowID(high: 4, low: 1), [
                ("work_order", .reference(order)), ("assignee", .reference(ines)), ("territory", .reference(territory)),
            ]),
        ]
    }
}

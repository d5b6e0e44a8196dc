import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import WireProtocol

/// A device with a real store and a scripted hub, stepped by the test: nothing happens by itself.
final class Bench {
    let folder: String
    private(set) var store: SQLiteDeviceStore
    private(set) var driver: DeviceDriver
    var hub = ScriptedHub()
    var now = DeviceInstant(wall: 1_700_000_000_000, monotonic: 1_000, boot: 1)
    private(set) var events: [ReplicaEvent] = []
    private(set) var sent: [WireMessage.OneOf_Body] = []
    private(set) var isLinked = false
    private var connection: ConnectionID?
    private var connections: UInt64 = 0

    static let replica = ReplicaID(high: 5, low: 5)
    static let user = RowID(high: 1, low: 1)

    init() throws {
        folder = NSTemporaryDirectory() + "converge-device-" + UUID().uuidString
        store = try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema }
        var enrolled = WireEnrolled()
        enrolled.replica = Data(Self.replica.bytes)
        enrolled.site = 3
        enrolled.hub = Data(ScriptedHub.id.bytes)
        enrolled.epoch = 1
        enrolled.user = Data(Self.user.bytes)
        enrolled.role = 1
        enrolled.schema = "test"
        try Enrolment.store(enrolled, privateKey: [], endpoint: "ws://test", schema: TestSchema.schema, in: store)
        driver = try Self.driver(store)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }

    private static func driver(_ store: SQLiteDeviceStore) throws -> DeviceDriver {
        try DeviceDriver(store: store, app: "test", random: SystemRandomNumberGenerator()) { _ in Array(repeating: 2, count: 64) }
    }

    /// Ends the program and starts it again.
    func restart(schema: Schema = TestSchema.schema) throws {
        disconnect()
        try store.close()
        store = try SQLiteDeviceStore(folder: folder) { _ in schema }
        driver = try Self.driver(store)
        pump()
    }

    /// Time passes, and the driver is told.
    func wait(_ milliseconds: UInt64) {
        now.monotonic += milliseconds
        driver.tick(at: now)
        pump()
    }

    // MARK: The link

    /// Connects; the hub takes what is uploaded, and sends nothing beyond the handshake.
    func connect() {
        isLinked = true
        driver.goOnline(at: now)
        pump()
    }

    func disconnect() {
        isLinked = false
        if let connection { driver.handle(.closed(connection, .lost("cut")), at: now) }
        driver.goOffline()
        pump()
    }

    func deliver(_ body: WireMessage.OneOf_Body, moreFollows: Bool = false) {
        guard let connection else { return }
        driver.handle(.received(connection, WireFrame.bytes(body)), at: now, moreFollows: moreFollows)
        pump()
    }

    /// Something is heard of a connection that is not this device's any more.
    func strangerCloses() {
        driver.handle(.closed(ConnectionID(rawValue: 9_999), .lost("cut")), at: now)
        pump()
    }

    func deliverVerdicts() { deliver(hub.verdicts()) }
    func deliverChanges(_ keys: [RowKey]? = nil) { deliver(hub.changes(keys)) }

    func pump() {
        while case let effects = driver.takeEffects(), !effects.isEmpty {
            for effect in effects { perform(effect) }
        }
    }

    private func perform(_ effect: DeviceDriver.Effect) {
        switch effect {
        case .connect:
            guard isLinked else { return driver.couldNotConnect("no link", at: now) }
            connections += 1
            connection = ConnectionID(rawValue: connections)
            driver.connecting(ConnectionID(rawValue: connections))
            driver.handle(.opened(ConnectionID(rawValue: connections), peer: "test"), at: now)
        case .send(let id, let bytes, _):
            guard isLinked, id == connection, let frame = try? WireFrame(serializedBytes: bytes) else { return }
            for message in frame.messages {
                if let body = message.body { sent.append(body) }
                for answer in hub.receive(message) {
                    driver.handle(.received(id, WireFrame.bytes(answer)), at: now)
                }
            }
        case .close(let id, _):
            if id == connection { connection = nil }
            if driver.isWanted, isLinked { driver.tick(at: now) }
        case .event(let event): events.append(event)
        case .touched, .signals: break
        }
    }

    // MARK: The app

    @discardableResult
    func write(_ body: (LocalTransaction) throws -> Void) throws -> LocalCommit? {
        now.monotonic += 10
        let (_, commit) = try driver.write(at: now, body)
        pump()
        return commit
    }

    /// What the app sees of a field of a living row.
    func shown(_ collection: String, _ id: RowID, _ field: String) throws -> Value? {
        try store.query("SELECT \"\(field)\" FROM \"\(collection)\" WHERE id = ? AND _alive", [.reference(id)]).first?.values[0]
    }

    func status(_ collection: UInt32, _ id: RowID) throws -> RowStatus? {
        try store.read { try driver.replica.status(of: RowKey(collection: collection, row: id), in: $0) }
    }

    func operations(of commit: LocalCommit?) throws -> [CellOperation] {
        guard let commit, let entry = try store.read({ try $0.outboxEntry(commit.identity) }) else { return [] }
        return try ChangesetCodec.decode(entry.changeset).operations
    }

    /// The device's digest equals the hub's.
    func isConverged() -> Bool {
        guard driver.verify(repairing: false, at: now) != nil else { return false }
        pump()
        guard case .digest(let report)? = events.last(where: { if case .digest = $0 { true } else { false } }) else { return false }
        return report.isEqual
    }
}
typealias WireBody = WireMessage.OneOf_Body

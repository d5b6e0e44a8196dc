import Foundation
import ReplicationCore
import SQLiteStore
import TestSupport
import WireProtocol

@testable import ReplicationEngine

/// A device of the house: a real store and the driver that ships.
final class Device {
    private(set) var store: SQLiteDeviceStore
    var driver: DeviceDriver
    var now = DeviceInstant(wall: 1_760_000_000_000, monotonic: 1_000, boot: 1)
    var connection: ConnectionID?
    var events: [ReplicaEvent] = []
    var digest: DigestReport?
    /// Bytes that the hub has sent it.
    var received = 0
    private let folder: String
    private var privateKey: [UInt8]

    init(_ enrolled: WireEnrolled, _ privateKey: [UInt8], folder: String, takesSchemas: Bool) throws {
        self.folder = folder
        self.privateKey = privateKey
        let schema = try LabVersions.parse(enrolled.schema)
        store = try SQLiteDeviceStore(folder: folder, parse: LabVersions.parse)
        try Enrolment.store(enrolled, privateKey: privateKey, endpoint: "ws://hub", schema: schema, in: store)
        driver = try Self.driver(store, privateKey, takesSchemas)
    }

    /// A device that was used before: its key stands in its store.
    init(openedIn folder: String, takesSchemas: Bool = false) throws {
        self.folder = folder
        store = try SQLiteDeviceStore(folder: folder, parse: LabVersions.parse)
        guard let identity = try store.read({ try $0.identity }) else {
            throw House.Trouble(what: "The device in \(folder) is not enrolled.")
        }
        privateKey = identity.privateKey
        driver = try Self.driver(store, privateKey, takesSchemas)
    }

    /// Copies its files, as they are when the program has ended.
    func copyFiles(to target: String) throws {
        try store.close()
        try FileManager.default.copyItem(atPath: folder + "/device.sqlite", toPath: target)
        try restart(takesSchemas: false, isClosed: true)
    }

    private static func driver(_ store: SQLiteDeviceStore, _ key: [UInt8], _ takesSchemas: Bool) throws -> DeviceDriver {
        try DeviceDriver(
            store: store, app: "test", random: SplitMix64(seed: key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }), parse: takesSchemas ? LabVersions.parse : nil
        ) { try ReplicaProof.sign($0, privateKey: key) }
    }

    /// The program ends and starts again; the app may be a later one, which takes later schemas.
    func restart(takesSchemas: Bool, isClosed: Bool = false) throws {
        cut()
        if !isClosed { try store.close() }
        store = try SQLiteDeviceStore(folder: folder, parse: LabVersions.parse)
        driver = try Self.driver(store, privateKey, takesSchemas)
    }

    /// The device is enrolled once more, and starts anew.
    func enrolAgain(_ enrolled: WireEnrolled, _ key: [UInt8]) throws {
        cut()
        let schema = try LabVersions.parse(enrolled.schema)
        try Enrolment.store(enrolled, privateKey: key, endpoint: "ws://hub", schema: schema, in: store)
        privateKey = key
        try restart(takesSchemas: false)
    }

    /// The link is lost, and the app goes offline.
    func cut() {
        if let connection { driver.handle(.closed(connection, .lost("cut")), at: now) }
        connection = nil
        driver.goOffline()
        _ = driver.takeEffects()
    }

    var version: UInt32 { driver.replica.schema.version }
    var jobs: String { LabVersions.jobs(version) }

    // MARK: The user

    @discardableResult
    func write<Result>(_ body: (LocalTransaction) throws -> Result) throws -> Result {
        now.wall += 1_000
        now.monotonic += 1_000
        return try driver.write(at: now, body).0
    }

    func set(_ id: RowID, _ fields: [String: Value]) throws {
        let jobs = jobs
        try write { try $0.set(jobs, id, fields) }
    }

    /// A new job of a worker's.
    func job(of worker: String, _ fields: [String: Value]) throws -> RowID {
        let jobs = jobs
        return try write {
            try $0.create(jobs, fields.merging([
                "assignee": .reference(House.member(worker)), "team": .reference(RowID(high: 7, low: 1)),
            ]) { first, _ in first })
        }
    }

    func values(_ collection: String, _ id: RowID) throws -> [String: Value] {
        let found = try store.query("SELECT * FROM \"\(collection)\" WHERE id = ?", [.bytes(id.bytes)])
        guard let row = found.first else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(row.columns, row.values)).filter { !$0.value.isNull && !$0.key.hasPrefix("_") }
    }

    func job(_ id: RowID) throws -> [String: Value] { try values(jobs, id) }

    var refused: [RefusedOperation] { get throws { try store.read { try $0.refusals() } } }

    /// The bytes of everything in the outbox.
    var outbox: [[UInt8]] {
        get throws { try store.read { try $0.unanswered().map(\.changeset) } }
    }
}

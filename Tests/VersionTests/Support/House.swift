import Foundation
import ReplicationCore
import SQLiteStore
import TestSupport
import WireProtocol

@testable import ReplicationEngine

/// A hub with its SQLite store, and devices with theirs, joined by hand: nothing happens between two calls.
final class House {
    let folder = NSTemporaryDirectory() + "converge-versions-" + UUID().uuidString
    private(set) var schema: Schema
    private(set) var store: SQLiteHubStore
    private(set) var hub: Hub
    var wall: UInt64 = 1_760_000_000_000
    /// Uploads are lost on the way.
    var dropsUploads = false
    /// What the hub says is lost on the way.
    var dropsReplies = false
    private(set) var devices: [Device] = []
    /// What crosses between devices and hub, as it does.
    enum Crossing {
        case opened(ConnectionID, Device)
        case up(ConnectionID, Device, [UInt8])
        case down(ConnectionID, Device, [UInt8])
        case closed(ConnectionID, Device)
    }

    var tap: (Crossing) throws -> Void = { _ in }
    private var lastConnection: UInt64 = 0
    private var codes = 0
    private var random = SplitMix64(seed: 5)

    init(version: UInt32) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        schema = try LabVersions.schema(version)
        store = try SQLiteHubStore.create(
            at: folder + "/hub.sqlite", schema: schema, schemaText: LabVersions.text(version), hubName: "lab",
            milliseconds: wall, random: &random)
        hub = try Self.hub(store, schema)
        func row(_ number: UInt64) -> RowID { RowID(high: 7, low: number) }
        let people = [("ada", "worker"), ("ben", "worker"), ("dora", "boss")].enumerated().map { index, person in
            ImportBatch.Line(number: UInt64(index + 2), rows: [.init(collection: "member", row: row(UInt64(index + 10)), fields: [
                ("name", .text(person.0)), ("email", .text(person.0)), ("role", .text(person.1)), ("team", .reference(row(1))),
            ], sets: [], fillsOnly: false)])
        }
        let team = ImportBatch.Line(number: 1, rows: [.init(
            collection: "team", row: row(1), fields: [("name", .text("north"))], sets: [], fillsOnly: false)])
        try commit(.importLines(ConnectionID(rawValue: 0), request: 0, ImportBatch(
            job: ChangesetID(high: 9, low: 9), isDryRun: false, lines: [team] + people)))
    }

    /// A hub and devices that were used before, in files that stay as they are.
    ///
    /// - Parameter devices: the names of the devices' files.
    init(copiedFrom kept: String, version: UInt32, devices names: [String] = []) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: kept + "/hub.sqlite", toPath: folder + "/hub.sqlite")
        schema = try LabVersions.schema(version)
        store = try SQLiteHubStore.open(
            at: folder + "/hub.sqlite", schema: schema, schemaText: LabVersions.text(version))
        hub = try Self.hub(store, schema)
        for name in names { devices.append(try Device(openedIn: try Self.copy(of: name, in: kept, to: folder))) }
    }

    /// Copies the store of a device into a folder of its own below another one.
    ///
    /// - Returns: that folder.
    static func copy(of device: String, in kept: String, to folder: String) throws -> String {
        let own = folder + "/" + device
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: kept + "/\(device).sqlite", toPath: own + "/device.sqlite")
        return own
    }

    /// Copies the files of hub and devices, as they are when the programs have ended.
    ///
    /// - Parameter names: of the devices' files, in the order in which the devices were made.
    func copyFiles(to target: String, devices names: [String]) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for (device, name) in zip(devices, names) { try device.copyFiles(to: target + "/\(name).sqlite") }
        try store.close()
        try FileManager.default.copyItem(atPath: folder + "/hub.sqlite", toPath: target + "/hub.sqlite")
        store = try SQLiteHubStore.open(
            at: folder + "/hub.sqlite", schema: schema, schemaText: LabVersions.text(schema.version))
        hub = try Self.hub(store, schema)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }

    private static func hub(_ store: SQLiteHubStore, _ schema: Schema) throws -> Hub {
        let (identity, head) = try store.read { (try $0.hub, try $0.head) }
        return Hub(
            schema: schema, identity: identity, head: head, controlToken: [1], random: SplitMix64(seed: 11))
    }

    static func member(_ name: String) -> RowID {
        RowID(high: 7, low: 10 + UInt64(["ada", "ben", "dora"].firstIndex(of: name) ?? 99))
    }

    /// The hub is stopped and started with another version of the schema.
    func publish(_ version: UInt32) throws {
        for device in devices { device.cut() }
        try store.close()
        schema = try LabVersions.schema(version)
        store = try SQLiteHubStore.open(at: folder + "/hub.sqlite", schema: schema, schemaText: LabVersions.text(version))
        hub = try Self.hub(store, schema)
    }

    /// - Returns: the path of a backup that is offered.
    func backUp() throws -> String {
        let path = folder + "/backup-\(wall).sqlite"
        try commit(.registerBackup(ConnectionID(rawValue: 0), request: 0, path: path, keep: 1))
        try store.backup(to: path)
        return path
    }

    /// The hub is stopped, put back to a backup, and started again.
    func restore(from backup: String) throws {
        for device in devices { device.cut() }
        try store.close()
        if let former = try SQLiteHubStore.restore(from: backup, to: folder + "/hub.sqlite").former {
            try FileManager.default.removeItem(atPath: former)
        }
        store = try SQLiteHubStore.open(
            at: folder + "/hub.sqlite", schema: schema, schemaText: LabVersions.text(schema.version))
        hub = try Self.hub(store, schema)
    }

    /// A device of a user whose app knows this version of the schema.
    ///
    /// - Parameter takesSchemas: the app takes later ones.
    func device(_ user: String, version: UInt32, takesSchemas: Bool = false) throws -> Device {
        var (enrolled, privateKey) = try enrol(user, "\(user) \(version)")
        // The app brings its own version along.
        enrolled.schema = try LabVersions.text(version)
        let device = try Device(
            enrolled, privateKey, folder: folder + "/device-\(devices.count)", takesSchemas: takesSchemas)
        devices.append(device)
        device.driver.goOnline(at: device.now)
        try exchange()
        return device
    }

    /// Enrols a device once more, as the same user.
    func enrolAgain(_ device: Device, version: UInt32) throws {
        var (enrolled, privateKey) = try enrol("ada", "again")
        enrolled.schema = try LabVersions.text(version)
        try device.enrolAgain(enrolled, privateKey)
    }

    private func enrol(_ user: String, _ name: String) throws -> (WireEnrolled, privateKey: [UInt8]) {
        codes += 1
        let code = "CODE-\(codes)"
        try commit(.makeCode(ConnectionID(rawValue: 0), request: 1, CodeRequest(
            user: user, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: wall + 1_000_000)))
        let keys = ReplicaProof.makeKeys()
        let connection = connect(nil)
        var answer: WireEnrolled?
        let asked = Enrolment.request(code: code, publicKey: keys.publicKey, deviceName: name)
        try handle(.transport(.received(connection, asked))) { _, bytes in
            if case .enrolled(let enrolled) = try Enrolment.answer(bytes) { answer = enrolled }
        }
        guard let answer else { throw Trouble(what: "\(user) was not enrolled") }
        return (answer, keys.privateKey)
    }

    // MARK: Exchange

    /// Lets everything that is under way arrive.
    func exchange() throws {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for device in devices {
                if device.connection == nil { device.driver.tick(at: device.now) }
                while case let effects = device.driver.takeEffects(), !effects.isEmpty {
                    isQuiet = false
                    for effect in effects { try perform(effect, of: device) }
                }
            }
        }
    }

    /// All devices are online until nobody has anything to say, and every digest is equal.
    func settle() throws -> [Bool] {
        wall += 60_000
        for device in devices {
            device.now.wall = wall
            device.driver.goOnline(at: device.now)
        }
        try exchange()
        return try devices.map { device in
            device.digest = nil
            _ = device.driver.verify(repairing: false, at: device.now)
            try exchange()
            return device.digest?.isEqual ?? false
        }
    }

    /// One device is online until nobody has anything to say, and offline again.
    func visit(_ device: Device) throws {
        wall += 60_000
        device.now.wall = wall
        device.driver.goOnline(at: device.now)
        try exchange()
        device.driver.goOffline()
        try exchange()
    }

    func goOffline() throws {
        for device in devices { device.driver.goOffline() }
        try exchange()
    }

    private func perform(_ effect: DeviceDriver.Effect, of device: Device) throws {
        switch effect {
        case .connect:
            let connection = connect(device)
            try tap(.opened(connection, device))
            device.driver.connecting(connection)
            device.driver.handle(.opened(connection, peer: "hub"), at: device.now)
        case .send(let connection, let bytes, _):
            guard device.connection == connection else { return }
            if dropsUploads, case .upload? = try WireFrame(serializedBytes: bytes).messages.first?.body { return }
            try tap(.up(connection, device, bytes))
            try handle(.transport(.received(connection, bytes)))
        case .close(let connection, _):
            try tap(.closed(connection, device))
            if device.connection == connection { device.connection = nil }
            try handle(.transport(.closed(connection, .local(code: 1000, reason: "closed"))))
        case .event(let event):
            device.events.append(event)
            if case .digest(let report) = event { device.digest = report }
        case .touched, .signals: break
        }
    }

    private func connect(_ device: Device?) -> ConnectionID {
        lastConnection += 1
        let connection = ConnectionID(rawValue: lastConnection)
        device?.connection = connection
        _ = hub.handle(.transport(.opened(connection, peer: "device")), now: wall)
        return connection
    }

    /// Gives an event to the hub, and what the hub sends to whoever asked for it.
    func take(_ event: TransportEvent, deliver: @escaping (ConnectionID, [UInt8]) throws -> Void) throws {
        try handle(.transport(event), deliver)
    }

    private func commit(_ work: CommitWork) throws {
        let (committed, results) = try decide(work)
        try handle(.committed(results, committed))
    }

    private func decide(_ work: CommitWork) throws -> (Committed, [CommitResult]) {
        wall += 1_000
        let moment = CommitMoment(wallMilliseconds: wall)
        return try store.commit { try CommitBatch.decide([work], reader: $0, schema: schema, moment: moment) }
    }

    private func handle(_ event: HubEvent, _ deliver: ((ConnectionID, [UInt8]) throws -> Void)? = nil) throws {
        var events = [event]
        while !events.isEmpty {
            for action in hub.handle(events.removeFirst(), now: wall) {
                switch action {
                case .send(let connection, let bytes, _):
                    if let deliver { try deliver(connection, bytes) }
                    guard !dropsReplies, let device = devices.first(where: { $0.connection == connection }) else { continue }
                    try tap(.down(connection, device, bytes))
                    device.received += bytes.count
                    device.driver.handle(.received(connection, bytes), at: device.now)
                case .close(let connection, _, _):
                    guard let device = devices.first(where: { $0.connection == connection }) else { continue }
                    try tap(.closed(connection, device))
                    device.connection = nil
                    device.driver.handle(.closed(connection, .remote(code: 1000, reason: "")), at: device.now)
                case .commit(let work):
                    let (committed, results) = try decide(work)
                    events.append(.committed(results, committed))
                // Nobody makes a backup here, and nobody keeps blobs.
                case .backup, .show, .blob: break
                case .read(let work):
                    events.append(.readDone(try store.read { try HubReading(schema: schema).perform(work, $0) }))
                }
            }
        }
    }

    // MARK: Looking

    func row(_ collection: UInt32, _ id: RowID) throws -> RowState? {
        try store.read { try $0.row(RowKey(collection: collection, row: id)) }
    }

    /// The shown values of a row at the hub, by field, without those that are null.
    func values(_ collection: UInt32, _ id: RowID) throws -> [String: Value] {
        guard let kind = schema.collection(collection), let row = try row(collection, id) else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(kind.fields.map(\.name), row.shownValues(in: kind))).filter { !$0.value.isNull }
    }

    struct Trouble: Error {
        let what: String
    }
}

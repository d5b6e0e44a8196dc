import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import TestSupport

/// Stores, and the worlds that play on them one after the other.
public final class Stage {
    private let hub: any HubStore
    private let stores: [any DeviceStore]
    private let folder: String?
    private var lastHistory: UInt64 = 0

    private init(hub: any HubStore, stores: [any DeviceStore], folder: String?) throws {
        (self.hub, self.stores, self.folder) = (hub, stores, folder)
        let records = (0...World.gateway).map { replica in
            ReplicaRecord(
                id: World.replica(replica), site: World.site(replica), name: "\(replica)", publicKey: [],
                user: World.user(replica), role: ClockSchema.role, enrolledMilliseconds: 0, lastSeenMilliseconds: 0)
        }
        let lines = (0...World.gateway).map { replica in
            ImportBatch.Line(number: UInt64(replica), rows: [.init(
                collection: "users", row: World.user(replica),
                fields: [("name", .text("user \(replica)")), ("role", .text("writer"))], sets: [], fillsOnly: false)])
        }
        let batch = ImportBatch(job: ChangesetID(high: 8, low: 8), isDryRun: false, lines: lines)
        _ = try hub.commit { _ in (CommitPlan(replicas: records), ()) }
        _ = try hub.commit { reader in
            try CommitBatch.decide(
                [.importLines(ConnectionID(rawValue: 1), request: 1, batch)], reader: reader, schema: ClockSchema.schema,
                moment: CommitMoment(wallMilliseconds: World.wall))
        }
        for (number, store) in stores.enumerated() {
            let identity = DeviceIdentity(
                replica: World.replica(number), hub: ReplicaID(high: 1, low: 1), user: World.user(number), privateKey: [],
                endpoint: "", schemaText: "clocks")
            try store.write {
                try $0.enrol(identity, schema: ClockSchema.schema)
                try $0.save(DeviceProgress(site: World.site(number), role: ClockSchema.role, epoch: 1))
            }
        }
    }

    deinit {
        // A folder that stays behind disturbs nobody.
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Stores in dictionaries, whose states can be kept and put back.
    public static func inMemory() throws -> Stage {
        let identity = HubIdentity(
            id: ReplicaID(high: 1, low: 1), sealKey: [UInt8](0..<32), epoch: 1, name: "clocks", schemaText: "clocks")
        return try Stage(
            hub: MemoryHubStore(MemoryHubState(schema: ClockSchema.schema, hub: identity)),
            stores: (0..<World.devices).map { _ in MemoryDeviceStore(MemoryDeviceState()) }, folder: nil)
    }

    /// The shipped stores, in a folder that lives as long as the stage.
    public static func onDisk() throws -> Stage {
        let folder = NSTemporaryDirectory() + "converge-clocks-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var random = SplitMix64(seed: 1)
        let hub = try SQLiteHubStore.create(
            at: folder + "/hub.sqlite", schema: ClockSchema.schema, schemaText: "clocks", hubName: "clocks",
            milliseconds: World.wall, random: &random)
        let stores = try (0..<World.devices).map { number in
            try SQLiteDeviceStore(folder: folder + "/device\(number)") { _ in ClockSchema.schema }
        }
        return try Stage(hub: hub, stores: stores, folder: folder)
    }

    /// The next history, on rows of its own. The one before must have been finished.
    public func world(_ conditions: World.Conditions) throws -> World {
        lastHistory += 1
        let devices = try stores.map { store in
            let replica = try store.read { try DeviceReplica(from: $0, schema: ClockSchema.schema) }
            return Device(replica: replica, store: store, link: Link(
                sent: CatchUpCursor(bytes: replica.progress.cursor) ?? .start, uploaded: replica.progress.lastCounter))
        }
        guard let record = try hub.read({ try $0.replica(World.replica(World.gateway)) }) else {
            throw Deviation(what: "the gateway is not enrolled")
        }
        var gateway = Gateway(record: record)
        gateway.counter = record.lastCounter
        gateway.root = record.lastRoot
        return try World(hub: hub, devices: devices, gateway: gateway, history: lastHistory, conditions: conditions)
    }
}

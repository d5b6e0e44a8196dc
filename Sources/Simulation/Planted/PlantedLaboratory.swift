import ReplicationCore
import ReplicationEngine

/// A laboratory whose machines have a planted bug.
public final class PlantedLaboratory: Laboratory {
    private let base: any Laboratory
    private let bug: PlantedBug

    public init(_ base: any Laboratory, bug: PlantedBug) {
        self.base = base
        self.bug = bug
    }

    public func machine(named name: String) throws -> any Machine {
        PlantedMachine(try base.machine(named: name), bug: bug)
    }

    public func schema(named name: String) throws -> (schema: Schema, text: String) { try base.schema(named: name) }

    public func commitSchema(_ schema: Schema) -> Schema {
        guard bug == .skippedLens else { return base.commitSchema(schema) }
        // What tells nothing of earlier versions takes what they write as it is.
        return Schema(
            version: schema.version, name: schema.name, collections: schema.collections, roles: schema.roles,
            userCollection: schema.userCollection, timeZone: schema.timeZone)
    }

    public func firstRows(named name: String, schema: Schema) throws -> ImportBatch {
        try base.firstRows(named: name, schema: schema)
    }
}

private final class PlantedMachine: Machine {
    private let base: any Machine
    private let bug: PlantedBug

    init(_ base: any Machine, bug: PlantedBug) {
        self.base = base
        self.bug = bug
    }

    func makeHubStore(
        schema: Schema, schemaText: String, milliseconds: UInt64, random: inout SplitMix
    ) throws -> any HubStore {
        let store = try base.makeHubStore(
            schema: schema, schemaText: schemaText, milliseconds: milliseconds, random: &random)
        if bug == .lyingHubDisk { base.setLying() }
        return PlantedHubStore(store, schema: schema, bug: bug)
    }

    func openHubStore(schema: Schema, schemaText: String) throws -> any HubStore {
        PlantedHubStore(try base.openHubStore(schema: schema, schemaText: schemaText), schema: schema, bug: bug)
    }

    func openDeviceStore(parse: @escaping (String) throws -> Schema) throws -> any DeviceStore {
        let store = try base.openDeviceStore(parse: parse)
        if bug == .lyingDeviceDisk, store.schema != nil { base.setLying() }
        return PlantedDeviceStore(store, bug: bug)
    }

    func crash() { base.crash() }
    func crash(afterOperations count: UInt64) { base.crash(afterOperations: count) }
    var isCrashed: Bool { base.isCrashed }
    func recover(seed: UInt64) throws { try base.recover(seed: seed) }
    func setFull(_ isFull: Bool) { base.setFull(isFull) }
    func setLying() { base.setLying() }
    func backUp() throws { try base.backUp() }
    func restore() throws -> Bool { try base.restore() }
    func machineFromCopy() throws -> (any Machine)? {
        try base.machineFromCopy().map { PlantedMachine($0, bug: bug) }
    }

    func restoreHubStore() throws -> Bool {
        bug == .epochNotBegun ? try base.restore() : try base.restoreHubStore()
    }

    var erasures: any ErasureJournal {
        bug == .lostJournal ? NoJournal() : base.erasures
    }

    func passed(_ works: [CommitWork]) -> [CommitWork] {
        guard bug == .lostSalvage else { return works }
        return works.map { work in
            guard case .salvage(let connection, let replica, _, let isLast) = work else { return work }
            return .salvage(connection, replica, [], isLast: isLast)
        }
    }

    func discard() { base.discard() }
}

/// Forgets what is written into it.
private struct NoJournal: ErasureJournal {
    func append(_ erasure: Erasure) {}
    func erasures() -> [Erasure] { [] }
}

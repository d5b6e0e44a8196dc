import ReplicationCore
import ReplicationEngine

/// A mistake that is put between the shipped code and its ports, to see that a checker finds it.
public enum PlantedBug: String, Sendable, CaseIterable {
    /// The hub's disk says it has synchronized and has not: an acknowledgement's fsync is missing.
    case lyingHubDisk
    /// The same on devices.
    case lyingDeviceDisk
    /// The hub does not look whether it knows a changeset's identity or place.
    case skippedIdentityCheck
    /// Of concurrent values the one that arrived last is shown.
    case arrivalOrder
    /// Of concurrent values only the shown one is kept.
    case forgottenLoser
    /// Increments are added twice.
    case appliedTwice
    /// Devices are not told which rows have left their scopes.
    case lostEviction
    /// A page of catch-up lacks a row.
    case lostChange
    /// Refused operations are not kept at the hub.
    case lostQuarantine
    /// Refused operations are not kept on the device.
    case lostRefusal
    /// A device shows what the hub said in the place of its own writes.
    case vanishingWrite
    /// A device forgets some of what it wrote.
    case forgottenOutbox

    public var what: String {
        switch self {
        case .lyingHubDisk: "the hub acknowledges without having synchronized"
        case .lyingDeviceDisk: "a device takes a write for durable without having synchronized"
        case .skippedIdentityCheck: "the hub does not look whether it knows a changeset already"
        case .arrivalOrder: "the value that arrived last is shown"
        case .forgottenLoser: "only the shown value is kept"
        case .appliedTwice: "increments are added twice"
        case .lostEviction: "devices are not told what has left their scopes"
        case .lostChange: "a page of catch-up lacks a row"
        case .lostQuarantine: "the hub does not keep what it refused"
        case .lostRefusal: "a device does not keep what was refused"
        case .vanishingWrite: "a device shows the hub's value over its own write"
        case .forgottenOutbox: "a device forgets every fifth changeset"
        }
    }
}

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
    func restoreHubStore() throws -> Bool { try base.restoreHubStore() }
    func discard() { base.discard() }
}

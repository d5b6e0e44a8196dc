import ReplicationCore
import ReplicationEngine

/// Gives machines to a simulation: whoever joins it with stores and disks.
public protocol Laboratory {
    /// A machine with an empty disk. Names are unique within a run.
    func machine(named name: String) throws -> any Machine
    /// Reads a schema by its name in the conditions.
    func schema(named name: String) throws -> (schema: Schema, text: String)
    /// Reads first rows by their name in the conditions.
    func firstRows(named name: String, schema: Schema) throws -> ImportBatch
    /// The schema that the hub's commits go by: the given one, unless a mistake is planted.
    func commitSchema(_ schema: Schema) -> Schema
}

extension Laboratory {
    public func commitSchema(_ schema: Schema) -> Schema { schema }
}

/// One machine's disk, and the store on it.
public protocol Machine: AnyObject {
    func makeHubStore(schema: Schema, schemaText: String, milliseconds: UInt64, random: inout SplitMix) throws -> any HubStore
    func openHubStore(schema: Schema, schemaText: String) throws -> any HubStore
    /// Opens the device's store, or makes it.
    func openDeviceStore(parse: @escaping (String) throws -> Schema) throws -> any DeviceStore

    /// The machine stops: what is open fails from now on, and must be closed.
    func crash()
    /// The machine stops by itself before so many further operations of its disk.
    func crash(afterOperations count: UInt64)
    var isCrashed: Bool { get }
    /// Decides what the disk has kept of what was not synchronized. All stores are closed.
    func recover(seed: UInt64) throws
    /// Makes the disk full, or gives it room again.
    func setFull(_ isFull: Bool)
    /// From now on the disk says it has synchronized and has not: for planting that mistake.
    func setLying()
    /// Copies the files, as they are for a program that reads them now.
    func backUp() throws
    /// Puts the last copy in the place of the files; false if there is none. All stores are closed.
    func restore() throws -> Bool
    /// Restores the hub's store from the last copy, as the beginning of a new epoch; false if there is none. All stores
    /// are closed.
    func restoreHubStore() throws -> Bool
    /// Another machine with the files of the last copy; nil if there is none.
    func machineFromCopy() throws -> (any Machine)?
    /// The hub's journal of erasures, which no crash, backup or restore touches.
    var erasures: any ErasureJournal { get }
    /// What of the hub's works comes to its commits: all of them, unless a mistake is planted.
    func passed(_ works: [CommitWork]) -> [CommitWork]
    /// Removes the files. All stores are closed.
    func discard()
}

extension Machine {
    public func passed(_ works: [CommitWork]) -> [CommitWork] { works }
}

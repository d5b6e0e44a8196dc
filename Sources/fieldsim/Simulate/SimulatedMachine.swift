import CSimulatedDisk
import Domain
import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Simulation

/// Machines with the SQLite stores that ship, on disks that can fail.
final class SQLiteLaboratory: Laboratory {
    private let folder: String
    /// Where the campaigns' schemas and first rows are looked for.
    private let campaigns: String

    /// - Parameters:
    ///   - folder: for the machines' files; must exist, and is the caller's to remove.
    ///   - campaigns: the folder to which the names in campaigns are relative.
    init(folder: String, campaigns: String) throws {
        // The disk knows files by the names under which SQLite opens them.
        self.folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        self.campaigns = campaigns
        guard simulated_disk_install() == 0 else { throw SimulationMistake("SQLite does not take the simulated disk.") }
    }

    func machine(named name: String) throws -> any Machine { try SimulatedMachine(folder: folder + "/" + name) }

    func schema(named name: String) throws -> (schema: Schema, text: String) {
        if name == "field-service" { return (try StandardSchema.load(), StandardSchema.text) }
        let (path, text) = try file(name)
        return (try SchemaLoader.load(text: text, file: path), text)
    }

    func firstRows(named name: String, schema: Schema) throws -> ImportBatch {
        let (path, text) = try file(name)
        let seed = try SeedFile.load(text: text, file: path, schema: schema)
        let lines = seed.rows.enumerated().compactMap { index, row in
            schema.collection(row.key.collection).map { collection in
                ImportBatch.Line(number: UInt64(index + 1), rows: [ImportBatch.Row(
                    collection: collection.name, row: row.key.row,
                    fields: row.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                    sets: row.elements.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, fillsOnly: false)])
            }
        }
        return ImportBatch(job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: lines)
    }

    private func file(_ name: String) throws -> (path: String, text: String) {
        let path = name.hasPrefix("/") ? name : campaigns + "/" + name
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8) else {
            throw SimulationMistake("The file \(path) cannot be read. Names in conditions are relative to its folder.")
        }
        return (path, text)
    }
}

/// One machine: a folder on a simulated disk.
final class SimulatedMachine: Machine {
    private let folder: String
    private let copy: String
    private let disk: OpaquePointer

    init(folder: String) throws {
        self.folder = folder
        copy = folder + ".copy"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let disk = simulated_disk_make(folder) else { throw SimulationMistake("There is no memory for a simulated disk.") }
        self.disk = disk
    }

    deinit { simulated_disk_free(disk) }

    /// Beside the disk's folder: a restore of what is in it leaves the journal alone.
    private(set) lazy var erasures: any ErasureJournal = FileErasureJournal(at: folder + ".erasures")

    private var hubFile: String { folder + "/hub.sqlite" }

    func makeHubStore(schema: Schema, schemaText: String, milliseconds: UInt64, random: inout SplitMix) throws -> any HubStore {
        try SQLiteHubStore.create(
            at: hubFile, schema: schema, schemaText: schemaText, hubName: "Lab", milliseconds: milliseconds, random: &random)
    }

    func openHubStore(schema: Schema, schemaText: String) throws -> any HubStore {
        try SQLiteHubStore.open(at: hubFile, schema: schema, schemaText: schemaText)
    }

    func openDeviceStore(parse: @escaping (String) throws -> Schema) throws -> any DeviceStore {
        try SQLiteDeviceStore(folder: folder, parse: parse)
    }

    func crash() { simulated_disk_crash(disk) }
    func crash(afterOperations count: UInt64) { simulated_disk_crash_after(disk, count) }
    var isCrashed: Bool { simulated_disk_is_crashed(disk) != 0 }

    func recover(seed: UInt64) throws {
        let code = simulated_disk_recover(disk, seed)
        guard code == 0 else { throw SimulationMistake("The simulated disk at \(folder) cannot be recovered: \(String(cString: strerror(code))).") }
    }

    /// A full disk takes nothing that makes a file longer.
    func setFull(_ isFull: Bool) { simulated_disk_limit(disk, isFull ? 1 : 0) }

    func setLying() { simulated_disk_set_lying(disk, 1) }

    func backUp() throws {
        let manager = FileManager.default
        if manager.fileExists(atPath: copy) { try manager.removeItem(atPath: copy) }
        try manager.createDirectory(atPath: copy, withIntermediateDirectories: true)
        // Without the index of the log and the lock, which belong to the running program.
        for name in try manager.contentsOfDirectory(atPath: folder) 
        where !name.hasSuffix("-shm") && !name.hasSuffix(".lock") && !name.contains(".replaced-") {
            try manager.copyItem(atPath: folder + "/" + name, toPath: copy + "/" + name)
        }
    }

    func restore() throws -> Bool {
        let manager = FileManager.default
        guard manager.fileExists(atPath: copy) else { return false }
        for name in try manager.contentsOfDirectory(atPath: folder) { try manager.removeItem(atPath: folder + "/" + name) }
        for name in try manager.contentsOfDirectory(atPath: copy) {
            try manager.copyItem(atPath: copy + "/" + name, toPath: folder + "/" + name)
        }
        return true
    }

    func machineFromCopy() throws -> (any Machine)? {
        let manager = FileManager.default
        guard manager.fileExists(atPath: copy) else { return nil }
        let machine = try SimulatedMachine(folder: folder + "-2")
        for name in try manager.contentsOfDirectory(atPath: copy) {
            try manager.copyItem(atPath: copy + "/" + name, toPath: machine.folder + "/" + name)
        }
        return machine
    }

    func restoreHubStore() throws -> Bool {
        guard FileManager.default.fileExists(atPath: copy + "/hub.sqlite") else { return false }
        _ = try SQLiteHubStore.restore(from: copy + "/hub.sqlite", to: hubFile)
        return true
    }

    func discard() {
        for path in [folder, copy, folder + ".erasures"] where FileManager.default.fileExists(atPath: path) {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                // What is left lies in a temporary folder that is removed as a whole.
            }
        }
    }
}

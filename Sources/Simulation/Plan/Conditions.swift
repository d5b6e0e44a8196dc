import Yams

/// What a simulation plays: who there is, what they do, and what goes wrong. Read from YAML files, of which
/// later ones lay over earlier ones key by key.
public struct Conditions: Sendable, Equatable {
    /// The name of a schema that comes with the program, or a file's path.
    public var schema = "lab"
    /// Earlier versions of the schema, as files, in the order in which the hub works with them before it comes to `schema`.
    public var hubSchemas: [String] = []
    /// The first rows: a name that comes with the program, or a file's path.
    public var seed = "lab"
    /// One device for each entry: the user's e-mail address or name.
    public var devices: [String] = []
    /// The schema version that each device's app knows, in the devices' order; 0, or none: the hub's own.
    public var versions: [UInt32] = []
    /// How long the users work, in simulated minutes.
    public var minutes = 60
    /// How long everything may take to come to rest after that, in simulated minutes.
    public var quietMinutes = 30
    /// How often a user writes, in writes an hour and device.
    public var writesPerHour = 30.0
    /// What users do, by weight.
    public var workload: [WorkloadKind: Int] = [:]
    /// Collections that users write; empty: all that they may.
    public var collections: [String] = []
    /// How often each thing goes wrong, in times an hour: for a device, or for the hub.
    public var faults: [FaultKind: Double] = [:]
    /// How often the office changes who receives what, in times an hour.
    public var office: [OfficeKind: Double] = [:]
    public var network = NetworkQuality()

    public init() {}

    /// How good connections are.
    public struct NetworkQuality: Sendable, Equatable, Codable {
        /// Of each message, each way, in milliseconds: from, to.
        public var latency: [UInt64] = [20, 300]
        /// In bytes a second and connection.
        public var bandwidth: UInt64 = 100_000

        public init() {}
    }
}

/// What a user does in one transaction.
public enum WorkloadKind: String, Sendable, CaseIterable, Codable {
    /// Writes one or several fields of a row.
    case edit
    /// Writes fields of several rows.
    case editMany
    case create
    case delete
    case restore
    /// Adds an element to a set, or removes one.
    case element
    /// Adds to a counter.
    case increment
    /// Decides an open conflict.
    case resolve
    /// Writes without asking the rules first, as a faulty app would.
    case unchecked
    /// Makes a row that the hub refuses, as a faulty app would, and one that depends on it and waits.
    case orphan
    /// Writes several rows that the hub takes whole or not at all; in two of three something among it is refused.
    case together
    /// Writes anew what was refused.
    case mend
    /// Lets go of what was refused.
    case discard
}

/// What the office does at the hub, beside the devices.
public enum OfficeKind: String, Sendable, CaseIterable, Codable {
    /// Gives a row to somebody else, by a field that decides who receives it.
    case assign
    /// Changes a user's own row in a field that decides what the user receives.
    case move
    /// Gives a user another role.
    case role
    /// Takes the values of rows away for good that were deleted some minutes ago.
    case purge
    /// Erases a row and what belongs to it, wherever it stands.
    case erase
}

/// What goes wrong.
public enum FaultKind: String, Sendable, CaseIterable, Codable {
    /// A device's connection is lost, with what is under way.
    case cut
    /// A device's connection carries nothing any more, and nobody is told.
    case halfOpen
    /// A device has no network for a while.
    case partition
    /// A user goes offline on purpose, for hours.
    case offline
    /// A device's connection becomes slow for a while.
    case slow
    /// A device stops at once, and starts again.
    case crashDevice
    /// The hub stops at once, and starts again.
    case crashHub
    /// A device stops in the middle of its next writes to the disk.
    case tearDevice
    /// The hub stops in the middle of its next writes to the disk.
    case tearHub
    /// The user sets a device's clock.
    case setClock
    /// A device starts anew, and its monotonic clock with it.
    case reboot
    /// A device's disk is full for a while.
    case fullDevice
    /// The hub's disk is full for a while.
    case fullHub
    /// A device uploads again what was answered already.
    case uploadAgain
    /// A device compares itself with the hub; nothing must differ, at any time.
    case compare
    /// A device's files are copied.
    case backUpDevice
    /// A device goes back to its last copy.
    case restoreDevice
    /// A device's access is taken away, and given back after a while.
    case revokeDevice
    /// A device's app is updated: from then on it takes later schemas from the hub.
    case updateApp
    /// The hub's program is stopped, and goes on with the next of its schemas.
    case updateHub
    /// The hub makes a backup, which is the one it would be restored from.
    case backUpHub
    /// The hub is restored from its last backup.
    case restoreHub
    /// A device's last copy is put on a second phone, and both are used from then on. Once for each device.
    case cloneDevice
}

extension Conditions {
    /// Reads files with conditions and lays each over those before it.
    ///
    /// - Throws: `SimulationMistake`, with the file and what to do.
    public static func load(_ files: [(name: String, text: String)]) throws -> Conditions {
        var conditions = Conditions()
        for file in files {
            do {
                try YAMLDecoder().decode(Layer.self, from: file.text).lay(over: &conditions)
            } catch let mistake as SimulationMistake {
                throw SimulationMistake("\(file.name): \(mistake.message)")
            } catch {
                throw SimulationMistake("\(file.name): the file cannot be read: \(error). See docs/guides/simulation.md for the keys.")
            }
        }
        guard !conditions.devices.isEmpty else {
            throw SimulationMistake("The conditions name no devices. Add `devices: [someone@example.com]`, with users of the seed.")
        }
        if conditions.workload.isEmpty { for kind in WorkloadKind.allCases { conditions.workload[kind] = 1 } }
        return conditions
    }

    /// What one file says; what it leaves out stays as it was.
    private struct Layer: Decodable {
        var schema: String?
        var hubSchemas: [String]?
        var seed: String?
        var devices: [String]?
        var versions: [UInt32]?
        var minutes: Int?
        var quietMinutes: Int?
        var writesPerHour: Double?
        var workload: [WorkloadKind: Int] = [:]
        var collections: [String]?
        var faults: [FaultKind: Double] = [:]
        var office: [OfficeKind: Double] = [:]
        var latency: [UInt64]?
        var bandwidth: UInt64?

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: AnyKey.self)
            for key in values.allKeys where Key(rawValue: key.stringValue) == nil {
                throw SimulationMistake(unknown: "key", key.stringValue, Key.allCases.map(\.rawValue))
            }
            func read<Read: Decodable>(_ key: Key) throws -> Read? {
                try values.decodeIfPresent(Read.self, forKey: AnyKey(stringValue: key.rawValue))
            }
            schema = try read(.schema)
            hubSchemas = try read(.hub_schemas)
            seed = try read(.seed)
            devices = try read(.devices)
            versions = try read(.versions)
            minutes = try read(.minutes)
            quietMinutes = try read(.quiet_minutes)
            writesPerHour = try read(.writes_per_hour)
            collections = try read(.collections)
            latency = try read(.latency)
            bandwidth = try read(.bandwidth)
            let weights: [String: Int] = try read(.workload) ?? [:]
            for (name, weight) in weights {
                guard let kind = WorkloadKind(rawValue: name) else {
                    throw SimulationMistake(unknown: "workload", name, WorkloadKind.allCases.map(\.rawValue))
                }
                workload[kind] = weight
            }
            let rates: [String: Double] = try read(.faults) ?? [:]
            for (name, rate) in rates {
                guard let kind = FaultKind(rawValue: name) else {
                    throw SimulationMistake(unknown: "fault", name, FaultKind.allCases.map(\.rawValue))
                }
                faults[kind] = rate
            }
            let changes: [String: Double] = try read(.office) ?? [:]
            for (name, rate) in changes {
                guard let kind = OfficeKind(rawValue: name) else {
                    throw SimulationMistake(unknown: "office work", name, OfficeKind.allCases.map(\.rawValue))
                }
                office[kind] = rate
            }
            try checkRanges()
        }

        private func checkRanges() throws {
            if let latency, latency.count != 2 || latency[0] > latency[1] {
                throw SimulationMistake("`latency` is two numbers of milliseconds, the smaller first: [20, 300].")
            }
            if let bandwidth, bandwidth < 100 {
                throw SimulationMistake("`bandwidth` is at least 100 bytes a second: less never ends.")
            }
            for (name, value) in [("minutes", minutes), ("quiet_minutes", quietMinutes)] {
                if let value, !(1...1_000_000).contains(value) {
                    throw SimulationMistake("`\(name)` is from 1 to 1000000.")
                }
            }
            if let writesPerHour, !(0...100_000).contains(writesPerHour) {
                throw SimulationMistake("`writes_per_hour` is from 0 to 100000.")
            }
            if workload.values.contains(where: { $0 < 0 }) || (Array(faults.values) + office.values).contains(where: { $0 < 0 || $0 > 10_000 }) {
                throw SimulationMistake("Weights are 0 or more, and rates from 0 to 10000 an hour.")
            }
        }

        func lay(over conditions: inout Conditions) {
            if let schema { conditions.schema = schema }
            if let hubSchemas { conditions.hubSchemas = hubSchemas }
            if let seed { conditions.seed = seed }
            if let devices { conditions.devices = devices }
            if let versions { conditions.versions = versions }
            if let minutes { conditions.minutes = minutes }
            if let quietMinutes { conditions.quietMinutes = quietMinutes }
            if let writesPerHour { conditions.writesPerHour = writesPerHour }
            if let collections { conditions.collections = collections }
            if let latency { conditions.network.latency = latency }
            if let bandwidth { conditions.network.bandwidth = bandwidth }
            conditions.workload.merge(workload) { $1 }
            conditions.faults.merge(faults) { $1 }
            conditions.office.merge(office) { $1 }
        }

        enum Key: String, CaseIterable {
            case schema, hub_schemas, seed, devices, versions, minutes, quiet_minutes, writes_per_hour, workload, collections, faults, office
            case latency, bandwidth
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}

/// What is wrong with conditions, and how to mend it.
public struct SimulationMistake: Error, Sendable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }

    init(unknown what: String, _ name: String, _ known: [String]) {
        self.init("There is no \(what) `\(name)`. There are: \(known.joined(separator: ", ")).")
    }

    public var description: String { message }
}

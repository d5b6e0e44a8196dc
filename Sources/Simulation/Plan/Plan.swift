import ReplicationCore

/// A run before it runs: what conditions and a seed become. Any step can be left out and the rest keeps its
/// meaning, so a plan that fails can be shrunk.
public struct Plan: Sendable, Equatable, Codable {
    /// Of everything that chance decides during the run.
    public var seed: UInt64
    public var schema: String
    /// As in the conditions; nil in plans from before there was this, and without any.
    public var hubSchemas: [String]?
    public var firstRows: String
    public var devices: [String]
    /// As in the conditions; nil in plans from before there was this.
    public var versions: [UInt32]?
    public var minutes: Int
    public var quietMinutes: Int
    public var collections: [String]
    public var network: Conditions.NetworkQuality
    /// By rising time.
    public var steps: [Step]

    public struct Step: Sendable, Equatable, Codable {
        /// In simulated milliseconds since the start.
        public var at: UInt64
        /// Whom it concerns; nil: the hub.
        public var device: Int?
        public var what: What
        /// Decides what the step leaves open, and nothing else.
        public var chance: UInt64
    }

    public enum What: Sendable, Equatable, Codable {
        case write(WorkloadKind)
        /// With how long it lasts, in milliseconds, where it lasts.
        case fault(FaultKind, for: UInt64)
        case office(OfficeKind)
    }

    /// Plans a run.
    public init(_ conditions: Conditions, seed: UInt64) {
        self.seed = seed
        schema = conditions.schema
        hubSchemas = conditions.hubSchemas.isEmpty ? nil : conditions.hubSchemas
        firstRows = conditions.seed
        devices = conditions.devices
        versions = conditions.versions.isEmpty ? nil : conditions.versions
        minutes = conditions.minutes
        quietMinutes = conditions.quietMinutes
        collections = conditions.collections
        network = conditions.network
        steps = []
        var random = SplitMix(seed: seed)
        let end = UInt64(conditions.minutes) * 60_000
        let kinds = WorkloadKind.allCases.flatMap { kind in Array(repeating: kind, count: conditions.workload[kind] ?? 0) }
        for device in devices.indices {
            if !kinds.isEmpty {
                for at in Self.times(conditions.writesPerHour, until: end, &random) {
                    let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
                    add(at, device, .write(kind), &random)
                }
            }
            for kind in FaultKind.allCases where kind.concernsDevices && kind != .cloneDevice && kind != .updateApp {
                for at in Self.times(conditions.faults[kind] ?? 0, until: end, &random) {
                    add(at, device, .fault(kind, for: kind.duration(&random)), &random)
                }
            }
        }
        for kind in FaultKind.allCases where !kind.concernsDevices {
            for at in Self.times(conditions.faults[kind] ?? 0, until: end, &random) {
                add(at, nil, .fault(kind, for: kind.duration(&random)), &random)
            }
        }
        addLater(conditions, seed, end)
        // By chance of its own: what a seed meant before there were updates it means still.
        var updates = SplitMix(seed: ~seed)
        for device in devices.indices {
            for at in Self.times(conditions.faults[.updateApp] ?? 0, until: end, &updates) {
                add(at, device, .fault(.updateApp, for: 1_000), &updates)
            }
        }
        // Steps of one moment stay in the order in which they were planned.
        steps = steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// What campaigns could not have at first is drawn by itself, so that the others' seeds keep their meaning.
    private mutating func addLater(_ conditions: Conditions, _ seed: UInt64, _ end: UInt64) {
        var random = SplitMix(seed: ~seed)
        for device in devices.indices {
            for at in Self.times(conditions.faults[.cloneDevice] ?? 0, until: end, &random) {
                add(at, device, .fault(.cloneDevice, for: 0), &random)
            }
        }
        for kind in OfficeKind.allCases {
            for at in Self.times(conditions.office[kind] ?? 0, until: end, &random) { add(at, nil, .office(kind), &random) }
        }
    }

    private mutating func add(_ at: UInt64, _ device: Int?, _ what: What, _ random: inout SplitMix) {
        steps.append(Step(at: at, device: device, what: what, chance: random.next()))
    }

    /// The moments of something that happens so often an hour, evenly by chance.
    private static func times(_ perHour: Double, until end: UInt64, _ random: inout SplitMix) -> [UInt64] {
        // What never happens leaves chance alone: so a new kind of fault changes no seed's plan.
        if perHour == 0 { return [] }
        let expected = perHour * Double(end) / 3_600_000
        var count = Int(expected)
        if Double.random(in: 0..<1, using: &random) < expected - Double(count) { count += 1 }
        return (0..<count).map { _ in UInt64.random(in: 0..<max(end, 1), using: &random) }
    }
}

extension FaultKind {
    var concernsDevices: Bool {
        switch self {
        case .crashHub, .tearHub, .fullHub, .backUpHub, .restoreHub, .updateHub: false
        case .cut, .halfOpen, .partition, .offline, .slow, .crashDevice, .tearDevice, .setClock, .reboot, .fullDevice,
            .uploadAgain, .compare, .backUpDevice, .restoreDevice, .cloneDevice, .revokeDevice, .updateApp: true
        }
    }

    /// How long it lasts, in milliseconds.
    fileprivate func duration(_ random: inout SplitMix) -> UInt64 {
        let seconds: ClosedRange<UInt64> = switch self {
        case .partition, .slow, .fullDevice: 10...600
        case .offline: 600...7_200
        case .revokeDevice: 60...1_800
        case .crashDevice, .tearDevice, .reboot, .restoreDevice: 1...120
        case .crashHub, .tearHub, .restoreHub, .updateHub: 1...30
        case .fullHub: 5...60
        case .updateApp: 1...1
        case .cut, .halfOpen, .setClock, .uploadAgain, .compare, .backUpDevice, .backUpHub, .cloneDevice: 0...0
        }
        return UInt64.random(in: seconds, using: &random) * 1_000
    }
}

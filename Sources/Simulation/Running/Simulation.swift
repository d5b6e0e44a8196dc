import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Runs a plan.
public enum Simulation {
    /// What a run came to.
    public struct Outcome: Sendable {
        /// The first violations of a checker; empty for a clean run.
        public var violations: [Violation]
        /// The same for the same plan, on every machine: 32 bytes.
        public var trace: [UInt8]
        public var simulatedMilliseconds: UInt64
        public var events: UInt64
        public var writes: Int
        public var commits: Int
        public var refusals: Int
        /// Pairs of concurrent writes with different values.
        public var clashes: Int

        public var isClean: Bool { violations.isEmpty }
    }

    public struct Violation: Sendable, Equatable, Codable {
        /// The checker's name.
        public let check: String
        public let what: String
        /// In simulated milliseconds.
        public let at: UInt64
    }

    /// - Parameters:
    ///   - log: takes a line for everything that happens.
    /// - Throws: `ScenarioMistake` where the plan cannot even begin, or what the laboratory throws.
    public static func run(_ plan: Plan, in laboratory: any Laboratory, log: ((String) -> Void)? = nil) throws -> Outcome {
        let run = try Run(plan, laboratory, log)
        defer { run.end() }
        try run.play()
        return run.outcome
    }
}

/// One run.
private final class Run {
    private let plan: Plan
    private let world: World
    private let network: Network
    private let history: History
    /// By the version of the schema that a device's app works with.
    private var workloads: [UInt32: Workload] = [:]
    private let hub: HubNode
    private var devices: [DeviceNode] = []

    /// A step's effect lasts until then at most: what comes after is quiet.
    private var endOfWork: UInt64 { UInt64(plan.minutes) * 60_000 }

    init(_ plan: Plan, _ laboratory: any Laboratory, _ log: ((String) -> Void)?) throws {
        self.plan = plan
        world = World(seed: plan.seed)
        world.log = log
        network = Network(world: world, quality: plan.network)
        let (schema, text) = try laboratory.schema(named: plan.schema)
        history = History(schema: schema, world: world)
        workloads[schema.version] = try Workload(schema: schema, names: plan.collections)
        hub = HubNode(
            world: world, network: network, machine: try laboratory.machine(named: "hub"), schema: schema, schemaText: text,
            observer: history)
        network.attach(hub)
        do {
            let codes = try hub.found(
                firstRows: try laboratory.firstRows(named: plan.firstRows, schema: schema), users: plan.devices)
            for (index, code) in codes.enumerated() {
                let name = "device \(index + 1)"
                let version = plan.versions.flatMap { index < $0.count ? $0[index] : nil } ?? 0
                let older = try Self.older(version, of: schema)
                if let older {
                    let names = plan.collections.compactMap { name in
                        schema.collection(named: name).flatMap { older.collection($0.number)?.name }
                    }
                    workloads[version] = try Workload(schema: older, names: names)
                }
                let device = DeviceNode(
                    index: index, name: name, world: world, network: network,
                    machine: try laboratory.machine(named: "device-\(index + 1)"),
                    parse: { $0 == DeviceNode.olderText ? older ?? schema : schema }, isOlder: older != nil, observer: history)
                devices.append(device)
                let privateKey = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &world.random) }
                let publicKey = try ReplicaProof.publicKey(of: privateKey)
                let enrolled = try hub.enrol(Enrolment.request(code: code, publicKey: publicKey, deviceName: name))
                try device.enrol(enrolled, privateKey: privateKey)
            }
        } catch {
            end()
            throw error
        }
    }

    /// What a device of a version knows; nil of the hub's own version.
    private static func older(_ version: UInt32, of schema: Schema) throws -> Schema? {
        if version == 0 || version == schema.version { return nil }
        guard let lens = schema.history.lens(from: version) else {
            throw ScenarioMistake("The schema tells of versions \(schema.history.versions), and of no version \(version). Correct `versions`.")
        }
        return lens.older
    }

    func end() {
        for device in devices { device.end() }
        hub.end()
    }

    func play() throws {
        for step in plan.steps {
            world.run(until: step.at) { [history] in !history.violations.isEmpty }
            // A run that has gone wrong shows nothing new by going on.
            guard history.violations.isEmpty else { return }
            try take(step)
        }
        world.run(until: endOfWork) { [history] in !history.violations.isEmpty }
        rest()
        if history.violations.isEmpty { try FinalChecks(history: history, hub: hub, devices: devices, world: world).run() }
    }

    private func take(_ step: Plan.Step) throws {
        guard let index = step.device else { return takeForHub(step) }
        guard devices.indices.contains(index) else { return }
        let device = devices[index]
        switch step.what {
        case .write(let kind):
            guard let version = device.driver?.replica.schema.version else { return }
            try workloads[version]?.act(kind, on: device, chance: step.chance)
        case .fault(let kind, let duration):
            world.trace("\(device.name) suffers \(kind.rawValue)")
            switch kind {
            case .cut: network.cut(index)
            case .halfOpen: network.halfOpen(index)
            case .partition:
                network.partition(index, true)
                world.after(duration) { [network] in network.partition(index, false) }
            case .offline: device.goOffline(for: duration)
            case .slow:
                network.slow(index, by: 2 + step.chance % 20)
                world.after(duration) { [network] in network.slow(index, by: 1) }
            case .crashDevice: device.crash(for: duration, chance: step.chance)
            case .reboot: device.crash(for: duration, chance: step.chance, isReboot: true)
            case .restoreDevice: device.crash(for: duration, chance: step.chance, isReboot: true, isRestore: true)
            case .tearDevice: device.tear(chance: step.chance)
            case .setClock: device.setClock(chance: step.chance)
            case .fullDevice:
                device.setFull(true)
                world.after(duration) { device.setFull(false) }
            case .uploadAgain: device.uploadAgain(chance: step.chance)
            case .backUpDevice: try device.backUp()
            case .updateApp: device.updateApp(chance: step.chance)
            case .crashHub, .tearHub, .fullHub, .backUpHub, .restoreHub: takeForHub(step)
            }
        }
    }

    private func takeForHub(_ step: Plan.Step) {
        guard case .fault(let kind, let duration) = step.what else { return }
        world.trace("the hub suffers \(kind.rawValue)")
        switch kind {
        case .crashHub: hub.crash(for: duration, chance: step.chance)
        case .tearHub: hub.tear(chance: step.chance)
        case .backUpHub: hub.backUp()
        case .restoreHub: hub.restore(for: duration, chance: step.chance)
        case .fullHub:
            hub.setFull(true)
            world.after(duration) { [hub] in hub.setFull(false) }
        case .cut, .halfOpen, .partition, .offline, .slow, .crashDevice, .tearDevice, .setClock, .reboot, .fullDevice,
            .uploadAgain, .backUpDevice, .restoreDevice, .updateApp:
            break
        }
    }

    /// Nothing goes wrong any more, everybody is online, and everything may come to rest.
    private func rest() {
        guard history.violations.isEmpty else { return }
        network.heal()
        hub.setFull(false)
        hub.stayWell()
        for device in devices {
            device.setFull(false)
            device.stayWell()
            device.goOnline()
        }
        world.trace("quiet begins")
        let limit = world.now + UInt64(plan.quietMinutes) * 60_000
        while world.now < limit, history.violations.isEmpty, !devices.allSatisfy(\.isAtRest) {
            world.run(until: world.now + 5_000) { [history] in !history.violations.isEmpty }
            for device in devices { device.hurry() }
        }
        for device in devices where history.violations.isEmpty && !device.isAtRest {
            history.violation(of: "quiet", "\(device.name) is not at rest \(plan.quietMinutes) minutes after the last fault: \(device.standing).")
        }
        // What the last commits sent is still under way.
        world.run(until: world.now + 60_000) { [history] in !history.violations.isEmpty }
        // A connection may be half open, and nobody know it yet.
        while world.now < limit + 600_000, history.violations.isEmpty, let device = devices.first(where: { history.digest(of: $0.index) == nil }) {
            device.verify()
            world.run(until: world.now + 30_000) { [history] in !history.violations.isEmpty }
        }
    }

    var outcome: Simulation.Outcome {
        let figures = history.figures
        return Simulation.Outcome(
            violations: history.violations.map { .init(check: $0.check, what: $0.what, at: $0.at) },
            trace: world.traceHash, simulatedMilliseconds: world.now, events: world.events, writes: figures.writes,
            commits: figures.commits, refusals: figures.refusals,
            clashes: history.cells.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.clashes.count } })
    }
}

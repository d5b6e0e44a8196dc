import ReplicationCore
import ReplicationEngine
import WireProtocol

/// One run.
final class Run {
    let plan: Plan
    private let world: World
    private let network: Network
    let history: History
    /// By the version of the schema that a device's app works with.
    private var workloads: [UInt32: Workload] = [:]
    private var office: Office { Office(schema: hub.schema) }
    let hub: HubNode
    /// Those of the plan, and behind them second phones.
    private(set) var devices: [DeviceNode] = []
    /// Second phones, by the index of the first.
    private var clones: [Int: DeviceNode] = [:]
    /// Places in the plan of devices whose access was taken away, at least once.
    private var revoked: Set<Int> = []
    /// Every device, with the place of its user in the plan.
    var users: [(device: DeviceNode, index: Int)] {
        devices.map { device in
            (device, clones.first { $0.value === device }?.key ?? device.index)
        }
    }

    /// A step's effect lasts until then at most: what comes after is quiet.
    private var endOfWork: UInt64 { UInt64(plan.minutes) * 60_000 }

    init(_ plan: Plan, _ laboratory: any Laboratory, _ log: ((String) -> Void)?) throws {
        self.plan = plan
        world = World(seed: plan.seed)
        world.log = log
        network = Network(world: world, quality: plan.network)
        let (schema, text) = try laboratory.schema(named: plan.schema)
        workloads[schema.version] = try Workload(schema: schema, names: plan.collections)
        let stages = try (plan.hubSchemas ?? []).map { try laboratory.schema(named: $0) } + [(schema: schema, text: text)]
        let texts = Dictionary(stages.map { ($0.text, $0.schema) }, uniquingKeysWith: { first, _ in first })
        let first = stages[0].schema
        history = History(schema: schema, world: world, hubSchema: first)
        hub = HubNode(
            world: world, network: network, machine: try laboratory.machine(named: "hub"), stages: stages,
            commitSchema: laboratory.commitSchema, observer: history)
        network.attach(hub)
        hub.devices = { [unowned self] in devices }
        do {
            for stage in stages { try prepare(stage.schema, before: schema) }
            let codes = try hub.found(
                firstRows: try laboratory.firstRows(named: plan.firstRows, schema: first), users: plan.devices)
            for (index, code) in codes.enumerated() {
                let name = "device \(index + 1)"
                let version = plan.versions.flatMap { index < $0.count ? $0[index] : nil } ?? 0
                let older = version == first.version ? nil : try older(version, of: schema)
                let device = DeviceNode(
                    index: index, name: name, world: world, network: network,
                    machine: try laboratory.machine(named: "device-\(index + 1)"),
                    parse: { $0 == DeviceNode.olderText ? older ?? first : texts[$0] ?? schema }, isOlder: older != nil,
                    observer: history)
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

    /// A version that the hub works with on the way is one that devices may take over from it.
    private func prepare(_ schema: Schema, before last: Schema) throws {
        if schema == last { return }
        guard last.history.lens(from: schema.version) != nil else {
            throw SimulationMistake("The schema tells of versions \(last.history.versions), and of no version \(schema.version). Correct `hub_schemas`.")
        }
        let names = plan.collections.filter { schema.collection(named: $0) != nil }
        workloads[schema.version] = try Workload(schema: schema, names: names)
    }

    /// What a device of a version knows; nil of the hub's own version.
    private func older(_ version: UInt32, of schema: Schema) throws -> Schema? {
        if version == 0 || version == schema.version { return nil }
        guard let lens = schema.history.lens(from: version) else {
            throw SimulationMistake("The schema tells of versions \(schema.history.versions), and of no version \(version). Correct `versions`.")
        }
        let names = plan.collections.compactMap { name in
            schema.collection(named: name).flatMap { lens.older.collection($0.number)?.name }
        }
        workloads[version] = try Workload(schema: lens.older, names: names)
        return lens.older
    }

    func end() {
        for device in devices { device.end() }
        hub.end()
        network.end()
        world.end()
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
        if case .office(let kind) = step.what { return try office.act(kind, at: hub, rows: history.cells, chance: step.chance) }
        guard let index = step.device else { return takeForHub(step) }
        guard plan.devices.indices.contains(index) else { return }
        // Whatever concerns a device concerns one of its two phones, if it has two.
        let device = clones[index].flatMap { step.chance >> 40 & 1 == 1 ? $0 : nil } ?? devices[index]
        switch step.what {
        case .write(let kind):
            guard let version = device.driver?.replica.schema.version else { return }
            try workloads[version]?.act(kind, on: device, chance: step.chance)
        case .office: break
        case .fault(let kind, let duration):
            world.trace("\(device.name) suffers \(kind.rawValue)")
            switch kind {
            case .cut: network.cut(device.index)
            case .halfOpen: network.halfOpen(device.index)
            case .partition:
                network.partition(device.index, true)
                world.after(duration) { [network] in network.partition(device.index, false) }
            case .offline: device.goOffline(for: duration)
            case .slow:
                network.slow(device.index, by: 2 + step.chance % 20)
                world.after(duration) { [network] in network.slow(device.index, by: 1) }
            case .crashDevice: device.crash(for: duration, chance: step.chance)
            case .reboot: device.crash(for: duration, chance: step.chance, isReboot: true)
            case .restoreDevice: device.crash(for: duration, chance: step.chance, isReboot: true, isRestore: true)
            case .tearDevice: device.tear(chance: step.chance)
            case .setClock: device.setClock(chance: step.chance)
            case .fullDevice:
                device.setFull(true)
                world.after(duration) { device.setFull(false) }
            case .uploadAgain: device.uploadAgain(chance: step.chance)
            case .compare: device.verify()
            case .backUpDevice: try device.backUp()
            case .cloneDevice: try clone(index)
            case .revokeDevice: revoke(index, for: duration)
            case .updateApp: device.updateApp(chance: step.chance)
            case .crashHub, .tearHub, .fullHub, .backUpHub, .restoreHub, .updateHub: takeForHub(step)
            }
        }
    }

    private func clone(_ index: Int) throws {
        guard clones[index] == nil, let clone = try devices[index].clone(index: devices.count) else { return }
        clones[index] = clone
        devices.append(clone)
    }

    /// Without access a device hands in what it has, and its user works on. What it handed in stays refused.
    private func revoke(_ index: Int, for milliseconds: UInt64) {
        revoked.insert(index)
        hub.setAccess(of: devices[index].name, isRevoked: true)
        world.after(milliseconds) { [self] in reinstate(index) }
    }

    private func reinstate(_ index: Int) {
        hub.setAccess(of: devices[index].name, isRevoked: false)
        // The user is told, and tries again.
        world.after(5_000) { [self] in
            for device in [devices[index], clones[index]].compactMap(\.self) { device.userReturns() }
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
        case .updateHub: hub.update(for: duration, chance: step.chance)
        case .fullHub:
            hub.setFull(true)
            world.after(duration) { [hub] in hub.setFull(false) }
        case .cut, .halfOpen, .partition, .offline, .slow, .crashDevice, .tearDevice, .setClock, .reboot, .fullDevice,
            .uploadAgain, .compare, .backUpDevice, .restoreDevice, .cloneDevice, .revokeDevice, .updateApp:
            break
        }
    }

    /// Nothing goes wrong any more, everybody is online, and everything may come to rest. Two phones of one identity
    /// take turns, as the hub lets only one of them be connected; each has two, the second for what the other did.
    private func rest() {
        guard history.violations.isEmpty else { return }
        network.heal()
        hub.setFull(false)
        hub.stayWell()
        while hub.hasUpdates, history.violations.isEmpty {
            hub.update(for: 1_000, chance: plan.seed)
            world.run(until: world.now + 60_000) { [history] in !history.violations.isEmpty }
        }
        if !revoked.isEmpty {
            // The hub may be starting just now.
            world.run(until: world.now + 60_000) { [history] in !history.violations.isEmpty }
            for index in revoked.sorted() { reinstate(index) }
            world.run(until: world.now + 60_000) { [history] in !history.violations.isEmpty }
        }
        for device in devices {
            device.setFull(false)
            device.stayWell()
        }
        let turns = clones.isEmpty ? 1 : 4
        for turn in 0..<turns where history.violations.isEmpty {
            // With two phones, what was compared in the first two turns was not the end.
            if turn == turns - 2 { history.forgetDigests() }
            let present = devices.filter { isPresent($0, turn) }
            for device in devices where !isPresent(device, turn) { device.stayOffline() }
            for device in present { device.goOnline() }
            world.trace("quiet begins")
            rest(present)
        }
    }

    /// Whether the device is the one of its identity whose turn it is.
    private func isPresent(_ device: DeviceNode, _ turn: Int) -> Bool {
        if clones.values.contains(where: { $0 === device }) { return turn % 2 == 1 }
        return clones[device.index] == nil || turn % 2 == 0
    }

    private func rest(_ present: [DeviceNode]) {
        let limit = world.now + UInt64(plan.quietMinutes) * 60_000
        while world.now < limit, history.violations.isEmpty, !present.allSatisfy(\.isAtRest) {
            world.run(until: world.now + 5_000) { [history] in !history.violations.isEmpty }
            for device in present { device.hurry() }
        }
        for device in present where history.violations.isEmpty && !device.isAtRest {
            history.violation(of: "quiet", "\(device.name) is not at rest \(plan.quietMinutes) minutes after the last fault: \(device.standing).")
        }
        // What the last commits sent is still under way.
        world.run(until: world.now + 60_000) { [history] in !history.violations.isEmpty }
        // A connection may be half open, and nobody know it yet.
        while world.now < limit + 600_000, history.violations.isEmpty, let device = present.first(where: { history.digest(of: $0.index) == nil }) {
            device.verify()
            world.run(until: world.now + 30_000) { [history] in !history.violations.isEmpty }
        }
    }

    var outcome: Simulation.Outcome {
        let figures = history.figures
        return Simulation.Outcome(
            violations: history.violations.map { .init(check: $0.check, what: $0.what, at: $0.at) },
            trace: world.traceHash, simulatedMilliseconds: world.now, events: world.events, writes: figures.writes,
            commits: figures.commits, refusals: figures.refusals, dealtWith: history.quarantine.dealtWith,
            released: history.quarantine.released,
            clashes: history.cells.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.clashes.count } })
    }
}

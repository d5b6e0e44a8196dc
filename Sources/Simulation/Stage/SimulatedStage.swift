import Domain
import ReplicationCore
import ReplicationEngine
import Scenarios
import WireProtocol

/// Plays scenarios under virtual time, with the checks that campaigns have: a promise that is broken ends the scenario.
public final class SimulatedStage: ScenarioStage {
    public let kind = Scenario.Stage.simulated
    let world: World
    let network: Network
    let hub: HubNode
    let history: History
    private(set) var nodes: [String: DeviceNode] = [:]
    /// When the story began.
    private var beginning: UInt64 = 0
    /// Devices whose line is lossy, with the change of weather that made it so.
    private var lossy: [String: Int] = [:]
    private var weatherChanges = 0

    /// How long everything may take to come to rest where a step waits for it, in milliseconds.
    static let patience: UInt64 = 3_600_000

    /// Founds the hub, enrols the devices, and brings them in step.
    ///
    /// - Parameters:
    ///   - laboratory: gives machines, and the company by its name in the scenario.
    ///   - seed: of delays and of what crashes leave.
    ///   - log: takes a line for each event.
    public init(_ scenario: Scenario, in laboratory: any Laboratory, seed: UInt64, log: ((String) -> Void)? = nil) throws {
        world = World(seed: seed)
        world.log = log
        network = Network(world: world, quality: Conditions.NetworkQuality())
        let stage = try laboratory.schema(named: scenario.schema ?? "field-service")
        history = History(schema: stage.schema, world: world)
        hub = HubNode(
            world: world, network: network, machine: try laboratory.machine(named: "hub"), stages: [stage], observer: history)
        network.attach(hub)
        hub.devices = { [unowned self] in nodes.values.sorted { $0.index < $1.index } }
        do {
            try begin(scenario, stage.schema, laboratory)
        } catch {
            end()
            throw error
        }
    }

    private func begin(_ scenario: Scenario, _ schema: Schema, _ laboratory: any Laboratory) throws {
        let users = scenario.devices.map { SeedFile.row($0.user, of: schema.userCollection).description }
        let codes = try hub.found(firstRows: try laboratory.firstRows(named: scenario.company, schema: schema), users: users)
        for (index, device) in scenario.devices.enumerated() {
            let older = try device.version.map { version in
                guard let lens = schema.history.lens(from: version) else {
                    throw StageError("The schema does not tell of version \(version), which the app of \(device.name) should know.")
                }
                return lens.older
            }
            let node = DeviceNode(
                index: index, name: device.name, world: world, network: network,
                machine: try laboratory.machine(named: "device-\(index + 1)"),
                parse: { $0 == DeviceNode.olderText ? older ?? schema : schema }, isOlder: older != nil, observer: history)
            nodes[device.name] = node
            let privateKey = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &world.random) }
            let request = Enrolment.request(
                code: codes[index], publicKey: try ReplicaProof.publicKey(of: privateKey), deviceName: device.name)
            try node.enrol(try hub.enrol(request), privateKey: privateKey)
        }
        for device in scenario.devices { try sync(device.name) }
        beginning = world.now
    }

    /// Stops everything, and removes the files.
    public func end() {
        for node in nodes.values { node.end() }
        hub.end()
        network.end()
        world.end()
    }

    // MARK: Time

    public var elapsed: UInt64 { world.now - beginning }

    public func pass(_ milliseconds: UInt64) throws {
        world.run(until: world.now + milliseconds) { [history] in !history.violations.isEmpty }
        if let violation = history.violations.first { throw StageError("A promise was broken (\(violation.check)): \(violation.what)") }
    }

    public func wait() throws { try pass(500) }

    /// Lets time pass until something is so.
    func pass(until isSo: () throws -> Bool, orThrow problem: () -> String) throws {
        let end = world.now + Self.patience
        while try !isSo() {
            guard world.now < end else { throw StageError(problem()) }
            try wait()
        }
    }

    func node(_ name: String) throws -> DeviceNode {
        guard let node = nodes[name] else { throw StageError("There is no device \(name) yet.") }
        return node
    }

    func sync(_ name: String) throws {
        let node = try node(name)
        try pass {
            node.hurry()
            return node.isAtRest
        } orThrow: {
            "\(name) does not come in step: \(node.standing)."
        }
    }

    // MARK: Weather

    func change(weather: String, of name: String) throws {
        let node = try node(name)
        weatherChanges += 1
        lossy[name] = nil
        network.slow(node.index, by: weather == "slow" ? 20 : 1)
        network.partition(node.index, false)
        switch weather {
        case "offline":
            network.cut(node.index)
            network.partition(node.index, true)
        case "half-open": network.partition(node.index, true)
        case "lossy":
            lossy[name] = weatherChanges
            loseSometimes(name, node, weatherChanges)
        default: break
        }
    }

    /// A lossy line carries for some seconds at a time.
    private func loseSometimes(_ name: String, _ node: DeviceNode, _ change: Int) {
        world.after(world.chance(2_000...20_000)) { [weak self] in
            guard let self, lossy[name] == change else { return }
            network.cut(node.index)
            loseSometimes(name, node, change)
        }
    }

    // MARK: Devices

    func add(clone: DeviceNode, as name: String) { nodes[name] = clone }
}

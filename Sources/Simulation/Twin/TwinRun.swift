import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// The twin of a run: the same changesets, handed in once each, in the same order, by devices that nothing ever
/// happened to. No stream forks, no verdict is lost, nothing is handed in twice, nobody is cut off.
///
/// A changeset is the same bytes with the same evidence, and each commit holds the same works at the same time. So
/// whatever is decided otherwise has to do with what happened to the devices on the way, and nothing should.
final class TwinRun {
    private let original: Run
    private let world: World
    private let network: Network
    private let observer = TwinObserver()
    private let hub: HubNode
    private var devices: [DeviceNode] = []
    /// Whoever hands in what stood at a site of the original.
    private var writers: [Site: Writer] = [:]
    /// Lines of imports, by the changeset that each becomes.
    private var lines: [ChangesetID: (job: ChangesetID, line: ImportBatch.Line)] = [:]
    private var differences: [String] = []

    private struct Writer {
        let replica: ReplicaID
        var counter: UInt64 = 0
        var root: [UInt8] = []
    }

    /// What is not the same as in a run that has come to its end.
    ///
    /// A run whose hub was restored has no twin: its log has two ends. Nor has one in which an administrator took
    /// something away: when that reached a device decides what it could still do. Nor one whose hub went on to later schemas.
    static func violations(of original: Run, in laboratory: any Laboratory) throws -> [Simulation.Violation] {
        guard original.history.hub == nil, !original.history.hasActs, original.plan.hubSchemas == nil else { return [] }
        let twin = try TwinRun(original, laboratory)
        defer { twin.end() }
        try twin.play()
        return (twin.observer.violations + twin.differences).prefix(20).map {
            Simulation.Violation(check: "twin", what: $0, at: twin.world.now)
        }
    }

    private init(_ original: Run, _ laboratory: any Laboratory) throws {
        self.original = original
        let plan = original.plan
        world = World(seed: plan.seed)
        network = Network(world: world, quality: plan.network)
        let (schema, text) = try laboratory.schema(named: plan.schema)
        hub = HubNode(
            world: world, network: network, machine: try laboratory.machine(named: "twin-hub"), stages: [(schema, text)],
            observer: observer)
        network.attach(hub)
        do {
            try found(plan, schema, laboratory)
        } catch {
            end()
            throw error
        }
    }

    private func end() {
        for device in devices { device.end() }
        hub.end()
        network.end()
        world.end()
    }

    private func found(_ plan: Plan, _ schema: Schema, _ laboratory: any Laboratory) throws {
        for batch in original.hub.imports.values {
            for line in batch.lines {
                lines[DerivedIdentifier.make("import", [batch.job.bytes, Array("\(line.number)".utf8)])] = (batch.job, line)
            }
        }
        let authors = try authorsBySite()
        let sites = authors.keys.sorted()
        let users = plan.devices + sites.compactMap { authors[$0]?.description }
        let codes = try hub.found(
            firstRows: try laboratory.firstRows(named: plan.firstRows, schema: schema), users: users)
        for (index, code) in codes.enumerated() {
            let privateKey = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &world.random) }
            let enrolled = try hub.enrol(Enrolment.request(
                code: code, publicKey: try ReplicaProof.publicKey(of: privateKey), deviceName: "twin \(index + 1)"))
            guard index < plan.devices.count else {
                guard let replica = ReplicaID(bytes: enrolled.replica) else { continue }
                writers[sites[index - plan.devices.count]] = Writer(replica: replica)
                continue
            }
            let device = DeviceNode(
                index: index, name: "twin device \(index + 1)", world: world, network: network,
                machine: try laboratory.machine(named: "twin-device-\(index + 1)"), parse: { _ in schema }, observer: observer)
            devices.append(device)
            try device.enrol(enrolled, privateKey: privateKey)
        }
    }

    /// Who wrote under which site.
    private func authorsBySite() throws -> [Site: RowID] {
        var authors: [Site: RowID] = [:]
        for entry in original.history.commits.joined() where !entry.receipt.isEmpty && entry.dot.site != 0 {
            authors[entry.dot.site] = try ChangesetCodec.decode(entry.changeset).header.author
        }
        return authors
    }

    // MARK: Playing

    private func play() throws {
        for commit in original.history.commits {
            guard let last = commit.last, let first = commit.first else { continue }
            if let store = hub.store, last.sequence <= (try store.read { try $0.head }) { continue }
            world.run(until: first.receivedMilliseconds - min(World.start, first.receivedMilliseconds))
            hub.take(try commit.flatMap { try works(for: $0) })
            guard let store = hub.store, try store.read({ try $0.head }) == last.sequence else {
                differences.append("The commit up to \(last.sequence) ends elsewhere in the twin.")
                return try compareHubs()
            }
        }
        let limit = world.now + UInt64(original.plan.quietMinutes) * 60_000
        while world.now < limit, !devices.allSatisfy(\.isAtRest) { world.run(until: world.now + 5_000) }
        world.run(until: world.now + 60_000)
        try compareHubs()
        var comparison = TwinComparison(schema: original.history.schema)
        for (device, index) in original.users {
            guard let store = device.store, let twin = devices[index].store else { continue }
            try comparison.compareDevices(store, twin, device.name)
        }
        differences += comparison.differences
    }

    private func compareHubs() throws {
        guard let twin = hub.store, let hub = original.hub.store else { return }
        var comparison = TwinComparison(schema: original.history.schema)
        try comparison.compareHubs(hub, twin)
        differences += comparison.differences
    }

    /// What makes the entry come about once more; nothing, for what follows from another one by itself.
    private func works(for entry: LogEntry) throws -> [CommitWork] {
        let nobody = ConnectionID(rawValue: 0)
        let header = try ChangesetCodec.decode(entry.changeset).header
        if header.cause != nil || header.releases != nil { return [] }
        if entry.receipt.isEmpty {
            guard let (job, line) = lines[entry.identity] else {
                differences.append("The hub wrote \(entry.identity), and nobody knows why.")
                return []
            }
            return [.importLines(nobody, request: 0, ImportBatch(job: job, isDryRun: false, lines: [line]))]
        }
        guard var writer = writers[entry.dot.site] else { return [] }
        var works: [CommitWork] = []
        if let floor = original.hub.floors[entry.dot] {
            works.append(.confirm(writer.replica, floor, lastCounter: writer.counter))
        }
        var envelope = WireEnvelope()
        envelope.counter = writer.counter + 1
        envelope.predecessor = Data(writer.root)
        envelope.changeset = Data(entry.changeset)
        if let evidence = entry.evidence {
            envelope.clock.hubMilliseconds = evidence.hubMilliseconds
            envelope.clock.uncertaintyMilliseconds = evidence.uncertaintyMilliseconds
        }
        works.append(.changesets(nobody, [Submission(replica: writer.replica, envelope: envelope)]))
        writer.counter += 1
        writer.root = entry.root
        writers[entry.dot.site] = writer
        return works
    }
}

/// Watches a twin: its devices write nothing, and the original's checks were made.
final class TwinObserver: Observer {
    private(set) var violations: [String] = []

    func violation(of check: String, _ what: String) { violations.append("\(check) in the twin: \(what)") }
    func committed(_ committed: Committed, in store: any HubStore) {}
    func hubRestored(_ hub: HubIdentity, _ devices: [DeviceNode]) {}
    func purged(_ rows: [RowKey], at sequence: CommitSequence) {}
    func erased(_ rows: [RowKey]) {}
    func hubStarted(_ hub: HubNode) {}
    func wrote(_ device: DeviceNode, _ commit: LocalCommit, in store: any DeviceStore) {}
    func received(_ device: DeviceNode, _ rows: Set<RowKey>, in store: any DeviceStore) {}
    func judged(_ device: DeviceNode, _ report: VerdictReport) {}
    func deviceStarted(_ device: DeviceNode, isRestored: Bool, in store: any DeviceStore) {}
    func backedUp(_ device: DeviceNode) {}
    func cloned(_ device: DeviceNode, as clone: DeviceNode) {}
    func compared(_ device: DeviceNode, _ report: DigestReport) {}
    func held(_ device: DeviceNode, _ report: HeldReport) {}
}

import ReplicationCore
import ReplicationEngine
import SwiftProtobuf
import WireProtocol

/// A simulated device: the shipped driver and store, with a user.
final class DeviceNode {
    let index: Int
    let name: String
    private let world: World
    private let network: Network
    private let machine: any Machine
    private let parse: @Sendable (String) throws -> Schema
    /// The app came with an earlier version of the schema.
    private let isOlder: Bool
    /// The app takes later schemas from the hub.
    private var takesSchemas = false
    private let observer: any Observer
    private(set) var store: (any DeviceStore)?
    private(set) var driver: DeviceDriver?

    /// What the user has set the wall clock to, against the hub's.
    private var wallOffset: Int64 = 0
    private var boot: UInt64 = 1
    private var booted: UInt64 = 0
    /// Counts the starts: what an earlier one had under way is nothing to a later one.
    private var incarnation = 0
    private var isFull = false
    /// Of messages with changes: they may be taken in only with a later message.
    private var rowsUnderWay: Set<RowKey> = []
    /// Until then the user stays offline.
    private var offlineUntil: UInt64 = 0
    /// Another phone has the same identity, so that the hub lets only one of them be connected.
    var isCloned = false

    init(
        index: Int, name: String, world: World, network: Network, machine: any Machine,
        parse: @escaping @Sendable (String) throws -> Schema, isOlder: Bool = false, observer: any Observer
    ) {
        self.isOlder = isOlder
        self.index = index
        self.name = name
        self.world = world
        self.network = network
        self.machine = machine
        self.parse = parse
        self.observer = observer
    }

    /// Stands for the text of the schema that an older app came with.
    static let olderText = "older"

    var isUp: Bool { driver != nil }

    /// What its wall clock shows, in Unix milliseconds.
    var wall: UInt64 { now.wall }

    private var now: DeviceInstant {
        let hub = Int64(World.start + world.now)
        return DeviceInstant(wall: UInt64(max(0, hub + wallOffset)), monotonic: 1_000 + world.now - booted, boot: boot)
    }

    // MARK: Starting and stopping

    /// Stores who the device is, and starts.
    func enrol(_ enrolled: WireEnrolled, privateKey: [UInt8]) throws {
        var enrolled = enrolled
        if isOlder { enrolled.schema = Self.olderText }
        let store = try machine.openDeviceStore(parse: parse)
        try Enrolment.store(
            enrolled, privateKey: privateKey, endpoint: "ws://hub", schema: try parse(enrolled.schema), in: store)
        try begin(store)
    }

    /// The same phone on another machine, with the files of the last copy; nil if there is none.
    func clone(index: Int) throws -> DeviceNode? {
        guard let machine = try machine.machineFromCopy() else { return nil }
        let clone = DeviceNode(
            index: index, name: "\(name), second phone", world: world, network: network, machine: machine, parse: parse,
            observer: observer)
        clone.wallOffset = wallOffset
        clone.booted = world.now
        (isCloned, clone.isCloned) = (true, true)
        observer.cloned(self, as: clone)
        clone.start(chance: 0, isRestore: false)
        return clone
    }

    private func begin(_ store: any DeviceStore) throws {
        self.store = store
        guard let key = try store.read({ try $0.identity })?.privateKey else {
            throw SimulationMistake("The device \(name) is not enrolled.")
        }
        driver = try DeviceDriver(
            store: store, app: "simulation", random: SplitMix(seed: world.random.next()), parse: takesSchemas ? parse : nil
        ) {
            try ReplicaProof.sign($0, privateKey: key)
        }
        world.trace("\(name) starts")
        tick(incarnation)
        if world.now >= offlineUntil { goOnline() }
    }

    func crash(for milliseconds: UInt64, chance: UInt64, isReboot: Bool = false, isRestore: Bool = false) {
        guard isUp else { return }
        machine.crash()
        stop(for: milliseconds, chance: chance, isReboot: isReboot, isRestore: isRestore)
    }

    /// The app is ended, replaced and started again.
    func updateApp(chance: UInt64) {
        takesSchemas = true
        guard isUp else { return }
        world.trace("\(name) has its app updated")
        stop(for: 1_000, chance: chance)
    }

    func tear(chance: UInt64) {
        guard isUp else { return }
        machine.crash(afterOperations: 1 + chance % 30)
    }

    func setFull(_ isFull: Bool) {
        self.isFull = isFull
        machine.setFull(isFull)
    }

    /// Its disk does not stop by itself any more.
    func stayWell() { machine.crash(afterOperations: 0) }

    func backUp() throws {
        guard isUp else { return }
        try machine.backUp()
        observer.backedUp(self)
    }

    /// The app ends at once, until `startAgain`.
    func halt(chance: UInt64) {
        guard isUp else { return }
        machine.crash()
        stop(for: nil, chance: chance)
    }

    func startAgain(chance: UInt64) {
        if !isUp { start(chance: chance, isRestore: false) }
    }

    /// - Parameter milliseconds: until it starts again by itself; nil: it does not.
    private func stop(for milliseconds: UInt64?, chance: UInt64, isReboot: Bool = false, isRestore: Bool = false) {
        world.trace("\(name) stops")
        incarnation += 1
        driver = nil
        rowsUnderWay = []
        network.deviceStopped(index)
        close()
        if isReboot {
            boot += 1
            booted = world.now
        }
        guard let milliseconds else { return }
        world.after(milliseconds) { [self] in start(chance: chance, isRestore: isRestore) }
    }

    private func close() {
        do {
            try store?.close()
        } catch {
            // A disk that has stopped lets nobody close in order; the connections are gone all the same.
        }
        store = nil
    }

    private func start(chance: UInt64, isRestore: Bool) {
        do {
            try machine.recover(seed: chance)
            let isRestored = isRestore ? try machine.restore() : false
            let store = try machine.openDeviceStore(parse: parse)
            try begin(store)
            try observer.deviceStarted(self, isRestored: isRestored, in: store)
        } catch {
            // A disk that is full now is tried again, as a user does.
            if isFull { return stop(for: 1_000, chance: chance, isRestore: isRestore) }
            observer.violation(of: "defect", "\(name) cannot start again: \(error)")
        }
    }

    /// If the disk has stopped by itself, the machine does.
    private func notice() {
        guard machine.isCrashed, isUp else { return }
        stop(for: 1_000, chance: world.random.next())
    }

    func end() {
        driver = nil
        incarnation += 1
        close()
        machine.discard()
    }

    // MARK: The user

    func goOnline() {
        offlineUntil = 0
        driver?.goOnline(at: now)
        pump()
    }

    /// The user tries again, unless she has gone offline on purpose.
    func userReturns() {
        if world.now >= offlineUntil { goOnline() }
    }

    func goOffline(for milliseconds: UInt64) {
        offlineUntil = world.now + milliseconds
        driver?.goOffline()
        pump()
        world.after(milliseconds) { [self] in
            if world.now >= offlineUntil { goOnline() }
        }
    }

    /// Until `goOnline`.
    func stayOffline() {
        offlineUntil = .max
        driver?.goOffline()
        pump()
    }

    /// Does not wait for the next attempt to connect.
    func hurry() {
        driver?.hurry(at: now)
        pump()
    }

    /// Everything written here is judged and echoed, and everything of the hub is here.
    var isAtRest: Bool {
        guard let driver else { return false }
        return driver.isOnline && driver.isEchoed
    }

    /// For people.
    var standing: String {
        guard let driver else { return "it is not running" }
        return "\(driver.isOnline ? "online" : "offline"), \(driver.isCaughtUp ? "complete" : "not complete"), \(driver.unanswered) changesets without a verdict, waiting for the echo of rows \(driver.replica.pending.answeredRows.sorted()) and sums \(driver.replica.pending.answeredTargets), complete up to \(driver.replica.progress.basis)"
    }

    func setClock(chance: UInt64) {
        var random = SplitMix(seed: chance)
        let day: Int64 = 86_400_000
        let steps: [Int64] = [0, 60_000, -60_000, 2 * day, -2 * day, 3_650 * day, -3_650 * day]
        wallOffset = steps[Int.random(in: 0..<steps.count, using: &random)]
        world.trace("\(name) has its clock set by \(wallOffset) ms")
    }

    func setClock(offset: Int64) {
        wallOffset = offset
        world.trace("\(name) has its clock set by \(offset) ms")
    }

    func uploadAgain(chance: UInt64) {
        guard let last = driver?.replica.progress.lastCounter, last > 0 else { return }
        driver?.uploadAgain(from: 1 + chance % last, at: now)
        pump()
    }

    /// Asks for a comparison of digests; the observer hears of it.
    func verify() {
        _ = driver?.verify(repairing: false, at: now)
        pump()
    }

    /// Writes, as the app does. A rule that the app broke is no violation: it was told so.
    func write(_ body: (LocalTransaction) throws -> Void) {
        do {
            try commit(body)
        } catch is DeviceError {
            world.trace("\(name) is not let write")
        } catch {
            if !machine.isCrashed, !isFull { observer.violation(of: "defect", "\(name) cannot write: \(error)") }
        }
        notice()
        pump()
    }

    /// Writes, and says why it is not let.
    func writeOrThrow(_ body: (LocalTransaction) throws -> Void) throws {
        defer {
            notice()
            pump()
        }
        try commit(body)
    }

    private func commit(_ body: (LocalTransaction) throws -> Void) throws {
        guard let store, let (_, commit) = try driver?.write(at: now, body), let commit else { return }
        world.trace("\(name) writes \(commit.identity) as \(commit.dot)")
        try observer.wrote(self, commit, in: store)
    }

    // MARK: Events

    func transport(_ event: TransportEvent) {
        guard isUp else { return }
        if case .received(_, let bytes) = event {
            world.trace("\(name) receives", bytes)
            rowsUnderWay.formUnion(Self.rows(in: bytes))
        }
        driver?.handle(event, at: now)
        notice()
        pump()
        guard let store, isUp, case .received = event else { return }
        do {
            try observer.received(self, rowsUnderWay, in: store)
            if driver?.isDeferring != true { rowsUnderWay = [] }
        } catch {
            if !machine.isCrashed, !isFull { observer.violation(of: "defect", "\(name) cannot read: \(error)") }
        }
    }

    /// The rows that a message of the hub tells of. A message that cannot be read tells of none: the driver
    /// says what is wrong with it.
    private static func rows(in bytes: [UInt8]) -> Set<RowKey> {
        guard let frame = try? WireFrame(serializedBytes: bytes) else { return [] } // See above.
        var rows: Set<RowKey> = []
        for message in frame.messages {
            guard case .changes(let changes)? = message.body else { continue }
            for part in changes.collections {
                for id in part.rows.map(\.row) + part.evicted {
                    if let row = RowID(bytes: id) { rows.insert(RowKey(collection: part.collection, row: row)) }
                }
            }
        }
        return rows
    }

    private func tick(_ started: Int) {
        world.after(1_000) { [self] in
            guard started == incarnation, isUp else { return }
            driver?.tick(at: now)
            notice()
            pump()
            tick(started)
        }
    }

    private func pump() {
        while let effects = driver?.takeEffects(), !effects.isEmpty {
            for effect in effects { perform(effect) }
        }
    }

    private func perform(_ effect: DeviceDriver.Effect) {
        switch effect {
        case .connect: driver?.connecting(network.connect(self))
        case .send(let connection, let bytes, let lane): network.sendUp(connection, bytes, lane)
        case .close(let connection, _): network.closeFromDevice(connection)
        case .touched, .signals: break
        case .event(let event): take(event)
        }
    }

    private func take(_ event: ReplicaEvent) {
        switch event {
        case .verdict(let report): observer.judged(self, report)
        case .digest(let report): observer.compared(self, report)
        case .held(let report):
            do {
                try observer.held(self, report)
            } catch {
                if !machine.isCrashed, !isFull { observer.violation(of: "defect", "\(name) cannot read: \(error)") }
            }
        case .blocked(.revoked): world.trace("\(name) has no access")
        case .blocked(.replaced) where isCloned:
            // Its user takes it up again later.
            world.trace("\(name) gives way to the other phone")
            goOffline(for: world.chance(10_000...600_000))
        case .blocked(let block): observer.violation(of: "defect", "\(name) is blocked: \(block)")
        case .storeFailed(let reason):
            if !machine.isCrashed, !isFull { observer.violation(of: "defect", "The store of \(name) failed: \(reason)") }
        case .offline(let reason, _):
            world.trace("\(name) is offline", remark: ": \(reason)")
            if reason.hasPrefix("What the hub sent cannot be taken") { observer.violation(of: "defect", "\(name): \(reason)") }
        case .schemaUpdated(let version): world.trace("\(name) works with schema version \(version)")
        case .schemaDeclined(let version, let reason):
            world.trace("\(name) declines schema version \(version): \(reason)")
        case .forked(let site): world.trace("\(name) goes on as site \(site)")
        case .erased(let rows): world.trace("\(name) erases \(rows) rows")
        case .connected, .uploaded, .changes, .caughtUp, .clock, .signalDropped, .blob: break
        }
    }
}

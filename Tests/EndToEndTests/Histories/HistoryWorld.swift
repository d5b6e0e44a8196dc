import Domain
import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
import WireProtocol

/// The shipped hub and devices on their real stores, joined by hand: nothing happens by itself, and nothing takes time.
final class HistoryWorld {
    let folder: TemporaryFolder
    let schema: Schema
    let journal: FileErasureJournal
    private(set) var store: SQLiteHubStore
    private(set) var hub: Hub
    private(set) var devices: [HistoryDevice] = []
    var wall: UInt64 = 1_780_000_000_000
    /// What the hub is told next.
    private var events: [HubEvent] = []
    private var lastConnection: UInt64 = 0
    private var replies: [WireControlReply] = []
    /// Sees every message that the hub sends to a device.
    var onSent: (HistoryDevice, WireMessage.OneOf_Body) -> Void = { _, _ in }
    /// Sees every frame that the hub sends to a device, as it crosses the wire.
    var onFrame: (HistoryDevice, [UInt8]) -> Void = { _, _ in }
    /// Of devices by name: behind how many more frames their connection is cut.
    var cuts: [String: Int] = [:]
    /// What came on the connection of a preview and was not looked at yet.
    private var previewed: (connection: ConnectionID, frames: [[UInt8]])?

    static let territory = SeedFile.row("north", of: 1), kay = row("kay"), ines = row("ines"), bo = row("bo")
    static let dora = row("dora"), rita = row("rita")
    static let account = SeedFile.row("cold store", of: 4), order = SeedFile.row("pump", of: 12)
    static func row(_ name: String) -> RowID { SeedFile.row(name, of: 2) }

    init() throws {
        folder = try TemporaryFolder()
        schema = try StandardSchema.load()
        journal = FileErasureJournal(at: folder.path + "/erasures.journal")
        var random = SystemRandomNumberGenerator()
        store = try SQLiteHubStore.create(
            at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "histories",
            milliseconds: wall, random: &random)
        hub = try Self.hub(on: store, schema)
        try importRows(Self.company)
        try wait(1)
    }

    private static func hub(on store: SQLiteHubStore, _ schema: Schema) throws -> Hub {
        let (identity, head) = try store.read { (try $0.hub, try $0.head) }
        return Hub(schema: schema, identity: identity, head: head, controlToken: [1], random: SystemRandomNumberGenerator())
    }

    private static var company: [ImportBatch.Row] {
        func row(_ collection: String, _ id: RowID, _ fields: [String: Value]) -> ImportBatch.Row {
            ImportBatch.Row(collection: collection, row: id, fields: fields.map { ($0.key, $0.value) }, sets: [], fillsOnly: false)
        }
        func user(_ id: RowID, _ name: String, _ role: String) -> ImportBatch.Row {
            row("user", id, ["name": .text(name), "role": .text(role), "territory": .reference(territory)])
        }
        return [
            row("territory", territory, ["name": .text("North"), "time_zone": .text("Europe/Lisbon")]),
            user(kay, "Kay", "key_account_manager"), user(ines, "Ines", "technician"), user(bo, "Bo", "technician"),
            user(dora, "Dora", "dispatcher"), user(rita, "Rita", "manager"),
            row("account", account, ["name": .text("Cold Store"), "owner": .reference(kay), "territory": .reference(territory)]),
            row("work_order", order, [
                "account": .reference(account), "territory": .reference(territory), "title": .text("Pump fails"),
            ]),
        ]
    }

    func importRows(_ rows: [ImportBatch.Row]) throws {
        let lines = rows.enumerated().map { ImportBatch.Line(number: UInt64($0 + 1), rows: [$1]) }
        let job = ChangesetID(high: 1, low: wall)
        guard case .imported(_, _, let report)? = try commit(.importLines(
            ConnectionID(rawValue: 0), request: 0, ImportBatch(job: job, isDryRun: false, lines: lines))).first
        else { return }
        try pump()
        for line in report.lines where line.outcome == .refused { Issue.record("line \(line.line): \(line.reason)") }
    }

    // MARK: Devices

    func device(_ name: String, of user: RowID) throws -> HistoryDevice {
        let code = "CODE-\(name)"
        _ = try commit(.makeCode(ConnectionID(rawValue: 0), request: 0, CodeRequest(
            user: user.description, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: .max >> 1)))
        let device = try HistoryDevice(name: name, folder: folder.path + "/" + name, schema: schema)
        let keys = try Enrolment.keys(in: device.store)
        let connection = nextConnection()
        events.append(.transport(.opened(connection, peer: name)))
        events.append(.transport(.received(connection, Enrolment.request(code: code, publicKey: keys.publicKey, deviceName: name))))
        device.connection = connection
        devices.append(device)
        try pump()
        try device.begin(privateKey: keys.privateKey, at: instant)
        return device
    }

    private func nextConnection() -> ConnectionID {
        lastConnection += 1
        return ConnectionID(rawValue: lastConnection)
    }

    var instant: DeviceInstant { DeviceInstant(wall: wall, monotonic: wall - 1_700_000_000_000, boot: 1) }

    func connect(_ device: HistoryDevice) throws {
        device.isLinked = true
        device.driver?.goOnline(at: instant)
        try pump()
    }

    func disconnect(_ device: HistoryDevice) throws {
        device.isLinked = false
        drop(device)
        device.driver?.goOffline()
        try pump()
    }

    private func drop(_ device: HistoryDevice) {
        guard let connection = device.connection else { return }
        device.connection = nil
        events.append(.transport(.closed(connection, .lost("cut"))))
        device.driver?.handle(.closed(connection, .lost("cut")), at: instant)
    }

    @discardableResult
    func write(_ device: HistoryDevice, _ body: (LocalTransaction) throws -> Void) throws -> LocalCommit? {
        wall += 10
        let (_, commit) = try #require(try device.driver?.write(at: instant, body))
        try pump()
        return commit
    }

    /// Compares the device's digest with the hub's.
    func verify(_ device: HistoryDevice, repairing: Bool = false) throws -> DigestReport? {
        device.digest = nil
        _ = device.driver?.verify(repairing: repairing, at: instant)
        try pump()
        return device.digest
    }

    /// Asks what a sync of the device would do, over a connection of its own.
    /// - Returns: every frame that the hub sent for it.
    func preview(_ device: HistoryDevice) throws -> [[UInt8]] {
        let replica = try #require(device.driver?.replica)
        let (entries, key) = try device.store.read { (try $0.unanswered(), try #require(try $0.identity).privateKey) }
        let session = PreviewSession(replica: replica, entries: entries, app: "history")
        let connection = nextConnection()
        events.append(.transport(.opened(connection, peer: "preview")))
        previewed = (connection, [])
        defer { previewed = nil }
        var frames: [[UInt8]] = []
        var next: [UInt8]? = session.opening(wall: wall)
        var isDone = false
        while let bytes = next {
            next = nil
            events.append(.transport(.received(connection, bytes)))
            try pump()
            let answers = previewed?.frames ?? []
            previewed?.frames = []
            frames += answers
            for answer in answers {
                switch try session.received(answer, sign: { try ReplicaProof.sign($0, privateKey: key) }) {
                case .send(let bytes): next = bytes
                case .wait: break
                case .done: isDone = true
                case .failed(let reason): throw HubProcess.Failure(reason)
                }
            }
        }
        guard isDone else { throw HubProcess.Failure("no preview came") }
        events.append(.transport(.closed(connection, .lost("previewed"))))
        try pump()
        return frames
    }

    /// Time passes, and everybody is told.
    func wait(_ milliseconds: UInt64) throws {
        wall += milliseconds
        events.append(.tick)
        for device in devices { device.driver?.tick(at: instant) }
        try pump()
    }

    // MARK: The hub

    /// Stops the hub and its devices' connections.
    func stopHub() throws {
        for device in devices { drop(device) }
        events = []
        try store.close()
    }

    /// Starts a hub on the store's file, as `converge serve` does.
    func startHub() throws {
        store = try SQLiteHubStore.open(at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text)
        try ErasureReplay.carryOut(journal, in: store, schema: schema, moment: CommitMoment(wallMilliseconds: wall))
        hub = try Self.hub(on: store, schema)
    }

    /// Gives an administrator's command, and gives the JSON of its report.
    @discardableResult
    func command(_ command: WireControlRequest.OneOf_Command) throws -> String {
        let connection = nextConnection()
        var request = WireControlRequest()
        request.token = Data([1])
        request.request = 1
        request.command = command
        replies = []
        events.append(.transport(.opened(connection, peer: "here")))
        events.append(.transport(.received(connection, WireFrame.bytes(.controlRequest(request)))))
        try pump()
        switch replies.last?.result {
        case .report(let json)?: return json
        case .error(let text)?: throw HubProcess.Failure(text)
        default: throw HubProcess.Failure("no reply")
        }
    }

    func erase(_ collection: String, _ row: RowID, keep: [String] = [], dryRun: Bool = false) throws -> String {
        var erase = WireEraseCommand()
        erase.collection = collection
        erase.row = Data(row.bytes)
        erase.keep = keep
        erase.dryRun = dryRun
        return try command(.erase(erase))
    }

    func revoke(_ device: HistoryDevice, reinstate: Bool = false) throws {
        var revoke = WireRevokeCommand()
        revoke.device = device.name
        revoke.reinstate = reinstate
        try command(.revoke(revoke))
    }

    func purge(_ collection: String, _ row: RowID) throws {
        var purge = WirePurgeCommand()
        purge.collection = collection
        purge.row = Data(row.bytes)
        try command(.purge(purge))
    }

    @discardableResult
    func commit(_ work: CommitWork) throws -> [CommitResult] {
        wall += 1
        let outcomes = CommitBatch.commit(
            [work], to: store, schema: schema, moment: CommitMoment(wallMilliseconds: wall), erasures: journal
        ) { Issue.record("\($0)") }
        var results: [CommitResult] = []
        for outcome in outcomes {
            if case .committed(let committed, _) = outcome {
                results += committed
                for case .erased(_, _, let order, .done) in committed { try store.scrub(compacting: order.isCompacting) }
            }
            events.append(outcome.event)
        }
        return results
    }

    func key(_ collection: String, _ row: RowID) throws -> RowKey {
        RowKey(collection: try #require(schema.collection(named: collection)).number, row: row)
    }

    /// What the hub shows of a field.
    func value(_ collection: String, _ row: RowID, _ field: String) throws -> Value? {
        let kind = try #require(schema.collection(named: collection))
        return try store.read { try $0.row(RowKey(collection: kind.number, row: row)) }?.shownValue(of: field, in: kind)
    }

    func state(_ collection: String, _ row: RowID) throws -> RowState? {
        let key = try key(collection, row)
        return try store.read { try $0.row(key) }
    }

    func quarantine() throws -> [Refusal.Rule] {
        try store.read { try $0.quarantined(limit: 1_000) }.map(\.refusal.rule)
    }

    // MARK: Running

    /// Runs until nobody has anything to do at this moment.
    func pump() throws {
        while true {
            for device in devices { try perform(device) }
            if events.isEmpty { break }
            for action in hub.handle(events.removeFirst(), now: wall) { try perform(action) }
        }
    }

    private func perform(_ action: HubAction) throws {
        switch action {
        case .commit(let work): try commit(work)
        case .read(let work):
            events.append(.readDone(try store.read { try HubReading(schema: schema).perform(work, $0) }))
        case .send(let connection, let bytes, _):
            let messages = try WireFrame(serializedBytes: bytes).messages
            for case .controlReply(let reply)? in messages.map(\.body) { replies.append(reply) }
            if previewed?.connection == connection { previewed?.frames.append(bytes) }
            guard let device = devices.first(where: { $0.connection == connection }) else { return }
            onFrame(device, bytes)
            for body in messages.compactMap(\.body) { onSent(device, body) }
            device.receive(bytes, from: connection, at: instant)
            if let left = cuts[device.name] {
                cuts[device.name] = left > 1 ? left - 1 : nil
                if left == 1 { drop(device) }
            }
        case .blob, .show: break
        case .backup(let connection, let request, let path, let keep):
            try store.backup(to: path)
            events.append(.backedUp(connection, request: request, path: path, keep: keep, failure: nil))
        case .close(let connection, let code, let reason):
            events.append(.transport(.closed(connection, .local(code: code, reason: reason))))
            guard let device = devices.first(where: { $0.connection == connection }) else { return }
            device.connection = nil
            device.driver?.handle(.closed(connection, .remote(code: code, reason: reason)), at: instant)
        }
    }

    private func perform(_ device: HistoryDevice) throws {
        while let effects = device.driver?.takeEffects(), !effects.isEmpty {
            for effect in effects {
                switch effect {
                case .connect:
                    guard device.isLinked else {
                        device.driver?.couldNotConnect("no network", at: instant)
                        continue
                    }
                    let connection = nextConnection()
                    device.connection = connection
                    events.append(.transport(.opened(connection, peer: device.name)))
                    device.driver?.connecting(connection)
                    device.driver?.handle(.opened(connection, peer: "hub"), at: instant)
                case .send(let connection, let bytes, _):
                    if device.isLinked, connection == device.connection { events.append(.transport(.received(connection, bytes))) }
                case .close(let connection, _):
                    events.append(.transport(.closed(connection, .lost("closed"))))
                    if device.connection == connection { device.connection = nil }
                case .event(let event): device.note(event)
                case .touched, .signals: break
                }
            }
        }
    }
}

/// One device of a history.
final class HistoryDevice {
    let name: String
    let folder: String
    let schema: Schema
    private(set) var store: SQLiteDeviceStore
    fileprivate(set) var driver: DeviceDriver?
    fileprivate var connection: ConnectionID?
    fileprivate(set) var isLinked = false
    private(set) var events: [ReplicaEvent] = []
    fileprivate(set) var digest: DigestReport?
    private var enrolled: WireEnrolled?

    fileprivate init(name: String, folder: String, schema: Schema) throws {
        self.name = name
        self.folder = folder
        self.schema = schema
        store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
    }

    fileprivate func begin(privateKey: [UInt8], at now: DeviceInstant) throws {
        try Enrolment.store(
            try #require(enrolled), privateKey: privateKey, endpoint: "ws://test", schema: schema, in: store)
        connection = nil
        try open()
    }

    private func open() throws {
        let key = try #require(try store.read { try $0.identity }).privateKey
        driver = try DeviceDriver(store: store, app: "history", random: SystemRandomNumberGenerator()) {
            try ReplicaProof.sign($0, privateKey: key)
        }
    }

    /// Ends the program, and lets something be done to its files before it starts again.
    func restart(_ between: () throws -> Void = {}) throws {
        try store.close()
        try between()
        store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
        try open()
    }

    fileprivate func receive(_ bytes: [UInt8], from connection: ConnectionID, at now: DeviceInstant) {
        guard driver != nil else {
            // Only a frame that is ours comes here.
            if case .enrolled(let answer)? = (try? WireFrame(serializedBytes: bytes))?.messages.first?.body { enrolled = answer }
            return
        }
        driver?.handle(.received(connection, bytes), at: now)
    }

    fileprivate func note(_ event: ReplicaEvent) {
        events.append(event)
        if case .digest(let report) = event { digest = report }
    }

    func forgetEvents() { events = [] }

    var rowsRepaired: Int {
        get { driver?.rowsRepaired ?? 0 }
        set { driver?.rowsRepaired = newValue }
    }

    var verifiesItself: Bool {
        get { driver?.verifiesItself ?? false }
        set { driver?.verifiesItself = newValue }
    }

    /// What the app sees of a field of a living row.
    func shown(_ collection: String, _ id: RowID, _ field: String) throws -> Value? {
        try store.query("SELECT \"\(field)\" FROM \"\(collection)\" WHERE id = ? AND _alive", [.reference(id)]).first?.values[0]
    }

    var refusals: [RefusedOperation] { get throws { try store.read { try $0.refusals() } } }
}

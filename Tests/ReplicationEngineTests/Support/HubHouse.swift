import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Runs a hub as its host would, by hand: feeds events, keeps what is sent, and carries out commits and
/// reads when told to.
final class HubHouse {
    let office: Office
    var hub: Hub
    private(set) var sent: [(to: ConnectionID, body: WireMessage.OneOf_Body, lane: Lane)] = []
    private(set) var closed: [ConnectionID] = []
    /// Work that waits, when `isPaused`.
    private(set) var waiting: [HubAction] = []
    /// Of catch-up.
    var rowsPerPage = HubLimits.rowsPerPage
    var isPaused = false
    /// What the hub was asked to copy, by path.
    private(set) var backups: [String: MemoryHubState] = [:]
    let blobs = MemoryBlobStore()
    private var lastConnection: UInt64 = 0

    init(schema: Schema = OfficeSchema.schema) throws {
        office = try Office(schema: schema)
        let state = office.store.now
        hub = Hub(
            schema: office.schema, identity: state.hub, head: state.head, controlToken: [1, 2, 3],
            random: SplitMix64(seed: 99))
    }

    func handle(_ event: HubEvent) throws {
        for action in hub.handle(event, now: office.wall) {
            switch action {
            case .send(let connection, let bytes, let lane):
                let frame = try WireFrame(serializedBytes: bytes)
                for message in frame.messages { sent.append((connection, try #require(message.body), lane)) }
            case .close(let connection, _, _): closed.append(connection)
            case .commit, .read, .backup, .blob: waiting.append(action)
            case .show: break
            }
        }
        checkIndexes()
        if !isPaused { try work() }
    }

    /// A hub finds in its indexes the sessions that are open, and no others.
    private func checkIndexes() {
        var scopes: [Scope: Set<ConnectionID>] = [:]
        var replicas: [ReplicaID: ConnectionID] = [:]
        var heldBytes = 0
        for (connection, session) in hub.sessions {
            guard case .open(let open) = session.phase else { continue }
            for scope in open.scopes { scopes[scope, default: []].insert(connection) }
            replicas[open.replica.id] = connection
            heldBytes += open.unconfirmedBytes
        }
        #expect(hub.admission.heldBytes == heldBytes)
        #expect(hub.subscribers == scopes)
        #expect(hub.connections == replicas)
        #expect(Set(hub.verifications.keys).isSubset(of: replicas.values))
        for connection in hub.unproved {
            switch hub.sessions[connection]?.phase {
            case .opened, .enrolling, .greeting, .challenged, .proved, .ending: break
            case .forking, .open, .previewing, .control, nil: Issue.record("\(connection) has proved who it is, or is gone")
            }
        }
    }

    /// Carries out the first piece of work that waits.
    func workOnce() throws {
        let isPaused = isPaused
        self.isPaused = true
        defer { self.isPaused = isPaused }
        if !waiting.isEmpty { try perform(waiting.removeFirst()) }
    }

    /// Carries out everything that waits.
    func work() throws {
        while !waiting.isEmpty { try perform(waiting.removeFirst()) }
    }

    /// Takes away what waits, to be carried out later by `perform`.
    func takeWaiting() -> [HubAction] {
        defer { waiting = [] }
        return waiting
    }

    /// Puts work back that was taken away.
    func put(_ actions: [HubAction]) { waiting = actions + waiting }

    func perform(_ actions: [HubAction]) throws {
        for action in actions { try perform(action) }
    }

    private func perform(_ action: HubAction) throws {
        switch action {
        case .commit(let work):
            let (committed, results) = try office.decide([work])
            try handle(.committed(results, committed))
        case .read(let work):
            let reading = HubReading(schema: office.schema, rowsPerPage: rowsPerPage)
            try handle(.readDone(try office.store.read { try reading.perform(work, $0) }))
        case .backup(let connection, let request, let path, let keep):
            backups[path] = office.store.now
            try handle(.backedUp(connection, request: request, path: path, keep: keep, failure: nil))
        case .blob(let work):
            let keeping = BlobKeeping(schema: office.schema, blobs: blobs, limits: hub.blobLimits ?? BlobLimits()) { Issue.record("\($0)") }
            try handle(.blob(keeping.perform(work, office.store)))
        case .send, .close, .show: break
        }
    }

    // MARK: Connections

    func connect() throws -> ConnectionID {
        // Tests write through the office before the first device comes: a hub that starts then knows the head.
        if hub.sessions.isEmpty { hub.head = office.store.now.head }
        lastConnection += 1
        let connection = ConnectionID(rawValue: lastConnection)
        try handle(.transport(.opened(connection, peer: "test")))
        return connection
    }

    func say(_ body: WireMessage.OneOf_Body, on connection: ConnectionID) throws {
        try handle(.transport(.received(connection, WireFrame.bytes(body))))
    }

    func hello(_ device: Office.Device) -> WireHello {
        var hello = WireHello()
        hello.protocolMinimum = 1
        hello.protocolMaximum = 1
        hello.replica = Data(device.replica.bytes)
        hello.site = device.site
        hello.schemaVersion = office.schema.version
        hello.lastCounter = device.counter
        hello.lastRoot = Data(device.root)
        return hello
    }

    /// Hello and the challenge that answers it.
    func greet(_ device: Office.Device, _ hello: WireHello? = nil) throws -> (ConnectionID, WireChallenge?) {
        let connection = try connect()
        try say(.hello(hello ?? self.hello(device)), on: connection)
        return (connection, to(connection).compactMap { if case .challenge(let challenge) = $0 { challenge } else { nil } }.last)
    }

    /// The whole handshake.
    @discardableResult
    func open(_ device: Office.Device, _ hello: WireHello? = nil) throws -> ConnectionID {
        let (connection, challenge) = try greet(device, hello)
        try prove(device, try #require(challenge), on: connection)
        return connection
    }

    /// Answers the challenge.
    func prove(_ device: Office.Device, _ challenge: WireChallenge, on connection: ConnectionID) throws {
        var proof = WireProof()
        proof.signature = Data(try ReplicaProof.sign(
            ReplicaProof.message(
                hub: ReplicaID(high: 1, low: 1), replica: device.replica,
                nonce: Array(challenge.nonce)),
            privateKey: device.privateKey))
        try say(.proof(proof), on: connection)
    }

    func upload(_ envelopes: [WireEnvelope], on connection: ConnectionID) throws {
        var upload = WireUpload()
        upload.envelopes = envelopes
        try say(.upload(upload), on: connection)
    }

    /// Says that everything sent so far is durable.
    func confirm(_ connection: ConnectionID) throws {
        if let last = changes(connection).last { try confirm(last, on: connection) }
    }

    /// Says that a message, and all before it, are durable.
    func confirm(_ message: WireChanges, lastCounter: UInt64 = 0, on connection: ConnectionID) throws {
        var confirm = WireConfirm()
        confirm.cursor = message.cursor
        confirm.lastCounter = lastCounter
        try say(.confirm(confirm), on: connection)
    }

    // MARK: Looking

    func to(_ connection: ConnectionID) -> [WireMessage.OneOf_Body] { sent.filter { $0.to == connection }.map(\.body) }

    func changes(_ connection: ConnectionID) -> [WireChanges] {
        to(connection).compactMap { if case .changes(let changes) = $0 { changes } else { nil } }
    }

    func failure(_ connection: ConnectionID) -> WireFailureCode? {
        to(connection).compactMap { if case .failure(let failure) = $0 { failure.code } else { nil } }.last
    }

    func welcome(_ connection: ConnectionID) -> WireWelcome? {
        to(connection).compactMap { if case .welcome(let welcome) = $0 { welcome } else { nil } }.last
    }

    func receipts(_ connection: ConnectionID) -> [WireReceipt] {
        to(connection).flatMap { body -> [WireReceipt] in if case .verdicts(let verdicts) = body { verdicts.receipts } else { [] } }
    }

    func forgetSent() { sent.removeAll() }

    /// The rows of messages, by collection and row.
    func rows(_ messages: [WireChanges]) throws -> [RowKey: WireRowChange] {
        var rows: [RowKey: WireRowChange] = [:]
        for message in messages {
            for collection in message.collections {
                for row in collection.rows {
                    let id = try #require(RowID(bytes: row.row))
                    rows[RowKey(collection: collection.collection, row: id)] = row
                }
            }
        }
        return rows
    }
}

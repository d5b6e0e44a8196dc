import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import SQLiteStore
import Synchronization
import Testing
import WebSocketTransport
import WireProtocol

/// A hub and devices that keep blobs, with real stores and real sockets. Ines and Bo are technicians of an order, Dora is
/// its dispatcher, and Omar a technician elsewhere.
final class BlobWorld {
    let folder: TemporaryFolder
    let schema: Schema
    private(set) var store: SQLiteHubStore
    private(set) var hubBlobs: FaultyBlobs
    private(set) var server: HubServer
    private(set) var endpoint: Endpoint
    private(set) var devices: [BlobDevice] = []
    let limits: BlobLimits
    let clock = Mutex<UInt64>(0)

    static let dora = RowID(high: 1, low: 1), ines = RowID(high: 1, low: 2), bo = RowID(high: 1, low: 3), omar = RowID(high: 1, low: 4)
    static let order = RowID(high: 3, low: 2)

    /// - Parameter limits: of hub and devices.
    init(limits: BlobLimits = BlobLimits()) throws {
        folder = try TemporaryFolder()
        schema = try StandardSchema.load()
        self.limits = limits
        var random = SystemRandomNumberGenerator()
        store = try SQLiteHubStore.create(
            at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "blobs",
            milliseconds: 1_780_000_000_000, random: &random)
        try Self.seed(store, schema)
        hubBlobs = try FaultyBlobs(folder: folder.path + "/blobs")
        (server, endpoint) = try Self.serve(store, schema, hubBlobs, limits, folder.path)
    }

    func stop() throws {
        for device in devices { try device.replica.stop() }
        server.stop()
        try store.close()
    }

    /// Ends the hub and starts it again on the same files.
    func restartHub(_ between: () throws -> Void = {}) throws {
        server.stop()
        try store.close()
        try between()
        store = try SQLiteHubStore.open(at: folder.path + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text)
        hubBlobs = try FaultyBlobs(folder: folder.path + "/blobs")
        (server, endpoint) = try Self.serve(store, schema, hubBlobs, limits, folder.path)
    }

    func restore(from backup: String) throws { _ = try SQLiteHubStore.restore(from: backup, to: folder.path + "/hub.sqlite") }

    /// Gives an administrator's order to erase a row, and waits for the answer.
    func erase(_ collection: String, _ row: RowID) async throws {
        var erase = WireEraseCommand()
        erase.collection = collection
        erase.row = Data(row.bytes)
        var request = WireControlRequest()
        request.token = Data(Self.token)
        request.command = .erase(erase)
        let frame = WireFrame.bytes(.controlRequest(request))
        let (replies, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let connected = AsyncStream.makeStream(of: ConnectionID.self)
        let connector = try WebSocketConnector { event in
            switch event {
            case .opened(let connection, _): connected.continuation.yield(connection)
            case .received(_, let bytes): continuation.yield(bytes)
            case .closed: continuation.finish()
            case .drained: break
            }
        }
        _ = try connector.connect(to: endpoint)
        for await connection in connected.stream {
            connector.send(frame, lane: .urgent, to: connection)
            break
        }
        for await bytes in replies {
            guard case .controlReply(let reply)? = try WireFrame(serializedBytes: bytes).messages.first?.body else { continue }
            if case .error(let text)? = reply.result { Issue.record("\(text)") }
            break
        }
        connector.stop()
    }

    private static let token = Array("0123456789abcdef".utf8)

    func device(_ name: String, _ user: RowID, policy: BlobPolicy = .all, takesBlobs: Bool = true) async throws -> BlobDevice {
        let code = "CODE-\(name)"
        _ = try store.commit { reader in
            try CommitBatch.decide([.makeCode(ConnectionID(rawValue: 0), request: 1, CodeRequest(
                user: user.description, codeHash: EnrolmentCode.hash(code), code: code, expiresMilliseconds: .max >> 1))],
                reader: reader, schema: schema, moment: CommitMoment(wallMilliseconds: 1_780_000_000_000))
        }
        let device = try await BlobDevice(
            folder: folder.path + "/" + name, code: code, endpoint: endpoint, limits: limits, policy: policy, takesBlobs: takesBlobs)
        devices.append(device)
        // It has the order before it goes to work.
        device.replica.goOnline(endpoint)
        try await device.replica.syncNow()
        device.replica.goOffline()
        return device
    }

    private static func serve(
        _ store: SQLiteHubStore, _ schema: Schema, _ blobs: FaultyBlobs, _ limits: BlobLimits, _ folder: String
    ) throws -> (HubServer, Endpoint) {
        var port: UInt16 = 0
        var options = HubServer.Options()
        options.blobs = blobs
        options.blobLimits = limits
        options.controlToken = token
        options.erasures = FileErasureJournal(at: folder + "/erasures.journal")
        let server = try HubServer(store: store, schema: schema, options: options) { onEvent in
            let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: onEvent)
            port = listener.port
            return listener
        }
        return (server, Endpoint(host: "127.0.0.1", port: port, isSecure: false))
    }

    private static func seed(_ store: SQLiteHubStore, _ schema: Schema) throws {
        let territory = RowID(high: 2, low: 1), other = RowID(high: 2, low: 2), account = RowID(high: 3, low: 1)
        func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
            ImportBatch.Row(collection: collection, row: id, fields: fields, sets: [], fillsOnly: false)
        }
        func user(_ id: RowID, _ name: String, _ role: String, _ territory: RowID) -> ImportBatch.Row {
            row("user", id, [("name", .text(name)), ("role", .text(role)), ("territory", .reference(territory))])
        }
        var rows = [
            row("territory", territory, [("name", .text("North")), ("time_zone", .text("Europe/Lisbon"))]),
            row("territory", other, [("name", .text("South")), ("time_zone", .text("Europe/Lisbon"))]),
            user(dora, "Dora", "dispatcher", territory), user(ines, "Ines", "technician", territory),
            user(bo, "Bo", "technician", territory), user(omar, "Omar", "technician", other),
            row("account", account, [("name", .text("Cold Store")), ("territory", .reference(territory))]),
            row("work_order", order, [
                ("account", .reference(account)), ("territory", .reference(territory)), ("title", .text("Pump fails")),
            ]),
        ]
        for (number, assignee) in [ines, bo].enumerated() {
            rows.append(row("appointment", RowID(high: 4, low: UInt64(number + 1)), [
                ("work_order", .reference(order)), ("assignee", .reference(assignee)), ("territory", .reference(territory)),
            ]))
        }
        let lines = rows.enumerated().map { ImportBatch.Line(number: UInt64($0 + 1), rows: [$1]) }
        let now = UInt64(Date().timeIntervalSince1970 * 1_000)
        let works: [CommitWork] = [
            .importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: lines)),
            .beginDays,
        ]
        for work in works {
            _ = try store.commit { reader in
                try CommitBatch.decide([work], reader: reader, schema: schema, moment: CommitMoment(wallMilliseconds: now))
            }
        }
    }
}

/// Blobs on a real folder, with what may happen to a disk.
final class FaultyBlobs: BlobStore {
    let files: FileBlobStore
    var folder: String { files.folder }
    private let state = Mutex(State())

    struct State: Sendable {
        /// After so many bytes the disk is full.
        var room = Int.max
        /// Changes a byte of the next chunk.
        var damages = 0
        var appended = 0
        var completed: [BlobHash] = []
    }

    init(folder: String) throws { files = try FileBlobStore(folder: folder) }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    func append(_ bytes: [UInt8], to hash: BlobHash, at offset: UInt64) throws(BlobStoreError) {
        if with({ $0.room < bytes.count }) { throw BlobStoreError(.full, "No space is left.") }
        let isDamaged = with { state -> Bool in
            state.room -= state.room == .max ? 0 : bytes.count
            state.appended += bytes.count
            defer { state.damages = max(0, state.damages - 1) }
            return state.damages > 0
        }
        try files.append(isDamaged ? bytes.map { $0 ^ 1 } : bytes, to: hash, at: offset)
    }

    func complete(_ name: BlobName) throws(BlobStoreError) -> Bool {
        let isWhole = try files.complete(name)
        if isWhole { with { $0.completed.append(name.hash) } }
        return isWhole
    }

    func size(of hash: BlobHash) throws(BlobStoreError) -> UInt64? { try files.size(of: hash) }
    func partialSize(of hash: BlobHash) throws(BlobStoreError) -> UInt64 { try files.partialSize(of: hash) }
    func dropPartial(_ hash: BlobHash) throws(BlobStoreError) { try files.dropPartial(hash) }
    func read(_ hash: BlobHash, at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8] { try files.read(hash, at: offset, count: count) }
    func check(_ hash: BlobHash) throws(BlobStoreError) -> Bool { try files.check(hash) }
    func remove(_ hash: BlobHash) throws(BlobStoreError) { try files.remove(hash) }
    func hashes(after hash: BlobHash?, limit: Int) throws(BlobStoreError) -> [BlobHash] { try files.hashes(after: hash, limit: limit) }
    func path(of hash: BlobHash) throws(BlobStoreError) -> String? { try files.path(of: hash) }
}

/// A device with a real store, real blobs and a socket that can be cut behind any chunk.
final class BlobDevice {
    let folder: String
    let limits: BlobLimits
    let policy: BlobPolicy
    let takesBlobs: Bool
    let knife = Knife()
    private(set) var blobs: FaultyBlobs
    private(set) var replica: Replica

    init(folder: String, code: String, endpoint: Endpoint, limits: BlobLimits, policy: BlobPolicy, takesBlobs: Bool) async throws {
        self.folder = folder
        self.limits = limits
        self.policy = policy
        self.takesBlobs = takesBlobs
        let store = try SQLiteDeviceStore(folder: folder, parse: Self.parse)
        // A machine that is very busy may need longer than the hub waits.
        for attempt in 1...5 {
            do {
                try await Replica.enrol(
                    store: store, endpoint: endpoint, code: code, deviceName: code,
                    transport: { try WebSocketConnector(onEvent: $0) }, parse: Self.parse)
                break
            } catch let error as ReplicaError
                where attempt < 5 && (error.code == .timedOut || error.message.contains("connect again")) {
                continue
            }
        }
        blobs = try FaultyBlobs(folder: folder + "/blobs")
        replica = try Self.open(store, blobs, knife, limits, policy, takesBlobs)
    }

    private static let parse: @Sendable (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "schema") }

    private static func open(
        _ store: SQLiteDeviceStore, _ blobs: FaultyBlobs, _ knife: Knife, _ limits: BlobLimits, _ policy: BlobPolicy, _ takesBlobs: Bool
    ) throws -> Replica {
        var options = Replica.Options()
        options.blobs = takesBlobs ? blobs : nil
        options.blobLimits = limits
        options.blobPolicy = policy
        return try Replica.open(store: store, transport: { try knife.transport($0) }, options: options)
    }

    /// Ends the program and starts it again.
    func restart(_ between: () throws -> Void = {}) throws {
        try replica.stop()
        try between()
        blobs = try FaultyBlobs(folder: folder + "/blobs")
        replica = try Self.open(try SQLiteDeviceStore(folder: folder, parse: Self.parse), blobs, knife, limits, policy, takesBlobs)
    }

    /// Writes a document with a new blob.
    @discardableResult
    func add(_ bytes: [UInt8], thumbnail: [UInt8]? = nil, to order: RowID = BlobWorld.order) throws -> (row: RowID, reference: BlobReference) {
        let reference = try replica.addBlob(bytes, mediaType: "image/jpeg", thumbnail: thumbnail)
        return (try name(reference, in: order), reference)
    }

    func name(_ reference: BlobReference, in order: RowID = BlobWorld.order) throws -> RowID {
        var row: RowID?
        try replica.write {
            row = try $0.create("document", [
                "work_order": .reference(order), "title": .text("Photo"), "content": .text(reference.description),
            ])
        }
        return try #require(row)
    }

    /// Waits until a blob stands as is asked for.
    func wait(_ blob: BlobName, until matches: (BlobState) -> Bool) async throws {
        for try await state in replica.observe(blob) where matches(state) { return }
        Issue.record("the stream of \(blob.hash) ended")
    }

    func waitUntilHere(_ blob: BlobName) async throws {
        try await wait(blob) { if case .here = $0 { true } else { false } }
    }

    /// Waits until an event comes, and not for ever.
    func wait(for matches: @escaping @Sendable (ReplicaEvent) -> Bool) -> Task<Void, Never> {
        let events = replica.events()
        return Task {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await event in events where matches(event) { return true }
                    return false
                }
                group.addTask {
                    do { try await Task.sleep(for: .seconds(90)) } catch { return true }
                    return false
                }
                if await group.next() == false { Issue.record("what was waited for has not come") }
                group.cancelAll()
            }
        }
    }

    func waitUntilHandedIn(_ blob: BlobName) -> Task<Void, Never> {
        wait { if case .blob(let report) = $0 { report.blob == blob && report.change == .handedIn } else { false } }
    }
}

/// Cuts a device's connection behind a number of chunks, which all have got through.
final class Knife: Sendable {
    private let state = Mutex(State())

    struct State: Sendable {
        /// Chunks that may pass upwards, and downwards.
        var up = Int.max
        var down = Int.max
        var sent = 0
        var received = 0
        /// What passed, in order.
        var requests = 0
    }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    func transport(_ onEvent: @escaping @Sendable (TransportEvent) -> Void) throws -> any ConnectingTransport {
        let box = TransportBox()
        let transport = CutTransport(knife: self, base: try WebSocketConnector { event in
            guard case .received(let connection, let bytes) = event else { return onEvent(event) }
            let chunks = self.chunks(in: bytes)
            let isCut = self.with { state in
                state.received += chunks
                state.down -= state.down == .max ? 0 : chunks
                return chunks > 0 && state.down <= 0
            }
            onEvent(event)
            if isCut { box.close(connection) }
        })
        box.transport.withLock { $0 = transport }
        return transport
    }

    /// - Returns: whether a message may pass, and whether the connection is cut behind it.
    fileprivate func pass(_ message: [UInt8]) -> (mayPass: Bool, isCut: Bool) {
        let chunks = chunks(in: message)
        guard chunks > 0 else { return (true, false) }
        return with { state in
            guard state.up > 0 else { return (false, true) }
            state.sent += chunks
            state.up -= state.up == .max ? 0 : chunks
            return (true, state.up == 0)
        }
    }

    private func chunks(in bytes: [UInt8]) -> Int {
        // Every message here is a frame of ours.
        let frame = try? WireFrame(serializedBytes: bytes)
        return frame?.messages.count { if case .blobChunk = $0.body { true } else { false } } ?? 0
    }

    private final class TransportBox: Sendable {
        let transport = Mutex<CutTransport?>(nil)
        func close(_ connection: ConnectionID) { transport.withLock { $0 }?.close(connection, reason: .local(code: 1000, reason: "cut")) }
    }
}

private struct CutTransport: ConnectingTransport {
    let knife: Knife
    let base: WebSocketConnector

    func connect(to endpoint: Endpoint) throws -> ConnectionID { try base.connect(to: endpoint) }
    func stop() { base.stop() }
    func close(_ connection: ConnectionID, reason: CloseReason) { base.close(connection, reason: reason) }

    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        let (mayPass, isCut) = knife.pass(message)
        if mayPass { base.send(message, lane: lane, to: connection) }
        if isCut { base.close(connection, reason: .local(code: 1000, reason: "cut")) }
    }
}

import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Synchronization
import Testing
import TestTraits
import WebSocketTransport

/// An acknowledgement is a promise: what the hub has said that it holds, it holds after any crash.
@Suite(.serialized, .realTime)
struct CrashTests {
    /// How often the hub is killed. CONVERGE_CRASH_ROUNDS asks for a longer run.
    private static let rounds = ProcessInfo.processInfo.environment["CONVERGE_CRASH_ROUNDS"].flatMap { Int($0) } ?? 6

    @Test(.timeLimit(.minutes(5)))
    func `every acknowledged changeset survives kills of the hub at random points`() async throws {
        let seed = ProcessInfo.processInfo.environment["CONVERGE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...1_000_000)
        print("crash test: seed \(seed), \(Self.rounds) rounds")
        var random = SplitMix(state: seed)
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { do { try hub.kill() } catch { Issue.record(error) } }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        var devices: [CrashDevice] = []
        for (index, user) in ["nadia@harborlift.example", "tomas@harborlift.example", "ines@harborlift.example"].enumerated() {
            devices.append(try await CrashDevice(
                folder: "\(folder.path)/device\(index)", url: hub.url, code: try hub.enrolmentCode(for: user)))
        }
        for _ in 0..<Self.rounds {
            let until = Date(timeIntervalSinceNow: Double.random(in: 0.05...0.6, using: &random))
            while Date() < until {
                for device in devices { try device.write() }
                await Task.yield()
            }
            try hub.kill()
            for device in devices { try device.write() }
            try hub.start()
        }
        for device in devices { try await device.replica.syncNow(within: .seconds(60)) }
        for device in devices {
            let report = try await device.replica.verify()
            #expect(report.isEqual, "a device differs from the hub: \(report)")
        }
        let acknowledged = devices.flatMap(\.acknowledged)
        let written = devices.reduce(0) { $0 + $1.written }
        for device in devices { try device.replica.stop() }
        hub.stop()

        let store = try SQLiteHubStore.open(
            at: hub.folder + "/hub.sqlite", schema: try StandardSchema.load(), schemaText: StandardSchema.text)
        let missing = try store.read { reader in try acknowledged.filter { try reader.entry(of: $0) == nil } }
        try store.close()
        print("crash test: \(written) changesets written, \(acknowledged.count) acknowledged, \(missing.count) missing")
        #expect(missing.isEmpty)
        #expect(Set(acknowledged).count == written, "each changeset gets its verdict in the end, once counted")
    }
}

extension CrashTests {
    @Test(.timeLimit(.minutes(5)))
    func `a hub restored from a backup gets back from its devices what it had acknowledged`() async throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { do { try hub.kill() } catch { Issue.record(error) } }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        var devices: [CrashDevice] = []
        for (index, user) in ["nadia@harborlift.example", "ines@harborlift.example"].enumerated() {
            devices.append(try await CrashDevice(
                folder: "\(folder.path)/device\(index)", url: hub.url, code: try hub.enrolmentCode(for: user)))
        }
        func writeAndSync(_ count: Int) async throws {
            for device in devices {
                for _ in 0..<count { try device.write() }
                try await device.replica.syncNow(within: .seconds(60))
            }
        }
        try await writeAndSync(3)
        let made = try hub.command(["backup", "--json"])
        let list = try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [[String: Any]]
        let backup = try #require(list?.first?["path"] as? String, "\(made.errors)")
        try await writeAndSync(5)
        // So much was lost with the store; and this never came to it.
        let inUse = try hub.command(["restore", "--from", backup])
        #expect(inUse.code == 1 && inUse.errors.contains("is open already"), "\(inUse.errors)")
        try hub.kill()
        for device in devices { try device.write() }
        let restored = try hub.command(["restore", "--from", backup])
        #expect(restored.code == 0 && restored.output.contains("begins epoch 2"), "\(restored.errors)")
        // The backup is offered; a journal of erasures is not there.
        #expect(restored.errors.contains("erasures.journal") && !restored.errors.contains("older than those"), "\(restored.errors)")
        try hub.start()
        for device in devices { try await device.replica.syncNow(within: .seconds(60)) }
        // What the first handed in after the second had caught up is on its way.
        for device in devices {
            try await device.replica.syncNow(within: .seconds(60))
            let report = try await device.replica.verify()
            #expect(report.isEqual, "a device differs from the hub: \(report)")
        }
        let acknowledged = devices.flatMap(\.acknowledged)
        let written = devices.reduce(0) { $0 + $1.written }
        for device in devices { try device.replica.stop() }
        hub.stop()
        #expect(Set(acknowledged).count == written)
        #expect(FileManager.default.fileExists(atPath: hub.folder + "/hub.sqlite.replaced-1"))

        let store = try SQLiteHubStore.open(
            at: hub.folder + "/hub.sqlite", schema: try StandardSchema.load(), schemaText: StandardSchema.text)
        let missing = try store.read { reader in try acknowledged.filter { try reader.entry(of: $0) == nil } }
        try store.verifyChain()
        try store.close()
        #expect(missing.isEmpty)
    }
}

/// A device that writes without pause, and remembers what was acknowledged.
private final class CrashDevice {
    let replica: Replica
    private(set) var written = 0
    private let task: Task<Void, Never>

    init(folder: String, url: String, code: String) async throws {
        let endpoint = try Endpoint(parsing: url)
        let parse: (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "schema") }
        let store = try SQLiteDeviceStore(folder: folder, parse: parse)
        let transport: Replica.TransportMaker = { try WebSocketConnector(onEvent: $0) }
        try await Replica.enrol(
            store: store, endpoint: endpoint, code: code, deviceName: "crash", transport: transport, parse: parse)
        replica = try Replica.open(store: store, transport: transport)
        let events = replica.events()
        let recorder = Recorder()
        self.recorder = recorder
        task = Task.detached {
            for await event in events {
                if case .verdict(let report) = event { recorder.identities.withLock { _ = $0.insert(report.identity) } }
            }
        }
        replica.goOnline(endpoint)
        try await replica.syncNow()
    }

    private let recorder: Recorder

    var acknowledged: Set<ChangesetID> { recorder.identities.withLock { $0 } }

    private final class Recorder: Sendable {
        let identities = Mutex<Set<ChangesetID>>([])
    }

    /// Everybody may write tasks or answer checklists; a user's own language is everybody's to set.
    func write() throws {
        guard replica.pendingCount < 200 else { return }
        let rows = try replica.query("SELECT id FROM site WHERE _alive ORDER BY id LIMIT 1")
        guard let site = try rows.first?.id else {
            // Before the first order a technician holds no site; a stock movement in the own van is hers.
            let place = try replica.query("SELECT id FROM warehouse WHERE kind = 'van' LIMIT 1").first?.id
            let product = try replica.query("SELECT id FROM product LIMIT 1").first?.id
            guard let place, let product else { return }
            try replica.write {
                try $0.create("stock_movement", [
                    "place": .reference(place), "product": .reference(product), "quantity": .integer(1),
                    "reason": .text("correction"), "moved_at": .integer(1_780_000_000_000),
                ])
            }
            written += 1
            return
        }
        try replica.write { try $0.set("site", site, ["access_notes": .text("note \(written)")]) }
        written += 1
    }

    deinit { task.cancel() }
}

/// A small seeded generator, so that a failure can be played again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

import Dispatch
import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WebSocketTransport
import WireProtocol

/// From one device's write to another device's receipt of it, while many are connected.
struct LatencyFigures {
    let plan: Plan

    func measure() throws -> [Figure] {
        let (latencies, bytes) = try deliveries()
        let echoes = try echoes(bytes)
        let commit = try durableCommit()
        let name = "write to receipt, \(plan.connected) connected"
        var figures = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].map { label, share in
            Figure("\(name), \(label)", latencies.percentile(share), "ms", limit: echoes.percentile(share), .lowerIsBetter)
        }
        figures.append(Figure(
            "\(name), p50, limit with a durable commit", latencies.median, "ms", limit: echoes.median + commit,
            .lowerIsBetter))
        Progress.say("  latency: \(latencies.count) writes, load \(Progress.load)")
        return figures
    }

    /// The first two devices belong to one user; the others to users of their own, and are idle.
    private func deliveries() throws -> ([Double], bytes: Int) {
        let scene = try Scene(
            plan, "latency", users: plan.connected - 1, usersOfDevices: [0] + Array(0..<plan.connected - 1))
        let ids: [RowID] = Scene.makeIDs(plan.latencySamples)
        var stream = DeviceStream(user: scene.users[0])
        func rows(_ seen: [RowID: CommitSequence]) -> [DeviceStream.Row] {
            ids.enumerated().map { DeviceStream.Row(id: $1, number: $0, seen: seen[$1]) }
        }
        try scene.upload([try stream.uploads(rows([:]), perChangeset: 1, round: 0, basis: .zero)])
        try scene.fleet.waitUntil("both devices have the rows") { $0.traffic.rows >= 2 * ids.count }
        let (seen, head) = try scene.seen(ids)
        // One row in each upload.
        let uploads = try stream.uploads(rows(seen), perChangeset: 1, round: 1, basis: head, largest: 1)

        let arrived = Mutex<UInt64>(0)
        let isThere = DispatchSemaphore(value: 0)
        scene.fleet.observe { device, arrival in
            if device == 1, arrival == .changes { arrived.withLock { $0 = DispatchTime.now().uptimeNanoseconds } }
            // Everything that follows from a write: the writer's verdicts, and changes to both.
            if device <= 1 { isThere.signal() }
        }
        var latencies: [Double] = []
        for upload in uploads {
            scene.fleet.prepare(0, [upload])
            let start = DispatchTime.now().uptimeNanoseconds
            scene.fleet.upload(0..<1)
            for _ in 0..<3 {
                guard isThere.wait(timeout: .now() + 10) == .success else { throw BenchmarkFailure("a write did not arrive") }
            }
            latencies.append(Double(arrived.withLock { $0 } - start) / 1e6)
        }
        scene.fleet.observe(nil)
        try scene.stop()
        return (latencies, uploads[0].frame.count)
    }

    /// The round trip of a message of the same size through the same transport, with as many connections.
    private func echoes(_ bytes: Int) throws -> [Double] {
        let echo = try EchoServer()
        let opened = Mutex<[ConnectionID]>([])
        let answered = DispatchSemaphore(value: 0)
        let connector = try WebSocketConnector { event in
            switch event {
            case .opened(let connection, _): opened.withLock { $0.append(connection) }
            case .received: answered.signal()
            case .drained, .closed: break
            }
        }
        for index in 0..<plan.connected {
            _ = try connector.connect(to: echo.endpoint)
            try Wait.until("connections open", seconds: 30) { opened.withLock { $0.count } + 64 > index }
        }
        try Wait.until("connections open", seconds: 30) { opened.withLock { $0.count } == plan.connected }
        let connection = opened.withLock { $0[0] }
        let message = [UInt8](repeating: 0x5A, count: bytes)
        let latencies = try (0..<plan.latencySamples).map { _ in
            let clock = Stopwatch()
            connector.send(message, lane: .changes, to: connection)
            guard answered.wait(timeout: .now() + 10) == .success else { throw BenchmarkFailure("no echo") }
            return clock.seconds * 1e3
        }
        connector.stop()
        echo.stop()
        return latencies
    }

    /// One row in a transaction of its own, in plain SQLite: milliseconds.
    private func durableCommit() throws -> Double {
        let folder = try plan.makeFolder("plain")
        let plain = try PlainSQLite(folder: folder)
        let rows = try plain.insert(Scene.makeIDs(plan.latencySamples), .init(clockBytes: 100, rowsPerTransaction: 1)).rowsPerSecond
        try FileManager.default.removeItem(atPath: folder)
        return 1e3 / rows
    }
}

/// Sends every message back.
final class EchoServer {
    let endpoint: Endpoint
    private let listener: WebSocketListener
    private let target = Target()

    /// The listener as its own event handler sees it: made after the handler, and let go of at the end.
    private final class Target: Sendable {
        let listener = Mutex<WebSocketListener?>(nil)
    }

    init() throws {
        let listener = try WebSocketListener(address: ListenAddress(port: 0)) { [target] event in
            if case .received(let connection, let bytes) = event {
                target.listener.withLock { $0 }?.send(bytes, lane: .urgent, to: connection)
            }
        }
        target.listener.withLock { $0 = listener }
        self.listener = listener
        endpoint = Endpoint(host: "127.0.0.1", port: listener.port, isSecure: false)
    }

    func stop() {
        listener.stop()
        target.listener.withLock { $0 = nil }
    }
}

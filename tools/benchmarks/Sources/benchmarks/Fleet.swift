import Dispatch
import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WebSocketTransport
import WireProtocol

/// Light devices on one connector: real connections, each enrolled and proved.
final class Fleet: Sendable {
    private let core = FleetCore()
    private let connector: WebSocketConnector
    private let endpoint: Endpoint
    /// The most connections that are being made at once.
    private static let connecting = 64
    /// Of a herd, the most that are on their way to an open connection.
    private static let opening = 512

    /// - Parameter devices: enrolled before, at the same hub.
    init(_ endpoint: Endpoint, devices: [LightDevice] = []) throws {
        self.endpoint = endpoint
        let core = core
        let connector = try WebSocketConnector { core.handle($0) }
        self.connector = connector
        core.state.withLock {
            $0.connector = connector
            $0.devices = devices
            $0.enrolled = devices.count
        }
    }

    var devices: [LightDevice] { core.state.withLock { $0.devices } }

    func stop() {
        core.state.withLock { $0.isStopping = true }
        connector.stop()
        // The core and the connector hold each other.
        core.state.withLock { $0.connector = nil }
    }

    /// Makes a device of each code. They are left disconnected.
    func enrol(_ codes: [String]) throws {
        let first = core.state.withLock { $0.devices.count }
        for (index, code) in codes.enumerated() {
            let keys = ReplicaProof.makeKeys()
            try connect(nil) {
                $0.phase = .enrolling(code: code, publicKey: keys.publicKey, privateKey: keys.privateKey)
            }
            try waitUntil("devices enrol") { $0.enrolled + Self.connecting > first + index }
        }
        try waitUntil("\(codes.count) devices are enrolled") { $0.enrolled == first + codes.count && $0.devices.allSatisfy { $0.connection == nil } }
    }

    /// Connects every enrolled device that is away, and waits until each is complete.
    func open(_ range: Range<Int>) throws {
        for index in range {
            try connect(index) { $0.isCaughtUp = false }
            try waitUntil("devices connect") { $0.caughtUp + Self.connecting > index - range.lowerBound }
        }
        try waitUntil("\(range.count) devices are connected") { $0.caughtUp >= range.count }
    }

    /// Connects all devices at the same moment, and whoever is cut off again after a moment, until each that is not stalled is complete.
    ///
    /// - Returns: the seconds after which each of them was complete, and how often devices were cut off.
    func herd(stalled: (Int) -> Bool, seconds: Double) throws -> (completed: [Double], timesCutOff: Int) {
        let count = core.state.withLock { state in
            state.comesBack = true
            for index in state.devices.indices {
                state.devices[index].isStalled = stalled(index)
                state.devices[index].isCaughtUp = false
                state.devices[index].completedAt = nil
            }
            return state.devices.count
        }
        let clock = Stopwatch()
        let start = DispatchTime.now().uptimeNanoseconds
        let waited = (0..<count).filter { !stalled($0) }
        var waiting = Array((0..<count).reversed())
        var cutOff: [(index: Int, at: Double)] = []
        while true {
            usleep(2_000)
            // One thread connects all of them: as fast as the hub lets them in, and no faster.
            while !waiting.isEmpty, core.state.withLock({ $0.opening }) < Self.opening { try connect(waiting.removeLast()) { _ in } }
            let (isDone, lost) = try core.state.withLock { state in
                if let failure = state.failure { throw BenchmarkFailure(failure) }
                defer { state.cutOff = [] }
                return (state.caughtUp >= waited.count && waited.allSatisfy { state.devices[$0].completedAt != nil }, state.cutOff)
            }
            if isDone { break }
            guard clock.seconds < seconds else {
                let (caughtUp, last) = core.state.withLock { ($0.caughtUp, $0.lastCut) }
                throw BenchmarkFailure("\(caughtUp) devices were complete after \(seconds) s; the last one cut off: \(last ?? "none")")
            }
            // A device waits half a second at least before it comes again.
            let now = clock.seconds
            cutOff += lost.map { ($0, now) }
            waiting += cutOff.filter { now - $0.at >= 0.5 }.map(\.index)
            cutOff.removeAll { now - $0.at >= 0.5 }
        }
        return core.state.withLock { state in
            (waited.compactMap { state.devices[$0].completedAt.map { Double($0 - start) / 1e9 } }, state.timesCutOff)
        }
    }

    private func connect(_ index: Int?, _ change: (inout LightDevice) -> Void) throws {
        try core.state.withLock { state in
            var device = index.map { state.devices[$0] } ?? LightDevice()
            change(&device)
            let connection = try connector.connect(to: endpoint)
            device.connection = connection
            device.isOpening = true
            state.opening += 1
            state.byConnection[connection] = index ?? state.devices.count
            if let index { state.devices[index] = device } else { state.devices.append(device) }
        }
    }

    /// Gives a device what it will upload.
    func prepare(_ index: Int, _ uploads: [PreparedUpload]) {
        core.state.withLock { $0.devices[index].prepare(uploads) }
    }

    /// Starts to upload, on these devices.
    func upload(_ range: Range<Int>) {
        core.state.withLock { state in
            for index in range { state.sendUploads(of: index) }
        }
    }

    func takeTraffic() -> FleetCore.Traffic {
        core.state.withLock { state in
            defer { state.traffic = FleetCore.Traffic() }
            return state.traffic
        }
    }

    var receipts: Int { core.state.withLock { $0.traffic.receipts } }
    var rowsReceived: Int { core.state.withLock { $0.traffic.rows } }

    /// Calls back on the transport's thread when a device got changes, or verdicts.
    func observe(_ observer: (@Sendable (Int, FleetCore.Arrival) -> Void)?) {
        core.state.withLock { $0.observer = observer }
    }

    func waitUntil(_ what: String, seconds: Double = 120, _ isSo: (FleetCore.State) -> Bool) throws {
        try Wait.until(what, seconds: seconds) {
            try core.state.withLock { state in
                if let failure = state.failure { throw BenchmarkFailure(failure) }
                return isSo(state)
            }
        }
    }
}

import Foundation
import Glibc

/// A slow line between a device and a hub, on loopback: each direction carries so many bits in a second, takes its time, and
/// has a queue before it, as a router has.
///
/// `@unchecked` because its state is touched under `lock` only.
final class SlowLink: @unchecked Sendable {
    struct Quality: Sendable {
        var bitsPerSecond: Double = 256_000
        /// One way.
        var delaySeconds = 0.020
        /// What may wait before each direction; beyond it the sender's own machine has to hold it.
        var queueBytes = 64 << 10
        /// What a packet has beside its payload: IPv4 and TCP with timestamps.
        var headerBytes = 52
        var packetBytes = 1_448
    }

    let port: UInt16
    private let quality: Quality
    private let target: UInt16
    private let listening: Int32
    private let lock = NSLock()
    private var descriptors: [Int32] = []
    private var isStopped = false

    init(to target: UInt16, _ quality: Quality = Quality()) throws {
        self.target = target
        self.quality = quality
        listening = try Self.socket()
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = listening
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, size) == 0 && listen(listening, 16) == 0 && getsockname(listening, $0, &size) == 0
            }
        }
        guard isBound else { throw BenchmarkFailure("the slow link cannot listen: \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        Self.spawn { [self] in acceptAll() }
    }

    func stop() {
        lock.withLock {
            isStopped = true
            for descriptor in descriptors + [listening] { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        while true {
            let device = accept(listening, nil, nil)
            guard device >= 0 else { return }
            guard let hub = Self.connect(to: target) else {
                close(device)
                continue
            }
            lock.withLock { descriptors += [device, hub] }
            for descriptor in [device, hub] { Self.prepare(descriptor) }
            carry(from: device, to: hub)
            carry(from: hub, to: device)
        }
    }

    private func carry(from source: Int32, to target: Int32) {
        let line = Line(quality)
        Self.spawn { [quality] in
            var piece = [UInt8](repeating: 0, count: quality.packetBytes)
            while true {
                line.waitForRoom()
                let count = read(source, &piece, piece.count)
                guard count > 0 else { break }
                line.put(Array(piece[..<count]))
            }
            line.put(nil)
        }
        Self.spawn {
            while let piece = line.take() {
                var sent = 0
                while sent < piece.count {
                    let count = piece.withUnsafeBytes { bytes in
                        bytes.baseAddress.map { send(target, $0 + sent, piece.count - sent, Int32(MSG_NOSIGNAL)) } ?? -1
                    }
                    guard count > 0 else { return }
                    sent += count
                }
            }
            shutdown(target, Int32(SHUT_WR))
        }
    }

    /// One direction.
    ///
    /// `@unchecked` because its state is touched under `condition` only.
    private final class Line: @unchecked Sendable {
        private let quality: Quality
        private let condition = NSCondition()
        private var pieces: [(arrival: Double, leaves: Double, bytes: [UInt8]?)] = []
        /// When everything that was put in has left the queue.
        private var free = 0.0

        init(_ quality: Quality) { self.quality = quality }

        private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

        /// Waits until the queue can take a packet more.
        func waitForRoom() {
            let most = Double(quality.queueBytes) * 8 / quality.bitsPerSecond
            let excess = condition.withLock { free - Self.now } - most
            if excess > 0 { usleep(UInt32(excess * 1e6)) }
        }

        func put(_ bytes: [UInt8]?) {
            condition.withLock {
                let bits = Double((bytes?.count ?? 0) + quality.headerBytes) * 8
                free = max(free, Self.now) + bits / quality.bitsPerSecond
                pieces.append((free + quality.delaySeconds, free, bytes))
                condition.signal()
            }
        }

        /// The next piece when it arrives; nil at the end.
        func take() -> [UInt8]? {
            let piece = condition.withLock {
                while pieces.isEmpty { condition.wait() }
                return pieces.removeFirst()
            }
            let wait = piece.arrival - Self.now
            if wait > 0 { usleep(UInt32(wait * 1e6)) }
            return piece.bytes
        }
    }

    // MARK: Sockets

    private static func spawn(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { body() }
        thread.start()
    }

    private static func socket() throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchmarkFailure("no socket: \(errno)") }
        return descriptor
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func connect(to port: UInt16) -> Int32? {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = loopback(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return descriptor }
        close(descriptor)
        return nil
    }

    /// What waits is to wait in the queue that is measured, and not in buffers of this machine.
    private static func prepare(_ descriptor: Int32) {
        let size = socklen_t(MemoryLayout<Int32>.size)
        var yes: Int32 = 1, small: Int32 = 4_096
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, size)
    }
}

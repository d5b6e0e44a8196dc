import Foundation
import Glibc

/// Sends back what it receives, on 127.0.0.1.
///
/// `@unchecked` because its state is touched under `lock` only.
final class EchoServer: @unchecked Sendable {
    let port: UInt16
    private let listening: Int32
    private let lock = NSLock()
    private var accepted = 0

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listening = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in acceptAll() }.start()
    }

    var connections: Int { lock.withLock { accepted } }

    func stop() { shutdown(listening, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while case let client = accept(listening, nil, nil), client >= 0 {
            lock.withLock { accepted += 1 }
            Thread {
                var bytes = [UInt8](repeating: 0, count: 4_096)
                while case let count = read(client, &bytes, bytes.count), count > 0 { _ = send(client, bytes, count, Int32(MSG_NOSIGNAL)) }
                close(client)
            }.start()
        }
        close(listening)
    }
}

/// A plain TCP client.
final class PlainClient {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// What comes until there is as much, the other side ends, or the time is over.
    func receive(_ count: Int, within seconds: Int) -> (bytes: [UInt8], hasEnded: Bool) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while all.count < count {
            let taken = read(descriptor, &piece, min(piece.count, count - all.count))
            if taken == 0 || (taken < 0 && errno != EAGAIN) { return (all, true) }
            if taken < 0 { return (all, false) }
            all += piece[..<taken]
        }
        return (all, false)
    }
}

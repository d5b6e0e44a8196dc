import Foundation
import Glibc

/// Plain sockets on this machine, for a weather link and for what else stands in for others.
public enum LoopbackSocket {
    /// A socket that listens on this machine's loopback, and its port. It is the caller's to close.
    /// - Throws: `FieldDeviceError`.
    public static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, Int32(LinkLimits.connections)) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else {
            defer { close(descriptor) }
            throw failure()
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func failure() -> FieldDeviceError {
        FieldDeviceError(.link, "The device's link cannot listen on this machine's loopback: \(String(cString: strerror(errno))).")
    }

    /// Connects by the first of the host's addresses that answers; nil if none does.
    static func connect(to host: String, _ port: UInt16) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
            if descriptor >= 0 {
                if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
                close(descriptor)
            }
            next = address.ai_next
        }
        return nil
    }

    /// What waits is to wait in the link, and not in buffers of this machine.
    static func prepare(_ descriptor: Int32) {
        let size = socklen_t(MemoryLayout<Int32>.size)
        var yes: Int32 = 1, small = LinkLimits.socketBytes
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, size)
    }

    /// Sends all of it, and blocks while the other side takes none.
    /// - Returns: false if the other side is gone.
    public static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Glibc.send(descriptor, $0 + sent, buffer.count - sent, Int32(MSG_NOSIGNAL)) } ?? -1
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Runs something that blocks on a thread of its own.
    public static func spawn(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { body() }
        thread.start()
    }
}

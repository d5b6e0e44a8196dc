import Glibc

/// Where a listener waits for connections.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IP address of this machine: `127.0.0.1`, `::1`, `0.0.0.0` (all of IPv4), `::` (all).
    public var host: String
    /// 0 takes any free port; the listener tells which.
    public var port: UInt16

    public init(host: String = "127.0.0.1", port: UInt16) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }
    var isIPv6: Bool { host.contains(":") }
    var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// A socket that listens here, and its real port. Throws the precise reason if there can be none.
    func listen() throws(WebSocketTransportError) -> (descriptor: Int32, port: UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else {
            throw WebSocketTransportError(.startFailed, "No socket for \(self): \(systemMessage(errno)).")
        }
        do throws(WebSocketTransportError) {
            return (descriptor, try listen(with: descriptor))
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    private func listen(with descriptor: Int32) throws(WebSocketTransportError) -> UInt16 {
        // A listener that was stopped a moment ago leaves sockets in TIME_WAIT; they are no hindrance.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard let bound = bind(descriptor) else {
            throw WebSocketTransportError(
                .addressNotAvailable, "'\(host)' is not an IP address; give one of this machine's, such as 127.0.0.1 or ::1.")
        }
        guard bound == 0, Glibc.listen(descriptor, LibrarySizes.backlog) == 0 else { throw refusal(errno) }
        // The port stands at the same place in an address of either family.
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let named = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard named == 0 else { throw refusal(errno) }
        return UInt16(bigEndian: address.sin6_port)
    }

    private func refusal(_ error: Int32) -> WebSocketTransportError {
        switch error {
        case EADDRINUSE:
            WebSocketTransportError(
                .portInUse, "Port \(port) on \(host) is in use; stop the other process or choose another port.")
        case EADDRNOTAVAIL:
            WebSocketTransportError(
                .addressNotAvailable, "\(host) is not an address of this machine; see `ip address` for those that are.")
        case EACCES:
            WebSocketTransportError(
                .permissionDenied, "Port \(port) on \(host) needs a privilege; choose a port from 1024 up.")
        default:
            WebSocketTransportError(.startFailed, "Cannot listen on \(self): \(systemMessage(error)).")
        }
    }

    /// The result of `bind`, or nil if the host is no IP address.
    private func bind(_ descriptor: Int32) -> Int32? {
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// The system's own words for an `errno`.
func systemMessage(_ error: Int32) -> String {
    String(cString: strerror(error))
}

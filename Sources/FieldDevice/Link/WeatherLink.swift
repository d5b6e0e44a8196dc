import Foundation
import Glibc

/// A line between a device and its hub with weather on it: a relay on this machine's loopback, to which the device connects,
/// and which connects on to the hub. It passes bytes, so it carries TLS as well as anything.
///
/// `@unchecked` because its state is touched under `lock` only.
public final class WeatherLink: @unchecked Sendable {
    /// Where the device connects to, on 127.0.0.1.
    public let port: UInt16
    private let host: String
    private let hubPort: UInt16
    private let listening: Int32
    private let lock = NSLock()
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private var current: LinkWeather
    private var bytes = (up: 0, down: 0)
    private var isStopped = false

    /// Listens from here on.
    /// - Throws: `FieldDeviceError`.
    public init(to host: String, _ hubPort: UInt16, weather: LinkWeather = .clear) throws {
        if let problem = weather.problem { throw FieldDeviceError(.link, problem) }
        self.host = host
        self.hubPort = hubPort
        current = weather
        (listening, port) = try LoopbackSocket.listen()
        LoopbackSocket.spawn { [self] in acceptAll() }
    }

    public var weather: LinkWeather { lock.withLock { current } }

    /// How many bytes were carried, from the device and to it, below WebSocket and TLS.
    public var carried: (up: Int, down: Int) { lock.withLock { bytes } }

    /// From now on, for connections that there are as well.
    /// - Throws: `FieldDeviceError`, with nothing changed.
    public func change(to weather: LinkWeather) throws {
        if let problem = weather.problem { throw FieldDeviceError(.link, problem) }
        let connections = lock.withLock {
            current = weather
            return Array(self.connections.values)
        }
        for connection in connections { connection.change(to: weather) }
    }

    /// Cuts the connections that there are, once.
    public func cut() { for connection in lock.withLock({ Array(connections.values) }) { connection.cut() } }

    /// Cuts everything, and listens no more.
    public func stop() {
        lock.withLock {
            isStopped = true
            shutdown(listening, Int32(SHUT_RDWR))
        }
        cut()
    }

    private func acceptAll() {
        defer { close(listening) }
        while true {
            let device = accept(listening, nil, nil)
            guard device >= 0 else { return }
            guard let connection = take(device) else {
                close(device)
                continue
            }
            // A connection in half-open weather gets no answer, as if its first packet were lost; a later one does.
            LoopbackSocket.spawn { [host, hubPort] in connection.run(to: host, hubPort) }
        }
    }

    private func take(_ device: Int32) -> LinkConnection? {
        lock.withLock {
            guard !isStopped, current.reach != .offline, connections.count < LinkLimits.connections else { return nil }
            let connection = LinkConnection(device: device, current) { [weak self] isUp, count in
                self?.lock.withLock { if isUp { self?.bytes.up += count } else { self?.bytes.down += count } }
            } onEnd: { [weak self] ended in
                self?.lock.withLock { self?.connections[ObjectIdentifier(ended)] = nil }
            }
            connections[ObjectIdentifier(connection)] = connection
            return connection
        }
    }
}

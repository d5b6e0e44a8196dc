import Foundation
import Glibc

/// One connection of a device through a weather link: two sockets, and a thread for each end of each direction.
///
/// `@unchecked` because its state is touched under `lock` only.
final class LinkConnection: @unchecked Sendable {
    private let lock = NSLock()
    private let device: Int32
    private var hub: Int32?
    /// Threads that may touch the sockets; the last one closes them.
    private var users = 1
    private var isCut = false
    private let up: LinkDirection
    private let down: LinkDirection
    private let onBytes: @Sendable (_ isUp: Bool, Int) -> Void
    private let onEnd: @Sendable (LinkConnection) -> Void

    /// Owns the socket from here on.
    init(
        device: Int32, _ weather: LinkWeather, onBytes: @escaping @Sendable (_ isUp: Bool, Int) -> Void,
        onEnd: @escaping @Sendable (LinkConnection) -> Void
    ) {
        self.device = device
        self.onBytes = onBytes
        self.onEnd = onEnd
        up = LinkDirection(weather)
        down = LinkDirection(weather)
    }

    func change(to weather: LinkWeather) {
        // Both are told, whatever the first says.
        let losses = [up.change(to: weather), down.change(to: weather)]
        if weather.reach == .offline || losses.contains(true) { cut() }
    }

    /// Ends it at once. What is under way is lost.
    func cut() {
        lock.withLock {
            guard !isCut else { return }
            isCut = true
            shutdown(device, Int32(SHUT_RDWR))
            if let hub { shutdown(hub, Int32(SHUT_RDWR)) }
        }
        up.cut()
        down.cut()
    }

    /// Connects to the hub, and carries bytes until one side ends. On a thread of its own.
    func run(to host: String, _ port: UInt16) {
        defer { leave() }
        guard let socket = LoopbackSocket.connect(to: host, port) else { return cut() }
        let isOpen = lock.withLock {
            hub = socket
            users += 3
            return !isCut
        }
        for descriptor in [device, socket] { LoopbackSocket.prepare(descriptor) }
        LoopbackSocket.spawn { [self] in deliver(up, to: socket) }
        LoopbackSocket.spawn { [self] in deliver(down, to: device) }
        LoopbackSocket.spawn { [self] in
            collect(down, from: socket, isUp: false)
            leave()
        }
        if isOpen { collect(up, from: device, isUp: true) }
    }

    private func collect(_ direction: LinkDirection, from source: Int32, isUp: Bool) {
        var piece = [UInt8](repeating: 0, count: LinkLimits.packetBytes)
        while true {
            direction.waitForRoom()
            let count = read(source, &piece, piece.count)
            guard count > 0 else { break }
            onBytes(isUp, count)
            direction.put(.bytes(Array(piece[..<count])))
        }
        direction.put(.end)
    }

    private func deliver(_ direction: LinkDirection, to target: Int32) {
        defer { leave() }
        while true {
            switch direction.take() {
            case .bytes(let piece):
                guard LoopbackSocket.send(piece, to: target) else { return cut() }
            case .end:
                shutdown(target, Int32(SHUT_WR))
                return
            case .cut, nil: return cut()
            }
        }
    }

    private func leave() {
        let isLast = lock.withLock {
            users -= 1
            return users == 0
        }
        guard isLast else { return }
        close(device)
        if let hub { close(hub) }
        onEnd(self)
    }
}

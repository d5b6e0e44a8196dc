import FieldDevice
import Foundation
import Scenarios
import Synchronization

/// A mail server on this machine's loopback, to which a scenario's hub hands what it writes to customers. It keeps everything in
/// memory; nobody's real mail passes here.
final class MailReceiver: Sendable {
    /// Where it listens, on 127.0.0.1.
    let port: UInt16
    private let listening: Int32
    private let mailboxes: Set<String>

    private struct State {
        var messages: [SMTPSession.Message] = []
        var connections: Set<Int32> = []
        var isStopped = false
    }

    private let state = Mutex(State())

    /// Connections at a time, messages that are kept, and seconds that a connection may be silent.
    private static let mostConnections = 16
    private static let mostMessages = 10_000
    private static let patience = 60

    /// - Parameter mailboxes: the addresses for which it takes mail; others are refused, as a server refuses who is not there.
    /// - Throws: `FieldDeviceError`.
    init(mailboxes: [String]) throws {
        self.mailboxes = Set(mailboxes.map { $0.lowercased() })
        (listening, port) = try LoopbackSocket.listen()
        LoopbackSocket.spawn { [self] in acceptAll() }
    }

    /// What came for an address, the oldest first.
    func messages(to address: String) -> [[UInt8]] {
        state.withLock { $0.messages.filter { $0.recipients.contains(address.lowercased()) }.map(\.bytes) }
    }

    /// Cuts every connection, and takes no more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for descriptor in state.connections.union([listening]) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        defer { close(listening) }
        while true {
            let descriptor = accept(listening, nil, nil)
            guard descriptor >= 0 else { return }
            let isWelcome = state.withLock { state in
                !state.isStopped && state.connections.count < Self.mostConnections && state.connections.insert(descriptor).inserted
            }
            guard isWelcome else {
                close(descriptor)
                continue
            }
            LoopbackSocket.spawn { [self] in
                serve(descriptor)
                state.withLock { _ = $0.connections.remove(descriptor) }
                close(descriptor)
            }
        }
    }

    private func serve(_ descriptor: Int32) {
        var patience = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var session = SMTPSession(mailboxes: mailboxes), lines = LineReader(descriptor, limit: SMTPSession.lineBytes)
        func answer(_ text: String) -> Bool { LoopbackSocket.send(Array("\(text)\r\n".utf8), to: descriptor) }
        guard answer(SMTPSession.greeting) else { return }
        while let line = lines.next() {
            switch session.take(line) {
            case .goOn: continue
            case .answer(let text): guard answer(text) else { return }
            case .take(let message):
                // Kept before it is answered for.
                let isKept = state.withLock { state in
                    guard state.messages.count < Self.mostMessages else { return false }
                    state.messages.append(message)
                    return true
                }
                guard answer(isKept ? SMTPSession.taken : "452 4.3.1 No more room") else { return }
            case .end(let text):
                _ = answer(text)
                return
            }
        }
    }
}

/// Lines of a socket, without their ends.
private struct LineReader {
    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// - Returns: nil when the other side is gone or silent, or says a line that is too long.
    mutating func next() -> ArraySlice<UInt8>? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = buffer[..<end]
                buffer.removeFirst(end + 1)
                return line.last == 0x0D ? line.dropLast() : line
            }
            guard buffer.count < limit else { return nil }
            var piece = [UInt8](repeating: 0, count: limit)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            buffer += piece[..<count]
        }
    }
}

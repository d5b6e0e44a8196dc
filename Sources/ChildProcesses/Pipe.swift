import Glibc
import Synchronization

/// A pair of connected descriptors: ours, and the one that the other process is given. A pair of sockets,
/// so that writing to a process that has ended is an error and not a signal.
final class Pipe: Sendable {
    enum Line {
        case line([UInt8])
        case end
        case timedOut
    }

    fileprivate struct State {
        var ours: Int32
        var theirs: Int32
        var buffer: [UInt8] = []
        var isAtEnd = false
    }

    fileprivate let state: Mutex<State>

    init() throws(ChildProcessError) {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
            throw ChildProcessError(.notStarted, "No pipe for another process: \(String(cString: strerror(errno)))")
        }
        state = Mutex(State(ours: pair[0], theirs: pair[1]))
    }

    deinit {
        closeOurs()
        closeTheirs()
    }

    var theirs: Int32 { state.withLock { $0.theirs } }

    func closeTheirs() {
        state.withLock { state in
            if state.theirs >= 0 { close(state.theirs) }
            state.theirs = -1
        }
    }

    func closeOurs() {
        state.withLock { state in
            if state.ours >= 0 { close(state.ours) }
            state.ours = -1
        }
    }

    /// False if the other side is gone or does not read in time.
    func write(_ bytes: [UInt8], until deadline: Deadline) -> Bool {
        state.withLock { state in
            var rest = bytes[...]
            while !rest.isEmpty {
                var item = pollfd(fd: state.ours, events: Int16(POLLOUT), revents: 0)
                guard poll(&item, 1, deadline.milliseconds) > 0 else { return false }
                let sent = rest.withUnsafeBytes {
                    send(state.ours, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                guard sent > 0 || errno == EAGAIN || errno == EINTR else { return false }
                rest = rest.dropFirst(max(sent, 0))
            }
            return true
        }
    }

    func readLine(until deadline: Deadline) -> Line {
        state.withLock { state in
            while true {
                if let end = state.buffer.firstIndex(of: 0x0A) {
                    let line = Array(state.buffer[..<end])
                    state.buffer.removeFirst(end + 1)
                    return .line(line)
                }
                if state.isAtEnd { return .end }
                var item = pollfd(fd: state.ours, events: Int16(POLLIN), revents: 0)
                guard poll(&item, 1, deadline.milliseconds) > 0 else {
                    if deadline.isPast { return .timedOut }
                    continue
                }
                state.readSome()
            }
        }
    }

    /// What was read and is no line of anybody.
    var rest: [UInt8] { state.withLock { $0.buffer } }

    /// Reads all of them to their ends. False if that takes too long.
    static func readAll(_ pipes: [Pipe], until deadline: Deadline) -> Bool {
        while true {
            let open = pipes.filter { pipe in pipe.state.withLock { !$0.isAtEnd } }
            if open.isEmpty { return true }
            if deadline.isPast { return false }
            var items = open.map { pipe in pollfd(fd: pipe.state.withLock { $0.ours }, events: Int16(POLLIN), revents: 0) }
            guard poll(&items, nfds_t(items.count), deadline.milliseconds) > 0 else { continue }
            for (item, pipe) in zip(items, open) where item.revents != 0 { pipe.state.withLock { $0.readSome() } }
        }
    }
}

extension Pipe.State {
    fileprivate mutating func readSome() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(ours, &piece, piece.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            buffer += piece[..<count]
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            isAtEnd = true
        }
    }
}

/// A moment on the clock that nobody sets.
struct Deadline {
    private let moment: ContinuousClock.Instant

    init(_ seconds: Double) { moment = .now + .milliseconds(Int64(seconds * 1000)) }

    var isPast: Bool { .now >= moment }
    /// In seconds; 0 once it is past.
    var remaining: Double { Double(milliseconds) / 1000 }
    /// For `poll`.
    var milliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: moment).components
        return Int32(clamping: max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1))
    }
}

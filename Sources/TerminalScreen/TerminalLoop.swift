import Dispatch
import Glibc
import Synchronization

/// Waits for the person, for the rest of the program and for the system, and hands on what came, on the thread that runs it.
public final class TerminalLoop<Message: Sendable>: Sendable {
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let state = Mutex(State())

    private struct State: Sendable {
        var messages: [Message] = []
        var isResized = false
        var isEnding = false
        /// A byte stands in the pipe.
        var isWoken = false
    }

    /// What came.
    public enum Arrival: Sendable {
        case input(InputEvent)
        case message(Message)
        /// The system asks the program to end, or the terminal is gone.
        case end
    }

    /// How long an escape waits for what would make a sequence of it, in milliseconds.
    private static var escapeMilliseconds: Int32 { 30 }

    /// - Throws: `TerminalError` if the system has no pipe left.
    public init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TerminalError("No pipe could be made: \(String(cString: strerror(errno))).") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakeRead = ends[0]
        wakeWrite = ends[1]
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    /// Hands a message to whoever runs the loop; from any thread.
    ///
    /// - Parameter isObsolete: which of the messages that still wait say nothing any more beside this one; so a screen that does not
    ///   read for long makes no queue grow.
    public func post(_ message: Message, isObsolete: (Message) -> Bool = { _ in false }) {
        wake { state in
            state.messages.removeAll(where: isObsolete)
            state.messages.append(message)
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            change(&state)
            defer { state.isWoken = true }
            return !state.isWoken
        }
        guard isFirst else { return }
        var byte: UInt8 = 0
        _ = write(wakeWrite, &byte, 1)
    }

    /// Runs until `handle` says false.
    ///
    /// - Parameter handle: takes all that came at once, so that many events make one frame.
    public func run(_ terminal: Terminal, _ handle: ([Arrival]) throws -> Bool) rethrows {
        let signals = [SIGWINCH, SIGTERM, SIGHUP, SIGINT].map { source(for: $0) }
        defer { for source in signals { source.cancel() } }
        var decoder = InputDecoder()
        while true {
            var descriptors = [
                pollfd(fd: terminal.inputDescriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&descriptors, 2, decoder.isWaiting ? Self.escapeMilliseconds : -1)
            if ready < 0, errno != EINTR { return }
            var arrivals: [Arrival] = []
            if ready == 0 { arrivals += decoder.flush().map { .input($0) } }
            if descriptors[0].revents != 0 {
                if let bytes = terminal.read() { arrivals += decoder.decode(bytes).map { .input($0) } } else { arrivals.append(.end) }
            }
            if descriptors[1].revents != 0 { arrivals += takeMessages(terminal) }
            if !arrivals.isEmpty, try !handle(arrivals) { return }
        }
    }

    private func takeMessages(_ terminal: Terminal) -> [Arrival] {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = read(wakeRead, &bytes, bytes.count)
        let taken = state.withLock { state in
            defer { state = State() }
            return state
        }
        var arrivals: [Arrival] = taken.messages.map { .message($0) }
        if taken.isResized { arrivals.append(.input(.resize(terminal.size))) }
        if taken.isEnding { arrivals.append(.end) }
        return arrivals
    }

    private func source(for number: Int32) -> any DispatchSourceSignal {
        if number != SIGWINCH { signal(number, SIG_IGN) }
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [weak self] in
            self?.wake { if number == SIGWINCH { $0.isResized = true } else { $0.isEnding = true } }
        }
        source.resume()
        return source
    }
}

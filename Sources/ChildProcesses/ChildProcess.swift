import Glibc
import Synchronization

/// A program in a process of its own.
///
/// Nothing here waits without a deadline, and how the process ended is never overlooked: whoever waits for
/// it is told. A process that nobody waited for is killed with its owner.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum End: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        /// By a signal that it did not handle; a crash is one of them.
        case signalled(Int32)

        public var description: String {
            switch self {
            case .exited(let code): "ended with code \(code)"
            case .signalled(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
            }
        }
    }

    public let pid: pid_t
    /// What messages call it.
    public let name: String
    private let input: Pipe
    private let output: Pipe
    private let end = Mutex<End?>(nil)

    /// Starts a program. It inherits standard error, and whatever was opened without being closed on exec.
    ///
    /// - Parameter program: its path.
    public convenience init(_ program: String, _ arguments: [String]) throws(ChildProcessError) {
        try self.init(program, arguments, errors: nil)
    }

    init(_ program: String, _ arguments: [String], errors: Pipe?) throws(ChildProcessError) {
        name = program.split(separator: "/").last.map(String.init) ?? program
        input = try Pipe()
        output = try Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.theirs, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output.theirs, STDOUT_FILENO)
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors.theirs, STDERR_FILENO) }
        // The thread that starts it may block signals, and the process may ignore some.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let error = posix_spawn(&pid, program, &actions, &attributes, &words, environ)
        guard error == 0 else {
            throw ChildProcessError(.notStarted, "\(program) could not be started: \(String(cString: strerror(error)))")
        }
        self.pid = pid
        input.closeTheirs()
        output.closeTheirs()
        errors?.closeTheirs()
    }

    deinit {
        guard end.withLock({ $0 }) == nil else { return }
        kill(pid, SIGKILL)
        // Killed, so this does not wait long; a process that the system cannot end is left to it.
        _ = try? wait(within: 5)
    }

    // MARK: Talking

    public func write(_ text: String, within seconds: Double = 30) throws(ChildProcessError) {
        guard input.write(Array(text.utf8), until: Deadline(seconds)) else { throw failure("did not take its input") }
    }

    public func closeInput() { input.closeOurs() }

    /// The next line that it prints, without its end; nil when there are no more.
    public func readLine(within seconds: Double) throws(ChildProcessError) -> String? {
        switch output.readLine(until: Deadline(seconds)) {
        case .line(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .end: return nil
        case .timedOut: throw failure("printed no line within \(seconds) s")
        }
    }

    public func send(_ signal: Int32) { kill(pid, signal) }

    // MARK: Ending

    /// How it ended, if it has.
    public var ended: End? {
        end.withLock { end in
            if end != nil { return end }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            // The bits are those of <sys/wait.h>, whose macros do not import.
            end = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
            return end
        }
    }

    /// Waits until it has ended.
    public func wait(within seconds: Double) throws(ChildProcessError) -> End {
        let deadline = Deadline(seconds)
        var pause: UInt32 = 500
        while true {
            if let ended { return ended }
            guard !deadline.isPast else { throw failure("did not end within \(seconds) s") }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }

    /// Waits for an end with code 0; anything else, a crash above all, is an error. What does not end is killed.
    public func waitForSuccess(within seconds: Double) throws(ChildProcessError) {
        let end: End
        do {
            end = try wait(within: seconds)
        } catch {
            kill(pid, SIGKILL)
            _ = try wait(within: seconds)
            throw error
        }
        guard end == .exited(0) else { throw ChildProcessError(.failed, "\(name) \(end).") }
    }

    /// Ends it at once, as a machine whose power fails.
    public func killNow() throws(ChildProcessError) {
        kill(pid, SIGKILL)
        _ = try wait(within: 30)
    }

    private func failure(_ what: String) -> ChildProcessError {
        if let ended { return ChildProcessError(.failed, "\(name) \(ended).") }
        return ChildProcessError(.timedOut, "\(name) (process \(pid)) \(what).")
    }

    // MARK: Whole runs

    public struct Outcome: Sendable {
        public var end: End
        public var output: String
        public var errors: String
    }

    /// Runs a program to its end, with nothing to read.
    public static func run(
        _ program: String, _ arguments: [String], within seconds: Double
    ) throws(ChildProcessError) -> Outcome {
        let errors = try Pipe()
        let child = try ChildProcess(program, arguments, errors: errors)
        child.closeInput()
        let deadline = Deadline(seconds)
        guard Pipe.readAll([child.output, errors], until: deadline) else { throw child.failure("did not end within \(seconds) s") }
        let end = try child.wait(within: max(1, deadline.remaining))
        return Outcome(
            end: end, output: String(decoding: child.output.rest, as: UTF8.self), errors: String(decoding: errors.rest, as: UTF8.self))
    }
}

public struct ChildProcessError: Error, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        case notStarted
        case timedOut
        /// It ended, and not with code 0.
        case failed
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

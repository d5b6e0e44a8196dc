import Dispatch
import Glibc

/// The terminal that a program runs in: full-screen while it is entered, and as it was found afterwards.
///
/// To be used from one thread.
public final class Terminal {
    private let input: Int32
    private let output: Int32
    private var found = termios()
    private var isEntered = false

    /// The alternate screen, bracketed paste, and the mouse: buttons, and moves while one is held, in SGR form.
    private static let enterSequence = Array("\u{1B}[?1049h\u{1B}[?2004h\u{1B}[?1002h\u{1B}[?1006h\u{1B}[?25l".utf8)
    /// All of that back, styles and cursor as well.
    private static let leaveSequence = Array("\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?2004l\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l".utf8)

    /// - Throws: `TerminalError` if these are no terminal.
    public init(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) throws {
        guard isatty(input) == 1, isatty(output) == 1, tcgetattr(input, &found) == 0 else {
            throw TerminalError("This needs a terminal to read from and to write to. In scripts use: fieldsim shell; for lines of text: --plain")
        }
        self.input = input
        self.output = output
    }

    /// Takes the terminal: every key comes at once and unseen, Ctrl-C among them.
    public func enter() throws {
        guard !isEntered else { return }
        TerminalRestore.arm(found, Self.leaveSequence, on: output)
        var raw = found
        cfmakeraw(&raw)
        guard tcsetattr(input, TCSAFLUSH, &raw) == 0 else { throw TerminalError("The terminal refused to be set up: \(String(cString: strerror(errno))).") }
        isEntered = true
        write(Self.enterSequence)
    }

    /// Gives the terminal back as it was found.
    public func leave() {
        guard isEntered else { return }
        isEntered = false
        write(Self.leaveSequence)
        var attributes = found
        tcsetattr(input, TCSAFLUSH, &attributes)
        TerminalRestore.disarm()
    }

    /// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again when it goes on.
    public func suspend() throws {
        leave()
        raise(SIGSTOP)
        try enter()
    }

    /// How large it is now; 80 × 24 where nobody knows.
    public var size: Size {
        var window = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return Size(columns: 80, rows: 24) }
        // Nobody's screen is larger; a frame would take long.
        return Size(columns: min(Int(window.ws_col), 1_000), rows: min(Int(window.ws_row), 500))
    }

    public func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count > 0 {
                rest.removeFirst(count)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, 1_000)
            } else if errno != EINTR {
                // The terminal is gone: SIGHUP ends the program.
                return
            }
        }
    }

    /// What was typed, as far as it is there. Nil when nothing will come any more.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(input, &buffer, buffer.count)
        if count > 0 { return Array(buffer[..<count]) }
        return count == 0 || (errno != EINTR && errno != EAGAIN) ? nil : []
    }

    var inputDescriptor: Int32 { input }
}

import Glibc

/// Gives the terminal back when the process dies of a defect.
///
/// A handler of signals may use nothing but memory that stands ready and functions that are safe in it (signal-safety(7)):
/// `tcsetattr`, `write`, `signal` and `raise` are.
enum TerminalRestore {
    // Written by `arm` before the handlers are there and by `disarm` behind that, on the one thread that owns the terminal; a handler
    // only reads them.
    private nonisolated(unsafe) static let attributes = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    private nonisolated(unsafe) static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: limit)
    private nonisolated(unsafe) static var count = 0
    private nonisolated(unsafe) static var descriptor: Int32 = -1
    private static let limit = 256
    /// A stack of its own for the handler: the thread's may be what has overflowed.
    private nonisolated(unsafe) static let handlerStack = UnsafeMutableRawPointer.allocate(byteCount: handlerStackBytes, alignment: 16)
    private static let handlerStackBytes = 64 << 10
    private static let defects = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE]

    /// From now on a crash puts these attributes back and writes these bytes.
    static func arm(_ found: termios, _ restore: [UInt8], on terminal: Int32) {
        precondition(restore.count <= limit, "more bytes than a crash may write")
        attributes.initialize(to: found)
        bytes.update(from: restore, count: restore.count)
        count = restore.count
        descriptor = terminal
        var stack = stack_t(ss_sp: handlerStack, ss_flags: 0, ss_size: handlerStackBytes)
        sigaltstack(&stack, nil)
        for signal in defects {
            var action = sigaction()
            action.sa_flags = SA_ONSTACK
            action.__sigaction_handler.sa_handler = { signal in
                if TerminalRestore.descriptor >= 0 {
                    _ = write(TerminalRestore.descriptor, TerminalRestore.bytes, TerminalRestore.count)
                    tcsetattr(TerminalRestore.descriptor, TCSANOW, TerminalRestore.attributes)
                }
                // As it would have ended without this.
                Glibc.signal(signal, SIG_DFL)
                raise(signal)
            }
            sigaction(signal, &action, nil)
        }
    }

    static func disarm() {
        descriptor = -1
        for signal in defects { Glibc.signal(signal, SIG_DFL) }
    }
}

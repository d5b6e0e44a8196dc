import Glibc

/// The process's handlers of the signals that libwebsockets takes over in libuv mode.
///
/// A transport has no business with signals. libuv installs its own handlers when a context is made;
/// restoring what was there before undoes that. A signal that arrives in between reaches libuv, whose
/// callback raises it again for the real handler. A handler that the application installs in that very
/// moment is lost: install handlers before the first transport, or after its initializer has returned.
enum SignalDispositions {
    private static let signals = [SIGINT, SIGTERM, SIGSEGV, SIGFPE, SIGHUP]

    /// Runs `body`, and leaves the handlers as they were before. Not for two threads at the same time: the
    /// second would keep libuv's.
    static func preserving<Result>(_ body: () -> Result) -> Result {
        let before = signals.map { signal in
            var action = sigaction()
            sigaction(signal, nil, &action)
            return action
        }
        defer {
            for (signal, var action) in zip(signals, before) { sigaction(signal, &action, nil) }
        }
        return body()
    }
}

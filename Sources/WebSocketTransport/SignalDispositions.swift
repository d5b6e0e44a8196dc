import Glibc

/// The process's handlers of the signals that libwebsockets takes over in libuv mode.
///
/// A transport has no business with signals. libuv installs its own handlers when the context is made and
/// resets them to the default when it is destroyed; both are undone by restoring what was there before. A
/// signal that arrives in between reaches libuv, whose callback raises it again for the real handler.
struct SignalDispositions {
    private static let signals = [SIGINT, SIGTERM, SIGSEGV, SIGFPE, SIGHUP]
    private var actions: [sigaction] = []

    init() {
        for signal in Self.signals {
            var action = sigaction()
            sigaction(signal, nil, &action)
            actions.append(action)
        }
    }

    func restore() {
        for (signal, var action) in zip(Self.signals, actions) {
            sigaction(signal, &action, nil)
        }
    }

    /// Runs `body`, and leaves the handlers as they were before.
    static func preserving<Result>(_ body: () -> Result) -> Result {
        let before = SignalDispositions()
        defer { before.restore() }
        return body()
    }
}

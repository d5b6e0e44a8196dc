import Glibc

/// Keeps a connection that the other side has closed from ending the process: libcurl and OpenSSL may write to it once more, and the signal
/// that follows is not theirs to handle. Blocked on this thread only, so nothing is changed for others.
enum BrokenPipeSignal {
    static func blocked<Result>(_ body: () -> Result) -> Result {
        var signals = sigset_t(), before = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        defer {
            // One that came meanwhile is taken away before signals are let through again, unless they were blocked before.
            if sigismember(&before, SIGPIPE) == 0 {
                var none = timespec()
                while sigtimedwait(&signals, nil, &none) == SIGPIPE {}
            }
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        return body()
    }
}

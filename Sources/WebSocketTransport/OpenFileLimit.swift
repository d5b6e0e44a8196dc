import Glibc

/// How many descriptors this process may have open (`RLIMIT_NOFILE`). Each connection takes one.
public enum OpenFileLimit {
    /// Raises the limit towards `count` as far as the system allows, and returns what it is now. To be
    /// called before the first transport: libwebsockets never looks again.
    public static func raise(to count: Int) -> Int {
        var limit = current
        if limit.rlim_cur < rlim_t(count) {
            let before = limit.rlim_cur
            limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// libwebsockets takes more for a mistake, and then allows 2,560 in all. Containers often have more.
    private static let mostBelieved = rlim_t(10_000_000)

    /// Runs `body` under a limit that libwebsockets accepts as it is.
    static func withOneThatTheLibraryBelieves<Result>(_ body: () -> Result) -> Result {
        var before = current
        guard before.rlim_cur > mostBelieved else { return body() }
        var lower = before
        lower.rlim_cur = 1 << 20
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &lower)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        return body()
    }

    private static var current: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}

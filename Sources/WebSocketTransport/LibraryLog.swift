import CLibwebsockets
import Glibc
import Synchronization

/// The last error lines of libwebsockets, which are the only place where it says why something failed.
///
/// Its log is one for the whole process. Lines are kept for each thread of a transport, so that one
/// transport never quotes another's.
enum LibraryLog {
    /// By thread. Threads of transports never end, so none is ever left behind here.
    private static let lines = Mutex<[pthread_t: [String]]>([:])
    private static let keptLines = 8

    /// Takes the library's log. Errors are kept, and everything else is dropped: a hostile peer must not
    /// be able to fill the operator's log.
    static func install() { _ = installed }

    private static let installed: Void = {
        lws_set_log_level(LLL_ERR) { _, line in
            guard let line else { return }
            let text = String(cString: line)
            LibraryLog.lines.withLock { lines in
                // Nobody would read what is said on a thread that is no transport's.
                guard var kept = lines[pthread_self()] else { return }
                kept.append(text.last == "\n" ? String(text.dropLast()) : text)
                if kept.count > keptLines { kept.removeFirst() }
                lines[pthread_self()] = kept
            }
        }
    }()

    /// Forgets what was said on this thread. To be called before each call whose failure quotes `text`.
    static func clear() { lines.withLock { $0[pthread_self()] = [] } }

    /// What was said on this thread since it was cleared.
    static var text: String { lines.withLock { $0[pthread_self(), default: []].joined(separator: "; ") } }
}

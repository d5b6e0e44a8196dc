import CLibwebsockets
import Synchronization

/// The last error lines of libwebsockets, which are the only place where it says why something failed.
///
/// Its log is one for the whole process; lines of two transports that start at once may mix.
enum LibraryLog {
    private static let lines = Mutex<[String]>([])
    private static let keptLines = 8

    /// Takes the library's log. Errors are kept, and everything else is dropped: a hostile peer must not
    /// be able to fill the operator's log.
    static let install: Void = {
        lws_set_log_level(LLL_ERR) { _, line in
            guard let line else { return }
            let text = String(cString: line)
            LibraryLog.lines.withLock { lines in
                lines.append(text.last == "\n" ? String(text.dropLast()) : text)
                if lines.count > keptLines { lines.removeFirst() }
            }
        }
    }()

    static func clear() { lines.withLock { $0 = [] } }

    static var text: String { lines.withLock { $0.joined(separator: "; ") } }
}

import Foundation
import Synchronization

/// Keeps a second process from opening a store: a locked file beside it. The system frees the lock when
/// the process ends, however it ends; the file itself stays and means nothing.
package final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// - Parameter path: of the store.
    /// - Throws: `StorageFault`: `inUse`, `readOnly` or `io`.
    package init(storeAt path: String) throws {
        let file = path + ".lock"
        let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            let reason = String(cString: strerror(errno))
            switch errno {
            case EACCES, EPERM, EROFS:
                throw StorageFault(.readOnly, "Cannot write \(file): \(reason). Make the store's folder writable for this user.")
            case ENOSPC, EDQUOT:
                throw StorageFault(.full, "Cannot write \(file): \(reason). Free some space and start again.")
            default:
                throw StorageFault(.io, "Cannot open \(file): \(reason). Check the path of the store.")
            }
        }
        // A child process must not inherit the lock through the descriptor; a second open in this process
        // is refused as well, because flock belongs to the open file and not to the process.
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            if code == EWOULDBLOCK {
                throw StorageFault(.inUse, "The store at \(path) is open already. Stop the process that uses it, then start again.")
            }
            throw StorageFault(.io, "Cannot lock \(file): \(String(cString: strerror(code))).")
        }
        descriptor = Mutex(opened)
    }

    /// Gives the store free; further calls do nothing.
    package func release() {
        descriptor.withLock { held in
            if let held {
                // A process that is just being started shares the descriptor until it runs its program;
                // closing alone would leave the lock with it for that moment.
                _ = flock(held, LOCK_UN)
                close(held)
            }
            held = nil
        }
    }

    deinit { release() }
}

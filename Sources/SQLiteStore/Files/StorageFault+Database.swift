import Foundation
import GRDB

extension StorageFault {
    /// What a database's error means to the one who runs the store.
    ///
    /// - Parameter systemError: SQLite's record of the system's error, where the connection is at hand: on
    ///   some paths it folds "no space" into a general I/O error.
    package init(_ error: DatabaseError, at path: String, systemError: Int32 = 0) {
        let reason = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.full, "No space is left for the store at \(path). Nothing was changed; free some space and try again.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.readOnly, "The store at \(path) cannot be written (\(reason)). Make the file and its folder writable.")
        case .SQLITE_CANTOPEN:
            self.init(.readOnly, "The store at \(path) cannot be opened (\(reason)). Check that this user may write the file and its folder.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.inUse, "Another program holds the store at \(path). Stop it, and never open the live file with another tool.")
        case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_FORMAT:
            self.init(.corrupt, "The file at \(path) is not a store, or is damaged (\(reason)). Check the path, or restore a backup.")
        case .SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT:
            self.init(.full, "No space is left for the store at \(path). Nothing was changed; free some space and try again.")
        default:
            self.init(.io, "The store at \(path) failed: \(reason) (SQLite code \(error.extendedResultCode.rawValue)).")
        }
    }
}

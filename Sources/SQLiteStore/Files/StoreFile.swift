import CSQLiteMemory
import Foundation
import GRDB

/// Opens the connections to a store's file as every store here needs them.
///
/// One connection does every write and every checkpoint: SQLite before 3.51.3 can corrupt a WAL database
/// when two connections write or checkpoint at once. Readers are opened read-only, are `query_only`, and
/// never checkpoint.
package enum StoreFile {
    /// Memory for pages: 128 MiB where writes happen, 16 MiB for each reader.
    private static let writerCacheKibibytes = 131_072
    private static let readerCacheKibibytes = 16_384
    /// A checkpoint of 40 MiB writes a hot page once that commits wrote many times.
    private static let checkpointPages = 10_000
    private static let readers = 4
    /// Done once, before the first store of the process is opened.
    private static let allocateUncounted: Void = converge_sqlite_allocate_uncounted()

    /// - Parameters:
    ///   - path: of the database, which is made if it is not there.
    ///   - label: names the connections in diagnostics.
    /// - Throws: `StorageFault`.
    package static func open(at path: String, label: String) throws -> DatabasePool {
        allocateUncounted
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(label: label))
            // GRDB sets NORMAL once it has switched to WAL: an acknowledged commit could be lost then.
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
                precondition(synchronous == 2, "the writer does not wait for the disk")
            }
            return pool
        } catch let error as DatabaseError {
            throw StorageFault(error, at: path)
        }
    }

    /// Makes an empty file that only this user reads: a store holds secrets.
    package static func makePrivate(at path: String) throws {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw fault(errno, "make", path) }
        Foundation.close(descriptor)
    }

    /// Checks, without touching it, that a file is a store of ours: SQLite would change the journal mode
    /// of any database.
    package static func checkHeader(of path: String, applicationID: Int32) throws {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault(errno, "read", path) }
        defer { Foundation.close(descriptor) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = Foundation.read(descriptor, &header, header.count)
        guard count >= 0 else { throw fault(errno, "read", path) }
        let identity = header[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) }
        guard count == header.count, header.starts(with: Array("SQLite format 3\0".utf8)), identity == applicationID else {
            throw StorageFault(.corrupt, """
                The file at \(path) is not a store of this program, or making it was interrupted. Check the path; an \
                interrupted new store is removed and made anew, a damaged one is restored from a backup.
                """)
        }
    }

    /// Brings everything into the file itself, so that it is whole without its log.
    package static func emptyLog(of pool: DatabasePool) throws {
        let left = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate).walFrameCount }
        guard left <= 0 else { throw StorageFault(.inUse, "The log of the store at \(pool.path) is being read. Stop whatever reads it, and try again.") }
    }

    /// Ends all use of a store, which is then whole in its file. If the log cannot be emptied, for want of space for
    /// instance, it stays, and what it holds is as safe as before.
    package static func close(_ pool: DatabasePool) throws {
        do {
            try emptyLog(of: pool)
        } catch {
            // The next opening takes the log up.
        }
        try pool.close()
    }

    /// Lets nothing that was deleted stand in a store's files: writes the database anew, and empties the log, which holds
    /// older pages.
    ///
    /// - Parameter compacting: without it only the log is emptied.
    package static func scrub(_ pool: DatabasePool, compacting: Bool) throws {
        if compacting { try pool.writeWithoutTransaction { try compact($0) } }
        // A reader that is at work needs the log; readers are done in moments.
        for _ in 0..<scrubAttempts {
            do {
                let result = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                if result.walFrameCount <= 0 { return }
            } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                usleep(scrubPauseMicroseconds)
                continue
            }
            usleep(scrubPauseMicroseconds)
        }
        throw StorageFault(.inUse, "The store's log could not be emptied because it is being read; what was erased may still stand in it. Erase once more.")
    }

    private static func compact(_ database: Database) throws {
        // The copy that it makes on the way is as large as the database: too large for memory.
        try database.execute(sql: "PRAGMA temp_store = FILE")
        try database.execute(sql: "VACUUM")
        try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }

    private static let scrubAttempts = 200
    private static let scrubPauseMicroseconds: UInt32 = 25_000

    /// Removes what is left of a store that was never complete. What cannot be removed stays.
    package static func discard(at path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    /// Gives a complete file its name, durably.
    package static func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw fault(errno, "write", target) }
        try synchronizeFolder(of: target)
    }

    /// Copies a closed file to a new one that only this user reads, durably.
    package static func copy(_ path: String, to target: String) throws {
        try makePrivate(at: target)
        let source = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw fault(errno, "read", path) }
        defer { Foundation.close(source) }
        let copy = Foundation.open(target, O_WRONLY | O_CLOEXEC)
        guard copy >= 0 else { throw fault(errno, "write", target) }
        defer { Foundation.close(copy) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Foundation.read(source, &buffer, buffer.count)
            guard count >= 0 else { throw fault(errno, "read", path) }
            if count == 0 { break }
            var written = 0
            while written < count {
                let step = buffer[written..<count].withUnsafeBytes { Foundation.write(copy, $0.baseAddress, $0.count) }
                guard step > 0 else { throw fault(errno, "write", target) }
                written += step
            }
        }
        guard fsync(copy) == 0 else { throw fault(errno, "synchronise", target) }
    }

    /// Makes new names in the store's folder durable.
    package static func synchronizeFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = Foundation.open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault(errno, "open the folder", folder) }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw fault(errno, "synchronise the folder", folder) }
    }

    package static func fault(_ code: Int32, _ action: String, _ path: String) -> StorageFault {
        let kind: StorageFault.Code = switch code {
        case EACCES, EPERM, EROFS: .readOnly
        case ENOSPC, EDQUOT: .full
        default: .io
        }
        return StorageFault(kind, "Cannot \(action) \(path): \(String(cString: strerror(code))). Mend that and try again.")
    }

    private static func configuration(label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.foreignKeysEnabled = false
        configuration.maximumReaderCount = readers
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            if database.configuration.readonly {
                try database.execute(sql: """
                    PRAGMA query_only = 1;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = -\(readerCacheKibibytes);
                    """)
            } else {
                try database.execute(sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA wal_autocheckpoint = \(checkpointPages);
                    PRAGMA cache_size = -\(writerCacheKibibytes);
                    """)
            }
        }
        return configuration
    }

    /// Checks that a store can be opened, or made, at a path, so far as that can be told before.
    ///
    /// - Parameter mustExist: whether a missing file is an error, or a present one.
    package static func checkPresence(of path: String, mustExist: Bool) throws {
        let manager = FileManager.default
        let exists = manager.fileExists(atPath: path)
        if mustExist, !exists {
            throw StorageFault(.io, "There is no store at \(path). Check the path, or create a store first.")
        }
        if !mustExist, exists {
            throw StorageFault(.io, "There is a file at \(path) already. Open it, or choose another path for the new store.")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if !manager.fileExists(atPath: folder) {
            throw StorageFault(.io, "There is no folder \(folder). Create it, or choose another path for the store.")
        }
        // SQLite keeps its log beside the file, so both must be writable.
        if !manager.isWritableFile(atPath: folder) || (exists && !manager.isWritableFile(atPath: path)) {
            throw StorageFault(.readOnly, "Cannot write \(path) or its folder. Make both writable for this user.")
        }
    }
}

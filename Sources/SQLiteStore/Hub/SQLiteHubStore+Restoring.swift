import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine

extension SQLiteHubStore {
    /// How far sites jump with each epoch, so that none is given twice: those that were given after the backup are known
    /// to nobody here. By epoch and not by restore, because one backup may be restored several times.
    static let siteJump: UInt64 = 1 << 20
    /// Likewise the places in the hub's own stream. An import takes a place for each of its lines.
    static let counterJump: Int64 = 1 << 40

    /// Puts a backup in the place of a store, as the beginning of a new epoch.
    ///
    /// The store that stood there, if any, is kept beside it under another name. At every instant one of the two stands
    /// whole at `path`: a restore that is interrupted, by whatever, is begun anew or left alone.
    ///
    /// - Parameters:
    ///   - backup: a file that `backup(to:)` made, or any closed store.
    ///   - path: of the store. Nobody may have it open.
    ///   - endedEpoch: the epoch that the lost hub was in, or a later one. It has to be given where the store at `path` is
    ///     gone or cannot tell: an epoch that is begun a second time lets hub and devices differ for ever.
    /// - Throws: `HubStoreError`.
    public static func restore(from backup: String, to path: String, endedEpoch: UInt32? = nil) throws -> RestoredHub {
        try restore(from: backup, to: path, endedEpoch: endedEpoch, before: { _ in })
    }

    /// - Parameter before: is told each step before it is taken; tests stop there.
    static func restore(
        from backup: String, to path: String, endedEpoch: UInt32?, before: (RestoreStep) throws -> Void
    ) throws -> RestoredHub {
        try translating(path) {
            try StoreFile.checkPresence(of: backup, mustExist: true)
            try StoreFile.checkHeader(of: backup, applicationID: HubTables.applicationID)
            let lock = try StoreLock(storeAt: path)
            defer { lock.release() }
            let partial = path + ".restoring"
            try before(.inspect)
            StoreFile.discard(at: partial)
            try StoreFile.dropSecondNames(of: path)
            let former = try FormerStore.inspect(at: path)
            let ended = try former.endedEpoch(given: endedEpoch, at: path)
            do {
                try before(.copy)
                try StoreFile.copy(backup, to: partial)
                // A copy that was made while the store was open has its latest commits here.
                if FileManager.default.fileExists(atPath: backup + "-wal") {
                    try StoreFile.copy(backup + "-wal", to: partial + "-wal")
                }
                try before(.begin)
                let hub = try beginEpoch(inStoreAt: partial, above: ended)
                let kept = try putInPlace(partial, of: path, former, before)
                return RestoredHub(hub: hub, former: kept, isOffered: former.offers(hub.kept.last))
            } catch {
                StoreFile.discard(at: partial)
                throw error
            }
        }
    }

    /// - Parameters:
    ///   - partial: a whole store in one file.
    ///   - path: of the store that gives way to it.
    /// - Returns: under which name that is kept; nil if there was none.
    private static func putInPlace(
        _ partial: String, of path: String, _ former: FormerStore, _ before: (RestoreStep) throws -> Void
    ) throws -> String? {
        try before(.keep)
        let kept = try StoreFile.giveSecondName(to: path)
        // A store that could be read is whole in its file. The log of one that could not must not be taken for the new
        // one's; it goes with the file that it belongs to.
        try before(.clear)
        switch former {
        case .readable, .none: try StoreFile.removeEmptyLog(of: path)
        case .unreadable: if let kept { try StoreFile.moveLog(of: path, to: kept) }
        }
        try before(.replace)
        try StoreFile.move(partial, to: path)
        return kept
    }

    /// Ends the epoch of a store at its head, and begins the next.
    private static func beginEpoch(inStoreAt path: String, above lowest: UInt32) throws -> HubIdentity {
        let pool = try StoreFile.open(at: path, label: "hub")
        let hub = try closing(pool) {
            try migrate(pool, path)
            if let damage = try pool.read(damage) {
                throw StorageFault(.corrupt, "The backup is damaged (\(damage)). Restore another one.")
            }
            let hub = try pool.write { database in
                let head = try HubHead.read(database)
                let before = try identity(database, path)
                let epoch = max(before.epoch, lowest) + 1
                guard epoch <= CommitSequence.highestEpoch else {
                    throw StorageFault(.io, "This hub was restored \(lowest) times, and no further epoch can be counted. Found a new hub, and import the rows.")
                }
                // An epoch in which nothing was committed ends before its first sequence.
                let kept = head.sequence.epoch == before.epoch ? head.sequence : CommitSequence(epoch: before.epoch, number: 0)
                try database.execute(
                    sql: "INSERT INTO _kept (epoch, sequence) VALUES (?, ?)", arguments: [Int64(before.epoch), kept.packed])
                var next = head
                next.sequence = CommitSequence(epoch: epoch, number: 0)
                let epochs = epoch - before.epoch
                guard let lastSite = Site(exactly: UInt64(head.lastSite) + siteJump * UInt64(epochs)) else {
                    throw StorageFault(.io, "This hub is at epoch \(epoch), and has no sites left for the epochs that lie in between. Found a new hub, and import the rows.")
                }
                next.lastSite = lastSite
                try next.write(in: database)
                try database.execute(
                    sql: "UPDATE _hub SET epoch = ?, last_site_before = ?", arguments: [Int64(epoch), Int64(next.lastSite)])
                try database.execute(
                    sql: "UPDATE _replica SET last_counter = last_counter + ? WHERE site = 0", arguments: [counterJump * Int64(epochs)])
                return try identity(database, path)
            }
            return hub
        }
        // Whole in one file, before that gets its name.
        try StoreFile.emptyLog(of: pool)
        try pool.close()
        try StoreFile.removeEmptyLog(of: path)
        return hub
    }

    /// What SQLite finds wrong with a store; nil if nothing is.
    private static func damage(in database: Database) throws -> String? {
        for finding in try String.fetchAll(database, sql: "PRAGMA quick_check") where finding != "ok" {
            // SQLite 3.40 reports columns of tables without rowids as NULL that are none, where the key's columns do not
            // come first: the table itself is asked.
            let null = "NULL value in "
            guard finding.hasPrefix(null) else { return finding }
            let name = finding.dropFirst(null.count).split(separator: ".", maxSplits: 1).map(String.init)
            guard name.count == 2, try Row.fetchOne(
                database, sql: "SELECT 1 FROM \(quoted(name[0])) WHERE \(quoted(name[1])) IS NULL") == nil
            else { return finding }
        }
        return nil
    }
}

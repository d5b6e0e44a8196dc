import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine

/// What has come of a restore.
public struct RestoredHub: Sendable {
    /// The hub as it is now.
    public let hub: HubIdentity
    /// Where the former store is kept; nil if none stood there.
    public let former: String?
    /// Whether devices still keep everything that the backup lacks, because a backup was offered that holds no more than
    /// this one; nil if the former store cannot tell.
    public let isOffered: Bool?
}

/// The steps of a restore, in the order in which they are taken. Before each of them, and after the last one, a hub
/// stands at its path that can be served: the former one up to `replace`, and then the new one.
enum RestoreStep: CaseIterable {
    /// Reads the former store and empties its log into its file.
    case inspect
    /// Copies the backup to the name that the new store has until it is complete.
    case copy
    /// Begins the epoch in the copy.
    case begin
    /// Gives the former store a second name.
    case keep
    /// Removes the former store's empty log.
    case clear
    /// Gives the new store its name, and the former one only its second.
    case replace
}

/// The store that a restored one takes the place of.
enum FormerStore {
    /// - Parameter oldestBackup: up to where the backups that it offered all reach; nil if it offered none.
    case readable(epoch: UInt32, oldestBackup: CommitSequence?)
    /// There, and its epoch cannot be read.
    case unreadable(reason: String)
    case none

    /// Reads what is to be known, and empties the log into the file.
    static func inspect(at path: String) throws -> FormerStore {
        guard FileManager.default.fileExists(atPath: path) else { return .none }
        do {
            try StoreFile.checkHeader(of: path, applicationID: HubTables.applicationID)
            let pool = try StoreFile.open(at: path, label: "hub")
            let former = try SQLiteHubStore.closing(pool) {
                let former = try pool.read(read)
                try StoreFile.emptyLog(of: pool)
                return former
            }
            try pool.close()
            return former
        } catch let error as DatabaseError {
            return .unreadable(reason: StorageFault(error, at: path).message)
        } catch let fault as StorageFault {
            return .unreadable(reason: fault.message)
        }
    }

    private static func read(_ database: Database) throws -> FormerStore {
        guard let epoch = try UInt32.fetchOne(database, sql: "SELECT epoch FROM _hub") else {
            return .unreadable(reason: "Making it was interrupted.")
        }
        // Stores of before offered none.
        guard try database.tableExists("_backup") else { return .readable(epoch: epoch, oldestBackup: nil) }
        let oldest = try Int64.fetchOne(database, sql: "SELECT min(sequence) FROM _backup")
        return .readable(epoch: epoch, oldestBackup: oldest.map { CommitSequence(packed: $0) })
    }

    /// The epoch that ends with it.
    ///
    /// - Parameter given: by the administrator.
    func endedEpoch(given: UInt32?, at path: String) throws -> UInt32 {
        switch self {
        case .readable(let epoch, _): return max(epoch, given ?? 0)
        case .unreadable(let reason):
            if let given { return given }
            throw StorageFault(.corrupt, "The store at \(path) cannot say which epoch it was in: \(reason) \(Self.remedy)")
        case .none:
            if let given { return given }
            let left = try StoreFile.leftovers(of: path)
            let interrupted = left.isEmpty ? "" : "An interrupted restore left \(left.joined(separator: ", ")); to have the former store back, rename it, with its -wal if there is one. "
            throw StorageFault(.io, "No store stands at \(path) that could say which epoch the lost hub was in. \(interrupted)\(Self.remedy)")
        }
    }

    private static let remedy = """
        Give the number with --epoch: an epoch that is begun a second time lets hub and devices differ for ever. It is the \
        highest number before the colon that any device shows (`complete up to 2:131` in `fieldsim repl`, status), or \
        that `converge status` last showed in `head`. A higher one does no harm. It is 1 only if the hub was never restored.
        """

    /// Whether devices keep what a backup lacks that reaches up to here; nil if that cannot be told.
    func offers(_ end: CommitSequence?) -> Bool? {
        switch self {
        case .readable(_, let oldest): oldest.map { oldest in (end ?? .zero) >= oldest } ?? false
        case .unreadable, .none: nil
        }
    }
}

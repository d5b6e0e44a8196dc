import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

extension SQLiteHubStore {
    /// Copies the store through SQLite's online backup, from a snapshot. The copy appears under its name
    /// when it is complete and on disk, never before.
    public func backup(to path: String) throws {
        try Self.translating(path) {
            try StoreFile.checkPresence(of: path, mustExist: false)
            let partial = path + ".partial"
            StoreFile.discard(at: partial)
            do {
                try StoreFile.makePrivate(at: partial)
                var configuration = Configuration()
                configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                let copy = try DatabaseQueue(path: partial, configuration: configuration)
                try pool.backup(to: copy)
                try copy.close()
                try StoreFile.move(partial, to: path)
            } catch {
                StoreFile.discard(at: partial)
                throw error
            }
        }
    }

    /// SQLite overwrites what is deleted (`secure_delete`), but where it has moved rows between pages, copies stay behind
    /// in parts of them that are not in use: so a test found. Only writing the database anew leaves none.
    public func scrub(compacting: Bool) throws {
        try Self.translating(layout.path) {
            try StoreFile.scrub(pool, compacting: compacting)
            guard compacting else { return }
            try pool.write { try $0.execute(sql: "UPDATE _erasure SET is_cleared = 1 WHERE is_cleared = 0") }
        }
    }

    /// Recomputes the log's chain, and checks that each changeset has its root.
    ///
    /// - Parameters:
    ///   - first: the first entry to check, the link before it being taken as given; nil is the beginning.
    ///   - last: the last one; nil is the head, with which the log must then end.
    ///   - root: computes the root of an entry's bytes, of which rows may have been erased, and which may be no changeset.
    /// - Throws: `HubStoreError.corrupt`, naming the first entry that does not fit.
    public func verifyChain(
        from first: CommitSequence? = nil, to last: CommitSequence? = nil,
        root: ([UInt8]) throws -> [UInt8] = { ChangesetCodec.root(ofLogged: $0) }
    ) throws {
        try Self.translating(layout.path) {
            try pool.read { database in
                let head = try HubHead.read(database)
                let start = first ?? .zero
                var check = ChainCheck(link: try link(before: start, in: database), path: layout.path)
                while try check.advance(from: start, to: last ?? head.sequence, root: root, in: database) {}
                if last == nil, start <= head.sequence, check.link != head.chain {
                    throw check.failure("the log does not end at its head \(head.sequence)")
                }
            }
        }
    }

    private func link(before first: CommitSequence, in database: Database) throws -> [UInt8] {
        let statement = try RawStatement(
            database, "SELECT chain FROM _log WHERE sequence < ? ORDER BY sequence DESC LIMIT 1")
        try statement.bind(first, at: 1)
        return try statement.first { $0.bytes(0) } ?? LogRow.origin(of: layout.hub.id)
    }
}

/// Walks along the log in bounded portions.
private struct ChainCheck {
    var link: [UInt8]
    let path: String
    private var last: CommitSequence?

    init(link: [UInt8], path: String) {
        self.link = link
        self.path = path
    }

    private static let portion: Int64 = 100

    /// - Returns: whether there was anything more to check.
    mutating func advance(
        from first: CommitSequence, to end: CommitSequence, root: ([UInt8]) throws -> [UInt8], in database: Database
    ) throws -> Bool {
        let statement = try RawStatement(database, """
            SELECT \(LogRow.columns) FROM _log WHERE sequence >= ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3
            """)
        try statement.bind(last.map { $0.packed + 1 } ?? first.packed, at: 1)
        try statement.bind(end, at: 2)
        try statement.bind(Self.portion, at: 3)
        let entries = try statement.all { ($0.bytes(5), try LogRow.read($0)) }
        for (chain, entry) in entries { try check(entry, chain, root) }
        return !entries.isEmpty
    }

    private mutating func check(_ entry: LogEntry, _ chain: [UInt8], _ root: ([UInt8]) throws -> [UInt8]) throws {
        if let last, entry.sequence.epoch == last.epoch, entry.sequence.number != last.number + 1 {
            throw failure("entry \(last.epoch):\(last.number + 1) of the log is missing")
        }
        let touched = LogRow.pack(touched: entry.touched)
        guard LogRow.link(entry, touched: touched, after: link) == chain else {
            throw failure("entry \(entry.sequence) of the log is not what was committed")
        }
        let found: [UInt8]
        do {
            found = try root(entry.changeset)
        } catch {
            throw failure("the changeset of entry \(entry.sequence) cannot be read (\(error)),")
        }
        guard found == entry.root else {
            throw failure("the changeset of entry \(entry.sequence) is not what was committed")
        }
        link = chain
        last = entry.sequence
    }

    func failure(_ what: String) -> StorageFault {
        StorageFault(.corrupt, "In the store at \(path) \(what). Keep a copy for diagnosis and restore a backup.")
    }
}

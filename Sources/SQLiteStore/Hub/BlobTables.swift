import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Who names blobs, and since when others are named no more. What is here of them stands in files.
enum BlobTables {
    /// `_blob_use` has what rows name, `_blob_refused` what operations in quarantine do, and `_blob_ended` the blobs that
    /// nothing names any more: since which commit and moment, which row did last, and whether it was erased.
    static let definition = """
        CREATE TABLE _blob_use (
            hash BLOB NOT NULL,
            size INTEGER NOT NULL,
            collection INTEGER NOT NULL,
            row BLOB NOT NULL,
            part INTEGER NOT NULL,
            PRIMARY KEY (hash, size, collection, row, part)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _blob_use_by_row ON _blob_use (collection, row);
        CREATE TABLE _blob_refused (
            hash BLOB NOT NULL,
            size INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (hash, size, sequence, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _blob_refused_by_place ON _blob_refused (sequence, position);
        CREATE TABLE _blob_ended (
            hash BLOB NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL,
            moment INTEGER NOT NULL,
            is_taken INTEGER NOT NULL,
            collection INTEGER,
            row BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX _blob_ended_by_moment ON _blob_ended (moment);
        CREATE INDEX _blob_ended_by_row ON _blob_ended (collection, row) WHERE row IS NOT NULL;
        """

    /// Takes in what a commit names, and no longer names.
    static func write(_ plan: CommitPlan, _ schema: Schema, _ head: CommitSequence, in database: Database) throws {
        let moment = plan.entries.last?.receivedMilliseconds ?? 0
        let erased = Set(plan.taken.rows.lazy.filter { $0.kind == .erased }.map(\.key))
        for row in plan.rows {
            guard let collection = schema.collection(row.key.collection), collection.namesBlobs else { continue }
            let ended = try write(collection.blobUses(of: row), of: row.key, in: database)
            for hash in ended { try end(hash, head, moment, row: row.key, isTaken: false, in: database) }
        }
        for key in erased { try take(key, in: database) }
        for place in plan.settled {
            for hash in try leave(place, in: database) { try end(hash, head, moment, isTaken: !erased.isEmpty, in: database) }
        }
        for operation in plan.quarantine { try enter(operation, plan, in: database) }
    }

    /// - Returns: the blobs that the row named, and names no more.
    private static func write(_ uses: Set<BlobUse>, of key: RowKey, in database: Database) throws -> Set<BlobHash> {
        let statement = try RawStatement(database, "SELECT hash, size, part FROM _blob_use WHERE collection = ? AND row = ?")
        try statement.bind(key)
        let before = try statement.all { Named(hash: $0.bytes(0), size: $0.unsigned(1), group: $0.unsigned32(2)) }
        let after = Set(uses.map { Named(hash: $0.blob.hash.bytes, size: $0.blob.size, group: $0.group) })
        for use in Set(before).subtracting(after) {
            let statement = try RawStatement(database, "DELETE FROM _blob_use WHERE hash = ? AND size = ? AND collection = ? AND row = ? AND part = ?")
            try use.bind(to: statement, key)
            try statement.run()
        }
        for use in after.subtracting(before) {
            let statement = try RawStatement(database, "INSERT INTO _blob_use (hash, size, collection, row, part) VALUES (?, ?, ?, ?, ?)")
            try use.bind(to: statement, key)
            try statement.run()
            try begin(use.hash, in: database)
        }
        return Set(before.map(\.hash)).subtracting(after.map(\.hash)).reduce(into: []) { hashes, bytes in
            if let hash = BlobHash(bytes: bytes) { hashes.insert(hash) }
        }
    }

    private struct Named: Hashable {
        let hash: [UInt8]
        let size: UInt64
        let group: UInt32

        func bind(to statement: RawStatement, _ key: RowKey) throws {
            try statement.bind(hash, at: 1)
            try statement.bind(unsigned: size, at: 2)
            try statement.bind(Int64(key.collection), at: 3)
            try statement.bind(key.row, at: 4)
            try statement.bind(Int64(group), at: 5)
        }
    }

    // MARK: Refused operations

    /// What a refused operation names counts by its text alone, whatever schema its writer had: a person may still take it
    /// in.
    private static func enter(_ operation: QuarantinedOperation, _ plan: CommitPlan, in database: Database) throws {
        for use in try named(by: operation, plan, in: database) {
            let statement = try RawStatement(database, "INSERT OR IGNORE INTO _blob_refused (hash, size, sequence, position) VALUES (?, ?, ?, ?)")
            try statement.bind(use.blob.hash.bytes, at: 1)
            try statement.bind(unsigned: use.blob.size, at: 2)
            try statement.bind(operation.sequence, at: 3)
            try statement.bind(Int64(operation.position), at: 4)
            try statement.run()
            try begin(use.blob.hash.bytes, in: database)
        }
    }

    private static func named(by operation: QuarantinedOperation, _ plan: CommitPlan, in database: Database) throws -> [BlobUse] {
        let bytes: [UInt8]?
        if let entry = plan.entries.first(where: { $0.sequence == operation.sequence }) {
            bytes = entry.changeset
        } else {
            let statement = try RawStatement(database, "SELECT changeset FROM _log WHERE sequence = ?")
            try statement.bind(operation.sequence, at: 1)
            bytes = try statement.first { $0.bytes(0) }
        }
        let decoded: DecodedChangeset
        do {
            decoded = try ChangesetCodec.decode(bytes ?? [])
        } catch {
            // Nobody can read what it names.
            return []
        }
        guard let written = decoded.operations.first(where: { $0.position == operation.position }) else { return [] }
        let texts: [String] = switch written.action {
        case .set(let values): values.compactMap(\.text)
        case .add: written.part.element.map { [$0] } ?? []
        default: []
        }
        return texts.flatMap { BlobUse.named(in: $0, group: written.part.group) }
    }

    private static func leave(_ place: QuarantinedPlace, in database: Database) throws -> [BlobHash] {
        let statement = try RawStatement(database, "SELECT hash FROM _blob_refused WHERE sequence = ? AND position = ?")
        try statement.bind(place.sequence, at: 1)
        try statement.bind(Int64(place.position), at: 2)
        let hashes = try statement.all { BlobHash(bytes: $0.bytes(0)) }.compactMap { $0 }
        if hashes.isEmpty { return [] }
        let delete = try RawStatement(database, "DELETE FROM _blob_refused WHERE sequence = ? AND position = ?")
        try delete.bind(place.sequence, at: 1)
        try delete.bind(Int64(place.position), at: 2)
        try delete.run()
        return hashes
    }

    // MARK: Beginning and end

    private static func begin(_ hash: [UInt8], in database: Database) throws {
        let statement = try RawStatement(database, "DELETE FROM _blob_ended WHERE hash = ?")
        try statement.bind(hash, at: 1)
        try statement.run()
    }

    /// Notes that a use of a blob has ended, if it was the last.
    static func end(
        _ hash: BlobHash, _ sequence: CommitSequence, _ moment: UInt64, row: RowKey? = nil, isTaken: Bool, in database: Database
    ) throws {
        if try isNamed(hash, in: database) { return }
        let statement = try RawStatement(database, """
            INSERT INTO _blob_ended (hash, sequence, moment, is_taken, collection, row) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET is_taken = max(is_taken, excluded.is_taken)
            """)
        try statement.bind(hash.bytes, at: 1)
        try statement.bind(sequence, at: 2)
        try statement.bind(unsigned: moment, at: 3)
        try statement.bind(isTaken, at: 4)
        if let row {
            try statement.bind(Int64(row.collection), at: 5)
            try statement.bind(row.row, at: 6)
        } else {
            try statement.bindNull(at: 5)
            try statement.bindNull(at: 6)
        }
        try statement.run()
    }

    /// What an erased row named, now or before, is removed at once.
    private static func take(_ key: RowKey, in database: Database) throws {
        let statement = try RawStatement(database, "UPDATE _blob_ended SET is_taken = 1 WHERE collection = ? AND row = ?")
        try statement.bind(key)
        try statement.run()
    }

    /// Something names the blob, of whatever size.
    static func isNamed(_ hash: BlobHash, in database: Database) throws -> Bool {
        for table in ["_blob_use", "_blob_refused"] {
            let statement = try RawStatement(database, "SELECT 1 FROM \(table) WHERE hash = ? LIMIT 1")
            try statement.bind(hash.bytes, at: 1)
            if try statement.first({ _ in true }) == true { return true }
        }
        return false
    }

    /// Reads anew what all rows name, after a schema was adopted that may have moved fields.
    static func rebuild(_ schema: Schema, in database: Database) throws {
        try database.execute(sql: "DELETE FROM _blob_use")
        for collection in schema.collections where collection.namesBlobs {
            for row in try CollectionTable(collection).all(in: database) {
                _ = try write(collection.blobUses(of: row), of: row.key, in: database)
            }
        }
    }
}

extension SQLiteHubReader {
    func isNamed(_ blob: BlobName) throws -> Bool {
        for table in ["_blob_use", "_blob_refused"] {
            let statement = try RawStatement(database, "SELECT 1 FROM \(table) WHERE hash = ? AND size = ? LIMIT 1")
            try statement.bind(blob.hash.bytes, at: 1)
            try statement.bind(unsigned: blob.size, at: 2)
            if try statement.first({ _ in true }) == true { return true }
        }
        return false
    }

    func uses(of blob: BlobName, receivedBy user: RowID, limit: Int) throws -> [(key: RowKey, group: UInt32)] {
        let statement = try RawStatement(database, """
            SELECT DISTINCT u.collection, u.row, u.part FROM _blob_use u
            JOIN _membership m ON m.collection = u.collection AND m.row = u.row AND m.since > 0 AND m.count > 0
            JOIN _subscription s ON s.user = ? AND s.scope = m.scope AND s.until IS NULL
            WHERE u.hash = ? AND u.size = ? LIMIT ?
            """)
        try statement.bind(user, at: 1)
        try statement.bind(blob.hash.bytes, at: 2)
        try statement.bind(unsigned: blob.size, at: 3)
        try statement.bind(Int64(limit), at: 4)
        return try statement.all { row in
            (RowKey(collection: row.unsigned32(0), row: try row.identifier(1)), row.unsigned32(2))
        }
    }
}

extension SQLiteHubStore {
    public func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int {
        try Self.translating(layout.path) {
            try pool.writeWithoutTransaction { database in
                var count = 0
                try database.inTransaction(.immediate) {
                    let statement = try RawStatement(database, """
                        SELECT hash FROM _blob_ended WHERE is_taken = 1 OR (moment <= ?
                        AND NOT EXISTS (SELECT 1 FROM _backup WHERE _backup.sequence < _blob_ended.sequence)) LIMIT ?
                        """)
                    try statement.bind(unsigned: before, at: 1)
                    try statement.bind(Int64(limit), at: 2)
                    for hash in try statement.all({ BlobHash(bytes: $0.bytes(0)) }).compactMap({ $0 }) {
                        // Commits wait: nobody names it meanwhile.
                        if try !BlobTables.isNamed(hash, in: database) { try remove(hash) }
                        let forget = try RawStatement(database, "DELETE FROM _blob_ended WHERE hash = ?")
                        try forget.bind(hash.bytes, at: 1)
                        try forget.run()
                        count += 1
                    }
                    return .commit
                }
                return count
            }
        }
    }

    public func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws {
        try Self.translating(layout.path) {
            try pool.write { database in
                let head = try HubHead.read(database).sequence
                for hash in blobs {
                    let known = try RawStatement(database, "SELECT 1 FROM _blob_ended WHERE hash = ?")
                    try known.bind(hash.bytes, at: 1)
                    if try known.first({ _ in true }) == true { continue }
                    try BlobTables.end(hash, head, milliseconds, isTaken: false, in: database)
                }
            }
        }
    }
}

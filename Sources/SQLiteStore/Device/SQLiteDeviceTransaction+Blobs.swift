import ReplicationCore
import ReplicationEngine

extension SQLiteDeviceTransaction {
    static let blobTables = """
        CREATE TABLE IF NOT EXISTS _blob (
          hash BLOB NOT NULL PRIMARY KEY, size INTEGER NOT NULL, is_handed_in INTEGER NOT NULL, added INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS _blob_to_hand_in ON _blob (added) WHERE is_handed_in = 0;
        CREATE TABLE IF NOT EXISTS _blob_use (
          collection INTEGER NOT NULL, id BLOB NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL,
          is_thumbnail INTEGER NOT NULL, PRIMARY KEY (collection, id, hash, size, is_thumbnail)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS _blob_use_by_hash ON _blob_use (hash);
        """

    func blob(_ hash: BlobHash) throws -> HeldBlob? {
        let statement = try statement("SELECT hash, size, is_handed_in, added FROM _blob WHERE hash = ?")
        try statement.bind(hash.bytes, at: 1)
        return try statement.first { heldBlob($0) } ?? nil
    }

    func blobsToHandIn(limit: Int) throws -> [BlobName] {
        let statement = try statement("""
            SELECT hash, size FROM _blob WHERE is_handed_in = 0 ORDER BY
            NOT EXISTS (SELECT 1 FROM _blob_use u WHERE u.hash = _blob.hash AND u.is_thumbnail = 1), added, hash LIMIT ?
            """)
        try statement.bind(Int64(limit), at: 1)
        return try statement.all { blobName($0) }.compactMap { $0 }
    }

    func missingBlobs(thumbnailsOnly: Bool, limit: Int) throws -> [BlobName] {
        // Ids of rows begin with the time at which they were made.
        let statement = try statement("""
            SELECT u.hash, u.size, max(u.is_thumbnail) AS thumbnail, max(u.id) AS newest FROM _blob_use u
            WHERE u.is_thumbnail >= ? AND NOT EXISTS (SELECT 1 FROM _blob WHERE _blob.hash = u.hash)
            GROUP BY u.hash, u.size ORDER BY thumbnail DESC, newest DESC, u.hash LIMIT ?
            """)
        try statement.bind(thumbnailsOnly, at: 1)
        try statement.bind(Int64(limit), at: 2)
        return try statement.all { blobName($0) }.compactMap { $0 }
    }

    func isNamed(_ blob: BlobName) throws -> Bool {
        let statement = try statement("SELECT 1 FROM _blob_use WHERE hash = ? AND size = ? LIMIT 1")
        try statement.bind(blob.hash.bytes, at: 1)
        try statement.bind(unsigned: blob.size, at: 2)
        return try statement.first { _ in true } ?? false
    }

    func blobs(namedBy key: RowKey) throws -> [BlobName] {
        let statement = try statement("SELECT DISTINCT hash, size FROM _blob_use WHERE collection = ? AND id = ?")
        try statement.bind(Int64(key.collection), at: 1)
        try statement.bind(key.row, at: 2)
        return try statement.all { blobName($0) }.compactMap { $0 }
    }

    func unnamedBlobs(limit: Int) throws -> [HeldBlob] {
        let statement = try statement("""
            SELECT hash, size, is_handed_in, added FROM _blob
            WHERE NOT EXISTS (SELECT 1 FROM _blob_use WHERE _blob_use.hash = _blob.hash) ORDER BY added, hash LIMIT ?
            """)
        try statement.bind(Int64(limit), at: 1)
        return try statement.all { heldBlob($0) }.compactMap { $0 }
    }

    func put(_ blob: HeldBlob) throws {
        let statement = try statement("INSERT OR REPLACE INTO _blob (hash, size, is_handed_in, added) VALUES (?, ?, ?, ?)")
        try statement.bind(blob.blob.hash.bytes, at: 1)
        try statement.bind(unsigned: blob.blob.size, at: 2)
        try statement.bind(blob.isHandedIn, at: 3)
        try statement.bind(unsigned: blob.addedMilliseconds, at: 4)
        try statement.run()
    }

    func removeBlob(_ hash: BlobHash) throws {
        let statement = try statement("DELETE FROM _blob WHERE hash = ?")
        try statement.bind(hash.bytes, at: 1)
        try statement.run()
    }

    func forgetHandedIn() throws { try statement("UPDATE _blob SET is_handed_in = 0").run() }

    /// Keeps which blobs a row names, as it is shown and as the hub said it.
    func putBlobUses(of key: RowKey, in collection: ReplicationCore.Collection, _ states: [RowState]) throws {
        guard collection.namesBlobs else { return }
        let delete = try statement("DELETE FROM _blob_use WHERE collection = ? AND id = ?")
        try delete.bind(Int64(key.collection), at: 1)
        try delete.bind(key.row, at: 2)
        try delete.run()
        for use in states.reduce(into: Set<BlobUse>(), { $0.formUnion(collection.blobUses(of: $1)) }) {
            let statement = try statement("""
                INSERT OR IGNORE INTO _blob_use (collection, id, hash, size, is_thumbnail) VALUES (?, ?, ?, ?, ?)
                """)
            try statement.bind(Int64(key.collection), at: 1)
            try statement.bind(key.row, at: 2)
            try statement.bind(use.blob.hash.bytes, at: 3)
            try statement.bind(unsigned: use.blob.size, at: 4)
            try statement.bind(use.isThumbnail, at: 5)
            try statement.run()
        }
    }

    private func blobName(_ row: RawStatement) -> BlobName? {
        BlobHash(bytes: row.bytes(0)).map { BlobName(hash: $0, size: row.unsigned(1)) }
    }

    private func heldBlob(_ row: RawStatement) -> HeldBlob? {
        blobName(row).map { HeldBlob(blob: $0, isHandedIn: row.integer(2) != 0, addedMilliseconds: row.unsigned(3)) }
    }
}

import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A log entry as a row of `_log`, and its link in the chain.
enum LogRow {
    /// A chain's first link stands on the hub's own identity.
    static func origin(of hub: ReplicaID) -> [UInt8] {
        ContentHash.of(Array("converge log".utf8) + hub.bytes)
    }

    /// The link of an entry: SHA-256 over the previous link and all of the entry but the changeset, for
    /// which its root stands, so that erasing a row from a changeset leaves the chain whole.
    static func link(_ entry: LogEntry, touched: [UInt8], after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + entry.receipt.count + touched.count)
        func add(_ number: UInt64) {
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        }
        func add(_ some: [UInt8]) {
            add(UInt64(some.count))
            bytes.append(contentsOf: some)
        }
        add(previous)
        add(UInt64(entry.sequence.epoch))
        add(entry.sequence.number)
        add(UInt64(entry.dot.site))
        add(entry.dot.counter)
        add(entry.identity.high)
        add(entry.identity.low)
        add(entry.root)
        add(entry.evidence == nil ? 0 : 1)
        add(entry.evidence?.hubMilliseconds ?? 0)
        add(UInt64(entry.evidence?.uncertaintyMilliseconds ?? 0))
        add(entry.receivedMilliseconds)
        add(entry.receipt)
        add(touched)
        return ContentHash.of(bytes)
    }

    static let columns = """
        sequence, site, counter, identity, root, chain, received, evidence_time, evidence_uncertainty, \
        receipt, touched, changeset
        """

    static func insert(_ entry: LogEntry, touched: [UInt8], chain: [UInt8], in database: Database) throws {
        let statement = try RawStatement(
            database, "INSERT INTO _log (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.bind(entry.sequence, at: 1)
        try statement.bind(Int64(entry.dot.site), at: 2)
        try statement.bind(unsigned: entry.dot.counter, at: 3)
        try statement.bind(entry.identity, at: 4)
        try statement.bind(entry.root, at: 5)
        try statement.bind(chain, at: 6)
        try statement.bind(unsigned: entry.receivedMilliseconds, at: 7)
        if let evidence = entry.evidence {
            try statement.bind(unsigned: evidence.hubMilliseconds, at: 8)
            try statement.bind(Int64(evidence.uncertaintyMilliseconds), at: 9)
        } else {
            try statement.bindNull(at: 8)
            try statement.bindNull(at: 9)
        }
        try statement.bind(entry.receipt, at: 10)
        try statement.bind(touched, at: 11)
        try statement.bind(entry.changeset, at: 12)
        try statement.run()
    }

    /// Reads an entry from a row of `columns`.
    static func read(_ statement: RawStatement) throws -> LogEntry {
        let evidence: ClockEvidence? = statement.isNull(7) ? nil : ClockEvidence(
            hubMilliseconds: statement.unsigned(7), uncertaintyMilliseconds: statement.unsigned32(8))
        return LogEntry(
            sequence: statement.sequence(0),
            dot: Dot(site: statement.unsigned32(1), counter: statement.unsigned(2)),
            identity: try statement.identifier(3), root: statement.bytes(4), changeset: statement.bytes(11),
            evidence: evidence, receipt: statement.bytes(9), receivedMilliseconds: statement.unsigned(6),
            touched: try unpack(touched: statement.bytes(10)))
    }

    /// 28 bytes for each row: collection, id, and the packed sequence of its change before.
    static func pack(touched: [LogEntry.Touched]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(touched.count * touchedSize)
        for row in touched {
            withUnsafeBytes(of: row.key.collection.bigEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: row.key.row.high.bigEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: row.key.row.low.bigEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: row.previous.packed.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static let touchedSize = 28

    private static func unpack(touched bytes: [UInt8]) throws -> [LogEntry.Touched] {
        guard bytes.count.isMultiple(of: touchedSize) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a log entry's list of rows ends early")
        }
        return bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: touchedSize).map { start in
                func word(_ offset: Int) -> UInt64 {
                    UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self))
                }
                let collection = UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt32.self))
                let key = RowKey(collection: collection, row: RowID(high: word(4), low: word(12)))
                return LogEntry.Touched(key: key, previous: CommitSequence(packed: Int64(bitPattern: word(20))))
            }
        }
    }
}

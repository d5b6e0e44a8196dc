import ReplicationCore
import ReplicationEngine
import WireProtocol

extension SQLiteDeviceTransaction {
    private static let columns = """
        position, identity, site, counter, predecessor, root, changeset, evidence_time, evidence_uncertainty, \
        receipt, sequence, is_settled, departed
        """

    func outboxEntry(_ identity: ChangesetID) throws -> OutboxEntry? {
        let statement = try statement("SELECT \(Self.columns) FROM _outbox WHERE identity = ?")
        try statement.bind(identity, at: 1)
        return try statement.first(entry)
    }

    func outboxEntry(at dot: Dot) throws -> OutboxEntry? {
        let statement = try statement("SELECT \(Self.columns) FROM _outbox WHERE site = ? AND counter = ?")
        try statement.bind(Int64(dot.site), at: 1)
        try statement.bind(Int64(clamping: dot.counter), at: 2)
        return try statement.first(entry)
    }

    func unsettled(after position: UInt64, limit: Int) throws -> [OutboxEntry] {
        let statement = try statement("""
            SELECT \(Self.columns) FROM _outbox WHERE is_settled = 0 AND position > ? ORDER BY position LIMIT ?
            """)
        try statement.bind(Int64(position), at: 1)
        try statement.bind(Int64(limit), at: 2)
        return try statement.all(entry)
    }

    func uploads(of site: Site, from counter: UInt64, beyond: UInt64, bytes: Int) throws -> [OutboxEntry] {
        let sizes = try statement("""
            SELECT counter, length(changeset) FROM _outbox
            WHERE site = ? AND counter >= ? AND (receipt IS NULL OR counter > ?) ORDER BY counter LIMIT 1000
            """)
        try sizes.bind(Int64(site), at: 1)
        try sizes.bind(Int64(clamping: counter), at: 2)
        try sizes.bind(Int64(clamping: beyond), at: 3)
        var total = 0
        var last: Int64?
        for (counter, size) in try sizes.all({ ($0.integer(0), Int($0.integer(1))) }) {
            if last != nil, total + size > bytes { break }
            total += size
            last = counter
        }
        guard let last else { return [] }
        let statement = try statement("""
            SELECT \(Self.columns) FROM _outbox
            WHERE site = ? AND counter >= ? AND counter <= ? AND (receipt IS NULL OR counter > ?) ORDER BY counter
            """)
        try statement.bind(Int64(site), at: 1)
        try statement.bind(Int64(clamping: counter), at: 2)
        try statement.bind(last, at: 3)
        try statement.bind(Int64(clamping: beyond), at: 4)
        return try statement.all(entry)
    }

    func firstUnanswered(of site: Site) throws -> UInt64? {
        let statement = try statement(
            "SELECT counter FROM _outbox WHERE receipt IS NULL AND site = ? ORDER BY counter LIMIT 1")
        try statement.bind(Int64(site), at: 1)
        return try statement.first { UInt64(clamping: $0.integer(0)) }
    }

    func unansweredCount() throws -> Int {
        try statement("SELECT count(*) FROM _outbox WHERE receipt IS NULL").first { Int($0.integer(0)) } ?? 0
    }

    func answered(after sequence: CommitSequence, limit: Int) throws -> [OutboxEntry] {
        let statement = try statement("""
            SELECT \(Self.columns) FROM _outbox WHERE receipt IS NOT NULL AND sequence > ? AND sequence <= ?
            ORDER BY position LIMIT ?
            """)
        try statement.bind(sequence, at: 1)
        try statement.bind(CommitSequence(epoch: sequence.epoch, number: CommitSequence.highestNumber), at: 2)
        try statement.bind(Int64(limit), at: 3)
        return try statement.all(entry)
    }

    func put(formerReceipt receipt: [UInt8], of identity: ChangesetID, at sequence: CommitSequence) throws {
        let statement = try statement("INSERT OR REPLACE INTO _former_receipt (identity, sequence, receipt) VALUES (?, ?, ?)")
        try statement.bind(identity, at: 1)
        try statement.bind(sequence, at: 2)
        try statement.bind(receipt, at: 3)
        try statement.run()
    }

    private func formerReceipts(of identity: ChangesetID) throws -> [WireReceipt] {
        let statement = try statement("SELECT receipt FROM _former_receipt WHERE identity = ? ORDER BY sequence")
        try statement.bind(identity, at: 1)
        return try statement.all { $0.bytes(0) }.map { bytes in
            do {
                return try WireReceipt(serializedBytes: bytes)
            } catch {
                throw StorageFault(.corrupt, "A receipt of changeset \(identity) in \(path) cannot be read: \(error)")
            }
        }
    }

    func unanswered() throws -> [OutboxEntry] {
        try statement("SELECT \(Self.columns) FROM _outbox WHERE receipt IS NULL ORDER BY position").all(entry)
    }

    func put(_ entry: OutboxEntry) throws {
        let places = repeatElement("?", count: 13).joined(separator: ", ")
        let statement = try statement("INSERT OR REPLACE INTO _outbox (\(Self.columns)) VALUES (\(places))")
        try statement.bind(Int64(entry.position), at: 1)
        try statement.bind(entry.identity, at: 2)
        try statement.bind(Int64(entry.dot.site), at: 3)
        try statement.bind(Int64(clamping: entry.dot.counter), at: 4)
        try statement.bind(entry.predecessor, at: 5)
        try statement.bind(entry.root, at: 6)
        try statement.bind(entry.changeset, at: 7)
        if let evidence = entry.evidence {
            try statement.bind(Int64(clamping: evidence.hubMilliseconds), at: 8)
            try statement.bind(Int64(evidence.uncertaintyMilliseconds), at: 9)
        } else {
            try statement.bindNull(at: 8)
            try statement.bindNull(at: 9)
        }
        if let receipt = entry.receipt { try statement.bind(receipt, at: 10) } else { try statement.bindNull(at: 10) }
        try statement.bind(entry.sequence, at: 11)
        try statement.bind(entry.isSettled, at: 12)
        try statement.bind(entry.departed.flatMap(\.bigEndianBytes), at: 13)
        try statement.run()
    }

    func dropEntries(upTo sequence: CommitSequence) throws {
        let statement = try statement("""
            DELETE FROM _outbox WHERE receipt IS NOT NULL AND is_settled = 1 AND sequence <= ?
            AND identity NOT IN (SELECT identity FROM _refusal)
            """)
        try statement.bind(sequence, at: 1)
        try statement.run()
        try self.statement(
            "DELETE FROM _former_receipt WHERE identity NOT IN (SELECT identity FROM _outbox)").run()
    }

    func refusals() throws -> [RefusedOperation] {
        try statement(
            "SELECT identity, position, collection, id, rule, detail, remedy FROM _refusal ORDER BY identity, position"
        ).all { row in
            // A rule of a later hub is kept with its text; only its number is not known here.
            let rule = Refusal.Rule(rawValue: UInt32(truncatingIfNeeded: row.integer(4))) ?? .undecodable
            return RefusedOperation(
                identity: try row.identifier(0), position: UInt32(truncatingIfNeeded: row.integer(1)),
                key: RowKey(collection: UInt32(truncatingIfNeeded: row.integer(2)), row: try row.identifier(3)),
                refusal: Refusal(rule, row.text(5)), remedy: row.text(6))
        }
    }

    func put(_ refused: RefusedOperation) throws {
        let statement = try statement("INSERT OR REPLACE INTO _refusal VALUES (?, ?, ?, ?, ?, ?, ?)")
        try statement.bind(refused.identity, at: 1)
        try statement.bind(Int64(refused.position), at: 2)
        try statement.bind(Int64(refused.key.collection), at: 3)
        try statement.bind(refused.key.row, at: 4)
        try statement.bind(Int64(refused.refusal.rule.rawValue), at: 5)
        try statement.bind(refused.refusal.detail, at: 6)
        try statement.bind(refused.remedy, at: 7)
        try statement.run()
    }

    func removeRefusals(of identity: ChangesetID) throws {
        let statement = try statement("DELETE FROM _refusal WHERE identity = ?")
        try statement.bind(identity, at: 1)
        try statement.run()
    }

    private func entry(_ row: RawStatement) throws -> OutboxEntry {
        let identity: ChangesetID = try row.identifier(1)
        return OutboxEntry(
            position: UInt64(clamping: row.integer(0)), identity: identity,
            dot: Dot(site: Site(truncatingIfNeeded: row.integer(2)), counter: UInt64(clamping: row.integer(3))),
            predecessor: row.bytes(4), root: row.bytes(5), changeset: row.bytes(6),
            evidence: row.isNull(7) ? nil : ClockEvidence(
                hubMilliseconds: UInt64(clamping: row.integer(7)),
                uncertaintyMilliseconds: UInt32(clamping: row.integer(8))),
            receipt: row.isNull(9) ? nil : row.bytes(9), sequence: row.sequence(10), isSettled: row.integer(11) != 0,
            departed: UInt32.list(bigEndianBytes: row.isNull(12) ? [] : row.bytes(12)),
            formerReceipts: try formerReceipts(of: identity))
    }
}

extension UInt32 {
    fileprivate var bigEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (24 - 8 * $0)) } }

    fileprivate static func list(bigEndianBytes bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count - 3, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}

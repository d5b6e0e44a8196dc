import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What was handed in of epochs whose end the hub has lost, and the backups from which it may be restored.
enum RestoreRows {
    static func write(_ plan: CommitPlan, in database: Database) throws {
        for changeset in plan.adopted { try write(changeset, in: database) }
        for place in plan.contained { try write(place, in: database) }
        for told in plan.told { try write(told, in: database) }
        for operation in plan.withheld {
            let statement = try RawStatement(
                database, "INSERT INTO _withheld (identity, position) VALUES (?, ?) ON CONFLICT DO NOTHING")
            try statement.bind(operation.identity, at: 1)
            try statement.bind(Int64(operation.position), at: 2)
            try statement.run()
        }
        for backup in plan.backups {
            let statement = try RawStatement(
                database, "INSERT OR REPLACE INTO _backup (path, sequence, made) VALUES (?, ?, ?)")
            try statement.bind(backup.path, at: 1)
            try statement.bind(backup.sequence, at: 2)
            try statement.bind(unsigned: backup.milliseconds, at: 3)
            try statement.run()
        }
        for path in plan.withdrawnBackups {
            let statement = try RawStatement(database, "DELETE FROM _backup WHERE path = ?")
            try statement.bind(path, at: 1)
            try statement.run()
        }
    }

    static func contained(of key: RowKey, in database: Database) throws -> [ContainedPlace] {
        let statement = try RawStatement(
            database, "SELECT part, sequence FROM _contained WHERE collection = ? AND row = ? ORDER BY part, epoch")
        try statement.bind(key)
        return try statement.all { ContainedPlace(key: key, part: try Part(packed: $0.bytes(0)), sequence: $0.sequence(1)) }
    }

    /// What every backup holds that is offered; nil if none is.
    static func backedUp(in database: Database) throws -> CommitSequence? {
        try RawStatement(database, "SELECT min(sequence) FROM _backup").first { $0.isNull(0) ? nil : $0.sequence(0) } ?? nil
    }

    private static func write(_ place: ContainedPlace, in database: Database) throws {
        let statement = try RawStatement(database, """
            INSERT INTO _contained (collection, row, part, epoch, sequence) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)
            """)
        try statement.bind(place.key)
        try statement.bind(place.part.packed, at: 3)
        try statement.bind(Int64(place.sequence.epoch), at: 4)
        try statement.bind(place.sequence, at: 5)
        try statement.run()
    }

    private static func write(_ told: ToldPlace, in database: Database) throws {
        let statement = try RawStatement(database, """
            INSERT INTO _told (identity, collection, row, part, place, is_taken_in) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET is_taken_in = max(is_taken_in, excluded.is_taken_in)
            """)
        try statement.bind(told.identity, at: 1)
        try statement.bind(Int64(told.key.collection), at: 2)
        try statement.bind(told.key.row, at: 3)
        try statement.bind(told.part.packed, at: 4)
        try statement.bind(told.place, at: 5)
        try statement.bind(Int64(told.isTakenIn ? 1 : 0), at: 6)
        try statement.run()
    }

    private static func write(_ changeset: AdoptedChangeset, in database: Database) throws {
        for place in changeset.former.places {
            let statement = try RawStatement(database, """
                INSERT INTO _adopted (identity, former, sequence, receipt) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET receipt = coalesce(excluded.receipt, receipt)
                """)
            try statement.bind(changeset.identity, at: 1)
            try statement.bind(place, at: 2)
            try statement.bind(changeset.sequence, at: 3)
            if let receipt = changeset.receipt { try statement.bind(receipt, at: 4) } else { try statement.bindNull(at: 4) }
            try statement.run()
        }
    }
}

/// Going over to a later schema, where cells have become others.
extension RestoreRows {
    /// Forgets what is known of lost times of cells that have other columns now under the same number: it was known of the former columns
    /// only. What is known of cells that are gone stays, for changesets of apps that still write them.
    static func forgetChanged(_ collection: UInt32, by steps: CollectionLens, in database: Database) throws {
        for group in steps.older.groups where !steps.isKept(group.number) && steps.newer.group(group.number) != nil {
            for table in ["_told", "_contained"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE collection = ? AND substr(part, 1, 4) = ?",
                    arguments: [Int64(collection), Data(Part(group: group.number).packed)])
            }
        }
    }
}

extension SQLiteHubReader {
    func adopted(_ identity: ChangesetID) throws -> AdoptedChangeset? {
        let statement = try RawStatement(
            database, "SELECT former, sequence, receipt FROM _adopted WHERE identity = ? ORDER BY former")
        try statement.bind(identity, at: 1)
        let rows = try statement.all { ($0.sequence(0), $0.sequence(1), $0.isNull(2) ? nil : $0.bytes(2)) }
        guard let former = FormerPlaces(rows.map(\.0)), let first = rows.map(\.1).min() else { return nil }
        return AdoptedChangeset(
            identity: identity, former: former, sequence: first, receipt: rows.compactMap(\.2).last)
    }

    func told(of identity: ChangesetID) throws -> [ToldPlace] {
        let statement = try RawStatement(database, "SELECT collection, row, part, place, is_taken_in FROM _told WHERE identity = ?")
        try statement.bind(identity, at: 1)
        return try statement.all { row in
            ToldPlace(
                identity: identity, key: RowKey(collection: row.unsigned32(0), row: try row.identifier(1)),
                part: try Part(packed: row.bytes(2)), place: row.sequence(3), isTakenIn: row.integer(4) != 0)
        }
    }

    func withheld(of identity: ChangesetID) throws -> Set<UInt32> {
        let statement = try RawStatement(database, "SELECT position FROM _withheld WHERE identity = ?")
        try statement.bind(identity, at: 1)
        return Set(try statement.all { $0.unsigned32(0) })
    }

    func adopted(upTo lost: CommitSequence) throws -> CommitSequence? {
        let statement = try RawStatement(
            database, "SELECT max(sequence) FROM _adopted WHERE former <= ? AND former >= ?")
        try statement.bind(lost, at: 1)
        try statement.bind(CommitSequence(epoch: lost.epoch, number: 0), at: 2)
        return try statement.first { $0.isNull(0) ? nil : $0.sequence(0) } ?? nil
    }

    func contained(of key: RowKey) throws -> [ContainedPlace] { try RestoreRows.contained(of: key, in: database) }

    func backups() throws -> [BackupRecord] {
        try RawStatement(database, "SELECT path, sequence, made FROM _backup ORDER BY made, path").all {
            BackupRecord(path: $0.text(0), sequence: $0.sequence(1), milliseconds: $0.unsigned(2))
        }
    }
}

extension Part {
    /// The group's number in four bytes, and the element in UTF-8, after a byte that says that there is one.
    fileprivate var packed: [UInt8] {
        let number = (0..<4).map { UInt8(truncatingIfNeeded: group >> (24 - 8 * $0)) }
        return number + (element.map { [1] + Array($0.utf8) } ?? [])
    }

    fileprivate init(packed bytes: [UInt8]) throws {
        guard bytes.count >= 4 else { throw StorageFault(.corrupt, "A cell's name in the store is cut short. Restore the hub from a backup.") }
        self.init(
            group: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
            element: bytes.count > 4 ? String(decoding: bytes.dropFirst(5), as: UTF8.self) : nil)
    }
}

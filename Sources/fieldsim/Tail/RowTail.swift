import Foundation
import ReplicationClient
import ReplicationCore
import Synchronization

/// Tells what changes in collections of a replica, from what its queries give one after another.
final class RowTail: Sendable {
    private let replica: Replica
    private let isJSON: Bool
    /// Lines that may still be told.
    private let left: Mutex<Int>
    /// Collections of which is known what stands in them.
    private let seen = Mutex(0)

    private enum End: Error { case limit }

    init(_ replica: Replica, isJSON: Bool, limit: Int) {
        self.replica = replica
        self.isJSON = isJSON
        left = Mutex(limit)
    }

    /// Until the limit, the end of the time, or the end of the replica.
    ///
    /// - Parameter begin: called once it is known what stands in all of the collections, so that whatever comes then is told.
    func run(_ collections: [String], where condition: String?, seconds: Double?, begin: @escaping @Sendable () throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in collections {
                group.addTask {
                    try await self.watch(name, condition) {
                        if self.seen.withLock({ $0 += 1; return $0 == collections.count }) { try begin() }
                    }
                }
            }
            if let seconds {
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    throw End.limit
                }
            }
            do {
                // Not `waitForAll`, which would tell of the end only after the end of all.
                for try await _ in group {}
            } catch is End {
                group.cancelAll()
            } catch is CancellationError {
                // The group is at its end.
            }
        }
    }

    private func watch(_ collection: String, _ condition: String?, begin: () throws -> Void) async throws {
        var before: [RowID: Row]?
        for try await rows in replica.observe("SELECT * FROM \"\(collection)\"\(condition.map { " WHERE \($0)" } ?? "")") {
            let now = Dictionary(try rows.map { (try $0.id, $0) }, uniquingKeysWith: { first, _ in first })
            if let before { try tell(collection, before, now) } else { try begin() }
            before = now
        }
    }

    private func tell(_ collection: String, _ before: [RowID: Row], _ now: [RowID: Row]) throws {
        for (id, row) in now.sorted(by: { $0.key < $1.key }) {
            guard let old = before[id] else {
                try tell("new", collection, id, row, row.columns.filter { !$0.hasPrefix("_") && $0 != "id" && !row[$0].isNull }.map { ($0, nil, row[$0]) })
                continue
            }
            if old == row { continue }
            let wasAlive = old.boolean("_alive") ?? true, isAlive = row.boolean("_alive") ?? true
            if wasAlive, !isAlive { try tell("deleted", collection, id, row, []) }
            let fields = row.columns.filter { !$0.hasPrefix("_") && old[$0] != row[$0] }.map { ($0, Optional(old[$0]), row[$0]) }
            if !fields.isEmpty || isAlive && !wasAlive { try tell("changed", collection, id, row, fields) }
        }
        for (id, row) in before.sorted(by: { $0.key < $1.key }) where now[id] == nil { try tell("gone", collection, id, row, []) }
    }

    private func tell(_ what: String, _ collection: String, _ id: RowID, _ row: Row, _ fields: [(String, Value?, Value)]) throws {
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        let title = replica.schema.collection(named: collection)?.titleField.flatMap { row.text($0) }
        let line: String
        if isJSON {
            line = ValueJSON.object(
                [("time", .text(time)), ("what", .text(what)), ("collection", .text(collection)), ("row", .text(id.description))]
                    + fields.map { ("is.\($0.0)", $0.2) } + fields.compactMap { field in field.1.map { ("was.\(field.0)", $0) } })
        } else {
            let words = fields.map { name, old, new in "\(name): \(old.map { "\(Self.words($0)) → " } ?? "")\(Self.words(new))" }
            line = "\(time) \(what) \(collection) \(title.map { "“\($0)”" } ?? "…\(id.short)")" + (words.isEmpty ? "" : "  " + words.joined(separator: ", "))
        }
        try left.withLock { left in
            guard left > 0 else { throw End.limit }
            // One line at a time, from whatever collection.
            FileHandle.standardOutput.write(Data((line + "\n").utf8))
            left -= 1
            if left == 0 { throw End.limit }
        }
    }

    private static func words(_ value: Value) -> String {
        if value.isNull { return "nothing" }
        let text = ValueJSON.text(of: value)
        return text.count > 60 ? text.prefix(59) + "…" : text
    }
}

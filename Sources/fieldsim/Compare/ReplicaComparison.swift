import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Compares what two replicas show, collection by collection, by rising row id: as much is in memory as one portion of each.
struct ReplicaComparison {
    private let replicas: [Replica]
    private let names: [String]
    private let isShared: Bool
    private var count = 0
    /// Rows of a collection that are read together.
    private static let portion = 500

    init(_ first: Replica, _ second: Replica, names: (String, String), isShared: Bool) {
        replicas = [first, second]
        self.names = [names.0, names.1]
        self.isShared = isShared
    }

    /// - Parameter collections: empty: all that both know.
    /// - Returns: how many differences there are.
    mutating func run(collections: [String], tell: (ReplicaDifference) -> Void) throws -> Int {
        let known = replicas[0].schema.collections.map(\.name)
        for name in collections where !known.contains(name) {
            throw ShellError("There is no collection '\(name)'. There are: \(known.joined(separator: ", "))")
        }
        for name in known where (collections.isEmpty || collections.contains(name)) && replicas[1].schema.collection(named: name) != nil {
            try compare(name, tell)
        }
        return count
    }

    private mutating func compare(_ collection: String, _ tell: (ReplicaDifference) -> Void) throws {
        var cursors = [RowCursor(replicas[0], collection, Self.portion), RowCursor(replicas[1], collection, Self.portion)]
        while true {
            let heads = [try cursors[0].head(), try cursors[1].head()]
            guard let least = try heads.compactMap({ try $0?.id }).min() else { return }
            let rows = try heads.map { row in try row.flatMap { try $0.id == least ? $0 : nil } }
            for index in rows.indices where rows[index] != nil { cursors[index].next() }
            if let first = rows[0], let second = rows[1] {
                try compare(collection, least, first, second, tell)
            } else if !isShared {
                count += 1
                tell(ReplicaDifference(
                    collection: collection, row: least, title: title(of: rows[0] ?? rows[1], collection), field: nil,
                    sides: rows.indices.map { .init(device: names[$0], value: rows[$0] == nil ? nil : "held", clock: nil) }))
            }
        }
    }

    private mutating func compare(_ collection: String, _ id: RowID, _ first: Row, _ second: Row, _ tell: (ReplicaDifference) -> Void) throws {
        for column in first.columns where column != "id" && isShown(column, of: collection) && first[column] != second[column] {
            count += 1
            tell(ReplicaDifference(
                collection: collection, row: id, title: title(of: first, collection), field: column,
                sides: try [first, second].enumerated().map { index, row in
                    .init(device: names[index], value: words(row[column]), clock: try clock(index, collection, id, column))
                }))
        }
    }

    /// Whether both roles are shown the field.
    private func isShown(_ column: String, of name: String) -> Bool {
        replicas.allSatisfy { replica in
            guard let collection = replica.schema.collection(named: name) else { return false }
            guard let group = collection.group(holding: column) else { return column == "_alive" }
            return replica.schema.mayRead(replica.progress.role, group.number, of: collection)
        }
    }

    private func title(of row: Row?, _ collection: String) -> String? {
        replicas[0].schema.collection(named: collection)?.titleField.flatMap { row?.text($0) }
    }

    private func words(_ value: Value) -> String { value.isNull ? "nothing" : ValueJSON.text(of: value) }

    /// What the device knows of the write that it shows.
    private func clock(_ index: Int, _ collection: String, _ row: RowID, _ column: String) throws -> String? {
        let replica = replicas[index]
        // Sets and custom values have a cell for each element, and liveness has no field.
        guard let group = replica.schema.collection(named: collection)?.group(holding: column), !group.isSet, !group.isKeyed else { return nil }
        let explanation = try replica.explain(ExplainQuestion(collection: collection, row: row, field: column))
        guard let write = explanation.writes.first else { return nil }
        let time = Date(timeIntervalSince1970: Double(write.milliseconds) / 1_000).formatted(.iso8601)
        return "\(write.sequence ?? "pending") by \(write.author) at \(time)"
    }
}

/// The rows of a collection of a device, by rising id.
private struct RowCursor {
    private let replica: Replica
    private let collection: String
    private let portion: Int
    private var rows: [Row] = []
    private var place = 0
    private var last: RowID?
    private var isAtEnd = false

    init(_ replica: Replica, _ collection: String, _ portion: Int) {
        self.replica = replica
        self.collection = collection
        self.portion = portion
    }

    mutating func head() throws -> Row? {
        if place == rows.count, !isAtEnd {
            let condition = last == nil ? "" : " WHERE id > ?"
            rows = try replica.query("SELECT * FROM \"\(collection)\"\(condition) ORDER BY id LIMIT \(portion)", last.map { [.reference($0)] } ?? [])
            place = 0
            last = try rows.last?.id
            isAtEnd = rows.count < portion
        }
        return place < rows.count ? rows[place] : nil
    }

    mutating func next() { place += 1 }
}

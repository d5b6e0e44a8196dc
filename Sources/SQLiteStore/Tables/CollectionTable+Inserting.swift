import GRDB
import ReplicationCore
import WireProtocol

/// Writes rows of one collection that its table does not hold, within one transaction.
struct NewRows {
    private let table: CollectionTable
    private let statement: RawStatement
    /// Of a row that names a blob more is kept.
    private let blobs: [Int]

    init(_ table: CollectionTable, in database: Database) throws {
        self.table = table
        statement = try RawStatement(database, table.statements.insert)
        let fields = table.collection.groups.flatMap(\.fields)
        blobs = fields.indices.filter { fields[$0].type.isBlob }
    }

    /// - Returns: false if the table holds the row, or it is not all that is to be kept of it, or a column does not take what it
    ///   should show; then nothing has changed.
    func insert(_ row: UncontestedRow) throws -> Bool {
        guard blobs.allSatisfy({ row.columns[$0].isNull }), zip(table.columns, row.columns).allSatisfy({ $0.kind.takes($1) }) else { return false }
        try statement.bind(row.id, at: 1)
        for (place, column) in table.columns.enumerated() {
            let position = Int32(place + 2)
            switch column.kind {
            // It has none.
            case .set: try statement.bind(Self.noElements, at: position)
            case .text, .integer, .boolean, .real, .bytes, .custom: try statement.bind(lent: row.columns[place], at: position)
            }
        }
        let position = Int32(table.columns.count + 2)
        try statement.bind(lent: row.packedClock, at: position)
        try statement.bind(row.clock.sequence, at: position + 1)
        try statement.bind(row.clock.isAlive, at: position + 2)
        return try statement.runLent() > 0
    }

    private static let noElements = SetColumn.json([])
}

extension BorrowedValue {
    fileprivate var isNull: Bool { if case .null = self { true } else { false } }
}

extension ColumnKind {
    /// Whether a value comes back from the column as it is. See `bind`.
    fileprivate func takes(_ value: BorrowedValue) -> Bool {
        switch (self, value) {
        case (_, .null), (.text, .text), (.integer, .integer), (.boolean, .boolean), (.real, .real), (.bytes, .bytes): true
        case (_, .boolean), (_, .integer), (_, .real), (_, .text), (_, .bytes): false
        }
    }
}

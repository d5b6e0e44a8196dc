import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Writes rows that nobody contests as they travel, from their columns and their clock as they stand in their tables.
struct RowChanges {
    private let database: Database
    private let layout: HubLayout
    private let ready: ReadyChanges
    private var writer = RowChangeWriter()
    private var clock = UncontestedClock()
    /// Of the collection whose row was read last: mostly the next one is of it as well.
    private var last: (collection: UInt32, table: CollectionTable, read: RawStatement)?

    /// Larger rows are looked at whole, and may go in parts.
    private static let largest = HubLimits.rowPartBytes / 4

    init(_ database: Database, _ layout: HubLayout, _ ready: ReadyChanges) {
        self.database = database
        self.layout = layout
        self.ready = ready
    }

    var bytes: [UInt8] { writer.bytes }

    /// - Returns: where the change stands in `bytes`; nil if the row is of another kind, or the reader does not take it so.
    mutating func append(_ key: RowKey) throws -> Range<Int>? {
        guard ready.collections.contains(key.collection), let (table, read) = try table(of: key.collection) else { return nil }
        try read.bind(key.row, at: 1)
        return try read.first { append(key.row, table, $0) } ?? nil
    }

    private mutating func append(_ id: RowID, _ table: CollectionTable, _ row: RawStatement) -> Range<Int>? {
        row.withBytes(Int32(table.columns.count)) { bytes in
            guard bytes.count < Self.largest, clock.read(bytes), ready.unsealedUpTo.map({ clock.sequence <= $0 }) ?? true else { return nil }
            writer.begin(id, clock: bytes)
            for cell in clock.cells where cell.group != 0 {
                guard let columns = table.columns(of: cell.group) else { return drop() }
                for column in columns {
                    guard let value = table.columns[column].kind.lent(row, Int32(column)) else { return drop() }
                    writer.append(value)
                }
            }
            let range = writer.end()
            return range.count < Self.largest ? range : drop()
        }
    }

    private mutating func drop() -> Range<Int>? {
        writer.drop()
        return nil
    }

    private mutating func table(of collection: UInt32) throws -> (CollectionTable, RawStatement)? {
        if let last, last.collection == collection { return (last.table, last.read) }
        guard let table = layout.collection(collection)?.table else { return nil }
        let read = try RawStatement(database, table.statements.read)
        last = (collection, table, read)
        return (table, read)
    }
}

extension ColumnKind {
    /// What a column shows, where it stands; nil for what is no value of the column's, and where no value is read from it.
    fileprivate func lent(_ statement: RawStatement, _ column: Int32) -> BorrowedValue? {
        if isForReaders { return nil }
        if statement.isNull(column) { return .null }
        return switch self {
        case .text: BorrowedValue(text: statement.lentText(column))
        case .integer: .integer(statement.integer(column))
        case .boolean: .boolean(statement.integer(column) != 0)
        case .real: .real(statement.real(column))
        case .bytes: .bytes(statement.lentBytes(column))
        case .set, .custom: nil
        }
    }
}

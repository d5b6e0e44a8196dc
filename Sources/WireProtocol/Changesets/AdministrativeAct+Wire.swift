import Foundation
import ReplicationCore

extension WireAdministrativeAct {
    init(_ act: AdministrativeAct) {
        self.init()
        kind = WireActKind(rawValue: Int(act.kind.rawValue)) ?? .noAct
        administrator = act.administrator
        reason = act.reason
        subject = Data(act.subject)
        rows = act.rows
        rowsHash = Data(act.rowsHash)
    }

    /// Nil for an act of a later hub.
    var core: AdministrativeAct? {
        guard let kind = AdministrativeAct.Kind(rawValue: UInt32(clamping: kind.rawValue)) else { return nil }
        return AdministrativeAct(
            kind, administrator: administrator, reason: reason, subject: Array(subject), rows: rows,
            rowsHash: Array(rowsHash))
    }
}

extension WireErasure {
    /// - Parameter rows: in any order.
    public init(identity: ChangesetID, rows: some Sequence<RowKey>, more: Bool = false) {
        self.init()
        self.identity = Data(identity.bytes)
        self.more = more
        for key in rows.sorted() {
            if self.rows.last?.collection != key.collection {
                var part = WireErasedRows()
                part.collection = key.collection
                self.rows.append(part)
            }
            self.rows[self.rows.count - 1].ids.append(contentsOf: key.row.bytes)
        }
    }

    /// - Throws: for ids that have not 16 bytes.
    public func core() throws(WireError) -> (identity: ChangesetID, rows: [RowKey]) {
        guard let identity = ChangesetID(bytes: identity) else { throw WireError(.malformed, "an erasure's identity has 16 bytes") }
        var keys: [RowKey] = []
        for part in rows {
            let ids = Array(part.ids)
            guard ids.count.isMultiple(of: 16) else { throw WireError(.malformed, "ids of erased rows have 16 bytes each") }
            for start in stride(from: 0, to: ids.count, by: 16) {
                guard let row = RowID(bytes: ids[start..<start + 16]) else { continue }
                keys.append(RowKey(collection: part.collection, row: row))
            }
        }
        return (identity, keys)
    }
}

import ReplicationCore
import ReplicationEngine

/// How what is shown stands with the hub, for marks beside rows and fields.
extension Replica {
    /// The rows with own writes that the hub has not confirmed. They are known in memory; nothing is read.
    public var pendingRows: Set<RowKey> { core.withLock { Set($0.driver.replica.pending.rows) } }

    /// How the fields of a row stand, by name; fields that nobody has written are left out. For one field with all its writes
    /// there is `explain`.
    public func standings(of collection: String, _ id: RowID) throws -> [String: FieldStanding] {
        guard let collection = schema.collection(named: collection) else { return [:] }
        let key = RowKey(collection: collection.number, row: id)
        let (confirmed, own) = try core.withLock { core in
            (try store.read { try $0.confirmed(key) }, core.driver.replica.pending.operations(on: key))
        }
        var standings: [String: FieldStanding] = [:]
        for group in collection.groups {
            let pending = own.last { $0.operation.part.group == group.number }
            let cells = confirmed?.cells.filter { $0.part.group == group.number } ?? []
            guard let standing = FieldStanding(of: group, pending, cells) else { continue }
            for field in group.fields { standings[field.name] = standing }
        }
        return standings
    }

    /// What was refused of an own changeset, by row and field, to be corrected and mended: see `mendRefused`.
    public func refusedValues(of identity: ChangesetID) throws -> [RowKey: [String: Value]] {
        try core.withLock { core in try store.read { try core.driver.replica.refusedValues(of: identity, in: $0) } }
    }
}

/// How a field stands with the hub.
public struct FieldStanding: Sendable, Equatable {
    /// An own write of it is not confirmed.
    public var isPending: Bool
    /// Other values stand beside the shown one, until a person chooses.
    public var isContested: Bool
    /// Who wrote what is shown; zero is the hub itself.
    public var author: RowID?
    /// When that counts as written, in Unix milliseconds.
    public var milliseconds: UInt64?
}

extension FieldStanding {
    /// - Parameters:
    ///   - pending: the last own write of it that is not confirmed.
    ///   - cells: what the hub last said of it; of a set, all its elements.
    /// - Returns: nil for what nobody has written.
    init?(of group: Group, _ pending: PendingOperation?, _ cells: [CellState]) {
        let writes = cells.compactMap { Shown.sibling(of: $0, policy: group.policy) }
        // Of a set, the latest addition stands for all.
        let shown = writes.max { $0.write.effective < $1.write.effective }
        guard pending != nil || shown != nil else { return nil }
        let isContested = !group.isSet && cells.contains { cell in
            let shown = Shown.sibling(of: cell, policy: group.policy)
            return cell.siblings.contains { $0.content != shown?.content }
        }
        self.init(
            isPending: pending != nil, isContested: isContested, author: pending?.author ?? shown?.write.author,
            milliseconds: pending?.stamp.milliseconds ?? shown?.write.effective.milliseconds)
    }
}

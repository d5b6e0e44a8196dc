import ReplicationCore
import WireProtocol

/// How a row stands between the device and the hub.
public enum RowStatus: String, Sendable, CaseIterable {
    /// The hub has everything that the row shows.
    case synced
    /// Own writes wait for the hub, or for its echo.
    case pending
    /// Concurrent values stand beside what is shown.
    case conflict
    /// An own write was not accepted, and waits for the user.
    case refused
}

extension DeviceReplica {
    /// How a row stands; nil if the device knows nothing of it. What needs the user comes before what
    /// needs only time.
    public func status(of key: RowKey, in store: any DeviceReader) throws -> RowStatus? {
        if try store.refusals().contains(where: { $0.key == key }) { return .refused }
        let confirmed = try store.confirmed(key)
        if let confirmed, let collection = schema.collection(key.collection) {
            if confirmed.cells.contains(where: { isContested($0, in: collection) }) { return .conflict }
        }
        if !pending.operations(on: key).isEmpty { return .pending }
        return confirmed == nil ? nil : .synced
    }

    /// Siblings of a group that hold other values than the shown one.
    private func isContested(_ cell: CellState, in collection: Collection) -> Bool {
        guard cell.part != .liveness, cell.part.element == nil, cell.siblings.count > 1 else { return false }
        let shown = Shown.sibling(of: cell, policy: collection.policy(of: cell.part))
        return cell.siblings.contains { $0.content != shown?.content }
    }
}

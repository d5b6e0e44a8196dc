import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What was written here in one transaction, as it is kept.
public struct OwnChangeset: Sendable {
    public let identity: ChangesetID
    /// When it was written, by the device's hybrid clock, which follows the hub's as far as the device knows it: in Unix milliseconds.
    public let milliseconds: UInt64
    /// Up to where the device was complete then.
    public let basis: CommitSequence
    /// In the order in which they take effect.
    public let operations: [CellOperation]
    /// How many operations were refused; nil while the hub has not answered.
    public let refused: Int?
}

extension Replica {
    /// What was written here and is still kept, oldest first: what the hub may still lose, and what it has not answered. Of a
    /// stream that has forked, what went under the present site.
    ///
    /// - Parameter limit: at most so many, the latest ones.
    /// - Throws: `DeviceStoreError`, or `WireError` for what cannot be read any more.
    public func ownChangesets(limit: Int = 10_000) throws -> [OwnChangeset] {
        let progress = progress
        return try store.read { reader in
            var found: [OwnChangeset] = []
            var counter = progress.lastCounter
            while counter > 0, found.count < limit, let entry = try reader.outboxEntry(at: Dot(site: progress.site, counter: counter)) {
                found.append(try OwnChangeset(entry))
                counter -= 1
            }
            return found.reversed()
        }
    }
}

extension OwnChangeset {
    fileprivate init(_ entry: OutboxEntry) throws {
        let decoded = try ChangesetCodec.decode(entry.changeset)
        identity = entry.identity
        milliseconds = decoded.header.stamp.milliseconds
        basis = decoded.header.basis
        operations = decoded.order.map { decoded.operations[$0] }
        refused = try entry.refusedOperations
    }
}

import Foundation
import ReplicationCore
import WireProtocol

/// An administrator's commands that take something away.
extension Hub {
    mutating func revoke(_ command: WireRevokeCommand, _ request: UInt64, _ connection: ConnectionID) {
        guard command.device.isEmpty != command.user.isEmpty else {
            return replyError("Give a device or a user, and not both.", request, connection)
        }
        guard let (reason, administrator) = words(command.reason, command.administrator, request, connection) else { return }
        actions.append(.commit(.revoke(connection, request: request, RevocationOrder(
            command.user.isEmpty ? .device(command.device) : .user(command.user), reason: reason,
            administrator: administrator, isReinstating: command.reinstate))))
    }

    mutating func purge(_ command: WirePurgeCommand, _ request: UInt64, _ connection: ConnectionID) {
        guard let (reason, administrator) = words(command.reason, command.administrator, request, connection) else { return }
        var order = PurgeOrder(
            olderThanMilliseconds: min(command.olderThanSeconds, 1 << 40) * 1_000, isDryRun: command.dryRun, reason: reason,
            administrator: administrator)
        if !command.collection.isEmpty {
            guard let collection = schema.collection(named: command.collection) else {
                return replyError("The schema has no collection '\(command.collection)'.", request, connection)
            }
            order.collection = collection.number
        }
        if !command.row.isEmpty {
            guard let row = RowID(bytes: command.row), let collection = order.collection else {
                return replyError("A row is named by its collection and an id of 16 bytes.", request, connection)
            }
            order.row = RowKey(collection: collection, row: row)
        }
        if !command.after.isEmpty {
            guard let after = RowKey(packed: Array(command.after)) else {
                return replyError("'after' is not what the step before gave.", request, connection)
            }
            order.after = after
        }
        if order.isDryRun {
            actions.append(.read(.purge(connection, request: request, order, CommitMoment(wallMilliseconds: now))))
        } else {
            actions.append(.commit(.purge(connection, request: request, order)))
        }
    }

    mutating func erase(_ command: WireEraseCommand, _ request: UInt64, _ connection: ConnectionID) {
        guard let (reason, administrator) = words(command.reason, command.administrator, request, connection) else { return }
        guard let collection = schema.collection(named: command.collection), let row = RowID(bytes: command.row) else {
            return replyError("A row is named by its collection, which the schema must have, and an id of 16 bytes.", request, connection)
        }
        var keep: Set<UInt32> = []
        for name in command.keep {
            guard let kept = schema.collection(named: name) else {
                return replyError("The schema has no collection '\(name)'.", request, connection)
            }
            keep.insert(kept.number)
        }
        let order = ErasureOrder(
            identity: identifiers.next(milliseconds: now, random: &random),
            subject: RowKey(collection: collection.number, row: row), keep: keep, reason: reason,
            administrator: administrator, isCompacting: !command.deferCompaction)
        if command.dryRun {
            actions.append(.read(.describeErasure(connection, request: request, order)))
        } else {
            actions.append(.read(.planErasure(connection, request: request, order)))
        }
    }

    mutating func list(_ command: WireQuarantineCommand, _ request: UInt64, _ connection: ConnectionID) {
        actions.append(.read(.quarantine(connection, request: request, QuarantineQuestion(
            rule: command.rule.isEmpty ? nil : command.rule, device: command.device.isEmpty ? nil : command.device,
            limit: Int(min(max(command.limit, 1), 1_000))))))
    }

    /// Why, and who; nil, and answered, if that is more than belongs into the log.
    private mutating func words(
        _ reason: String, _ administrator: String, _ request: UInt64, _ connection: ConnectionID
    ) -> (reason: String, administrator: String)? {
        guard reason.utf8.count <= 500, administrator.utf8.count <= 100 else {
            replyError("A reason takes 500 bytes, and an administrator's name 100.", request, connection)
            return nil
        }
        return (reason, administrator)
    }
}

import Foundation
import ReplicationCore
import WireProtocol

/// Backups, and what devices hand in after the hub was restored from one.
extension Hub {
    // MARK: Handing in

    mutating func receive(_ salvage: WireSalvage, _ open: OpenSession, from connection: ConnectionID) {
        guard open.isHandingIn else {
            return fail(connection, .malformed, "The device hands in what this hub has not lost.")
        }
        var rows: [RowState] = []
        for part in salvage.collections {
            guard let collection = schema.collection(part.collection), schema.mayRead(open.replica.role, collection) else { continue }
            for change in part.rows {
                guard let id = RowID(bytes: change.row) else {
                    return fail(connection, .malformed, "A row's id has 16 bytes.")
                }
                let key = RowKey(collection: part.collection, row: id)
                do throws(WireError) {
                    var row = try present(change, key, in: collection, from: open.schemaVersion)
                    row.cells.removeAll { !isCredible($0, collection, open.replica.role) }
                    if !row.cells.isEmpty { rows.append(row) }
                } catch {
                    return fail(connection, .malformed, "A row that was handed in cannot be read: \(error.detail)")
                }
            }
        }
        actions.append(.commit(.salvage(connection, open.replica.id, rows, isLast: salvage.last)))
        if salvage.last { actions.append(.commit(.judgeParked)) }
    }

    /// What a device of some schema version hands in, in the present form.
    private func present(
        _ change: WireRowChange, _ key: RowKey, in collection: ReplicationCore.Collection, from version: UInt32
    ) throws(WireError) -> RowState {
        guard let lens = schema.history.lens(from: version), let older = lens.older.collection(key.collection) else {
            return try RowChangeCodec.decode(change, key: key, in: collection)
        }
        var row = try RowChangeCodec.decode(change, key: key, in: older)
        guard let steps = lens.lens(of: key.collection) else { return row }
        // A cell that was made of others names writes that never were of each of them. What such cells held comes back
        // with its writers, and with devices of this version.
        row.cells.removeAll { cell in
            cell.part == .liveness ? !cell.siblings.allSatisfy { $0.content == .alive } : !steps.isKept(cell.part.group)
        }
        return row
    }

    /// A cell that the device can have been sent before the restore.
    private func isCredible(_ cell: CellState, _ collection: ReplicationCore.Collection, _ role: UInt32) -> Bool {
        identity.isLost(cell.sequence) && (cell.part == .liveness || schema.mayRead(role, cell.part.group, of: collection))
            && cell.siblings.allSatisfy { $0.write.sequence <= cell.sequence && $0.write.sequence.isPossible }
    }

    mutating func answerSalvage(isLast: Bool, _ connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase else { return }
        if isLast { open.isHandingIn = false }
        sessions[connection]?.phase = .open(open)
        var salvaged = WireSalvaged()
        salvaged.last = isLast
        // Before the changes that follow.
        send(.salvaged(salvaged), to: connection, lane: .changes)
        continueCatchUp(connection)
    }

    // MARK: Backups

    mutating func finishBackup(at path: String, keep: Int, failure: String?, _ request: UInt64, _ connection: ConnectionID) {
        guard let failure else {
            return actions.append(.read(.backups(connection, request: request, keep: keep)))
        }
        replyError(failure, request, connection)
        // It was offered before it was made.
        actions.append(.commit(.withdrawBackups(connection, request: 0, [path])))
    }

    mutating func deliver(_ backups: [BackupRecord], keep: Int?, _ request: UInt64, to connection: ConnectionID) {
        if let keep, keep > 0, backups.count > keep {
            let old = backups.prefix(backups.count - keep).map(\.path)
            return actions.append(.commit(.withdrawBackups(connection, request: request, old)))
        }
        reply(connection, request) { $0.backups = WireBackupReport(offered: backups, withdrawn: []) }
    }
}

extension WireBackupReport {
    init(offered: [BackupRecord], withdrawn: [BackupRecord]) {
        self.init()
        self.offered = offered.map { WireBackup($0) }
        self.withdrawn = withdrawn.map { WireBackup($0) }
    }
}

extension WireBackup {
    fileprivate init(_ record: BackupRecord) {
        self.init()
        path = record.path
        sequence = WireSequence(record.sequence)
        madeMilliseconds = record.milliseconds
    }
}

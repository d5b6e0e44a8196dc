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
        guard !open.isTakingSalvage else {
            return fail(connection, .malformed, "The device hands in more before the hub has answered what it handed in.")
        }
        // A copy of the device, made before that: nothing can have come to it since, and its changesets came by now.
        if open.replica.handedIn >= identity.epoch { return answerSalvage(isLast: true, connection) }
        var rows: [LostRow] = []
        for part in salvage.sealed {
            for change in part.rows {
                do throws(RefusedForm) {
                    if let row = try lostRow(change, in: part) { rows.append(row) }
                } catch {
                    return fail(connection, error.code, error.message, retryAfter: error.retryAfter)
                }
            }
        }
        var taking = open
        taking.isTakingSalvage = true
        sessions[connection]?.phase = .open(taking)
        actions.append(.commit(.salvage(connection, open.replica.id, rows, isLast: salvage.last)))
        if salvage.last { actions.append(.commit(.judgeParked)) }
    }

    /// What is lost of a row that was sent under a seal; nil if the hub has it, or no such rows any more.
    private func lostRow(_ change: WireRowChange, in part: WireSealedRows) throws(RefusedForm) -> LostRow? {
        guard let id = RowID(bytes: change.row) else { throw RefusedForm(code: .malformed, message: "A row's id has 16 bytes.") }
        guard rowSeal.isSealed(change, in: part.collection, version: part.schemaVersion) else {
            throw RefusedForm(code: .malformed, message: "A row that was handed in after a restore has no seal of this hub's, or is otherwise than it was sent. Nothing of the message was taken; what was written on the device comes in with its changesets.")
        }
        guard part.schemaVersion <= schema.version else {
            throw RefusedForm(code: .schemaTooNew, message: "The device holds rows of schema version \(part.schemaVersion); this hub has \(schema.version). Update the hub; the device's work is kept.", retryAfter: 60_000)
        }
        guard let collection = schema.collection(part.collection) else { return nil }
        var row: RowState
        do throws(WireError) {
            row = try present(change, RowKey(collection: part.collection, row: id), in: collection, from: part.schemaVersion)
        } catch {
            throw RefusedForm(code: .malformed, message: "A row that was handed in cannot be read: \(error.detail)")
        }
        // A form of an earlier version has other cells: what those contain is left aside.
        let isPresent = part.schemaVersion == schema.version
        let contained = try (isPresent ? change.contained : []).map { wire throws(RefusedForm) in
            guard Int(wire.cell) < row.cells.count else {
                throw RefusedForm(code: .malformed, message: "A row that was handed in says what is contained in a cell that it does not have.")
            }
            let part = row.cells[Int(wire.cell)].part
            return ContainedPlace(key: row.key, part: part, sequence: CommitSequence(epoch: wire.upTo.epoch, number: wire.upTo.number))
        }
        row.cells.removeAll { !identity.isLost($0.sequence) }
        return row.cells.isEmpty ? nil : LostRow(state: row, contained: contained.filter { row[$0.part] != nil })
    }

    /// What the writers of an upload had been sent of lost time, from a device that is handing in. Nothing hangs on it alone: what
    /// is not under a seal of this hub's, cannot be read, or is more than there is room for, is as if it were not there.
    func rowsSeen(by upload: WireUpload, _ open: OpenSession, room: Int) -> (rows: [LostRow], weight: Int) {
        var rows: [LostRow] = []
        var weight = 0
        guard open.isHandingIn else { return (rows, weight) }
        var looks = ProtocolLimits.seenRowsPerUpload
        for part in upload.seen {
            for change in part.rows.prefix(looks) {
                looks -= 1
                do throws(RefusedForm) {
                    guard let row = try lostRow(change, in: part), weight + row.weight <= room else { continue }
                    weight += row.weight
                    rows.append(row)
                } catch {
                    continue
                }
            }
        }
        return (rows, weight)
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

    mutating func answerSalvage(isLast: Bool, _ connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase else { return }
        open.isTakingSalvage = false
        if isLast {
            open.isHandingIn = false
            open.replica.handedIn = identity.epoch
        }
        sessions[connection]?.phase = .open(open)
        var salvaged = WireSalvaged()
        salvaged.last = isLast
        // Before the changes that follow.
        send(.salvaged(salvaged), to: connection, lane: .changes)
        if isLast { giveSignals(to: connection) }
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

/// Why the hub does not take what came as a row under its seal.
private struct RefusedForm: Error {
    let code: WireFailureCode
    let message: String
    /// In milliseconds; 0 if trying again does not help.
    var retryAfter: UInt32 = 0
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

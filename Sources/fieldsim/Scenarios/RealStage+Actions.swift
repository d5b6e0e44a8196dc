import Domain
import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Scenarios

extension RealStage {
    func perform(_ action: Scenario.DeviceAction, by name: String) throws {
        let seat = try seat(name)
        switch action {
        case .online:
            seat.wantsToBeOnline = true
            try seat.device?.goOnline()
        case .offline:
            seat.wantsToBeOnline = false
            seat.device?.goOffline()
        case .sync: try sync(seat)
        case .weather(let name):
            guard let weather = LinkWeather(named: name) else { throw StageError("There is no weather `\(name)`.") }
            seat.weather = weather
            try seat.device?.change(to: weather)
        case .discard:
            let replica = try running(name).replica
            for identity in Set(try replica.refused().map(\.identity)).sorted() { try replica.discardRefused(identity) }
        case .kill: try close(seat)
        case .start: if seat.device == nil { try open(seat) }
        case .backUp: try stopped(seat) { try copy(seat.folder.path, to: seat.folder.path + ".backup") }
        case .restore: try stopped(seat) { try copy(backup(of: seat, name), to: seat.folder.path) }
        case .clone(let second):
            let folder = DeviceFolder("\(folder)/\(second)", options: seat.folder.options)
            try copy(backup(of: seat, name), to: folder.path)
            let clone = Seat(folder)
            seats[second] = clone
            try open(clone)
        case .clock(let offset):
            seat.clockOffset = offset
            setClock(seat)
        case .disk: throw StageError("A full disk is simulated only. Say `only: [simulated]` in this step, or in the scenario.")
        case .updateApp:
            var options = seat.folder.options
            options.takesLaterSchemas = true
            options.parse = DeviceFolder.options.parse
            try close(seat)
            let updated = Seat(DeviceFolder(seat.folder.path, options: options))
            (updated.wantsToBeOnline, updated.weather, updated.clockOffset) = (seat.wantsToBeOnline, seat.weather, seat.clockOffset)
            seats[name] = updated
            try open(updated)
        case .resend: try running(name).replica.resend()
        case .document(let action): try perform(action, by: name)
        case .write, .resolve: preconditionFailure("Writes come with their rows.")
        }
    }

    private func stopped(_ seat: Seat, _ body: () throws -> Void) throws {
        let wasRunning = seat.device != nil
        try close(seat)
        try body()
        if wasRunning { try open(seat) }
    }

    private func backup(of seat: Seat, _ name: String) throws -> String {
        let path = seat.folder.path + ".backup"
        guard FileManager.default.fileExists(atPath: path) else { throw StageError("There is no backup of \(name): let it `back_up` before.") }
        return path
    }

    private func copy(_ from: String, to: String) throws {
        if FileManager.default.fileExists(atPath: to) { try FileManager.default.removeItem(atPath: to) }
        try FileManager.default.copyItem(atPath: from, toPath: to)
    }

    func perform(_ action: Scenario.HubAction) throws {
        let backup = folder + "/hub.backup.sqlite"
        if !hub.isOwn, [.kill, .start, .restore].contains(action) {
            throw StageError("The hub was not started by this story, so it is not ended and not restored. Play it without --hub.")
        }
        switch action {
        case .kill:
            dropClient()
            try hub.kill()
        case .start: if !hub.isUp { try hub.start() }
        case .backUp:
            if FileManager.default.fileExists(atPath: backup) { try FileManager.default.removeItem(atPath: backup) }
            _ = try hub.command("backup", ["--to", backup])
        case .restore:
            dropClient()
            try hub.stop()
            _ = try hub.command("restore", ["--from", backup])
            try hub.start()
        case .revoke(let device): _ = try hub.command("revoke", ["--device", device, "--reason", "scenario"])
        case .reinstate(let device):
            _ = try hub.command("reinstate", ["--device", device, "--reason", "scenario"])
            // The user is told, and tries again.
            let seat = try seat(device)
            if seat.wantsToBeOnline { try seat.device?.goOnline() }
        }
    }

    func write(by device: String, _ body: (LocalTransaction) throws -> Void) throws { try running(device).replica.write(body) }

    // MARK: Questions

    func now(of device: String) throws -> Int64 { Int64(clamping: SystemClock.now().wall) + (try seat(device).device?.clockOffset ?? 0) }
    func hubNow() throws -> Int64 { Int64(clamping: SystemClock.now().wall) }
    func hubSchema() throws -> Schema { schema }
    func schema(of device: String) throws -> Schema { try running(device).replica.schema }

    func query(_ sql: String, _ arguments: [Value], at device: String) throws -> [StoredRow] {
        try running(device).replica.query(sql, arguments).map { row in StoredRow(columns: row.columns, values: row.columns.map { row[$0] }) }
    }

    func standing(of device: String) throws -> DeviceStanding {
        let replica = try running(device).replica
        var block: String?
        if case .blocked(let found) = replica.connection { block = found.message }
        return DeviceStanding(
            pending: replica.pendingCount, conflicts: try replica.conflicts().count, refused: try replica.refused().count, block: block)
    }

    func status(of key: RowKey, at device: String) throws -> RowStatus? {
        guard let collection = schema.collection(key.collection) else { return nil }
        return try running(device).replica.status(of: collection.name, key.row)
    }

    func isSame(_ device: String) throws -> Sameness {
        let replica = try running(device).replica
        do {
            try waiting { try await replica.syncNow(within: .seconds(5)) }
            let report = try waiting { try await replica.verify() }
            if report.isEqual, report.repair == nil { return .same(rows: Int(clamping: report.rows)) }
            return .different("here \(report.rows) rows and \(report.cells) cells, at the hub \(report.hubRows) and \(report.hubCells)\(report.repair == nil ? "" : "; it was mended")")
        } catch let error as ReplicaError {
            return .unknown(error.message)
        }
    }
}

import Foundation
import ReplicationCore
import WireProtocol

extension Hub {
    mutating func receive(_ request: WireControlRequest, from connection: ConnectionID) {
        guard isEqualInConstantTime(Array(request.token), controlToken) else {
            return fail(connection, .proofFailed, "Administrative commands need the token in the hub's data folder. Run them on the hub's machine, as the user who runs the hub.")
        }
        sessions[connection]?.phase = .control
        unproved.remove(connection)
        switch request.command {
        case .status:
            actions.append(.read(.status(
                connection, request: request.request, connected: connections.keys.sorted())))
        case .enrol(let command):
            let code = EnrolmentCode.make(using: &random)
            let seconds = command.validSeconds == 0 ? 86_400 : UInt64(command.validSeconds)
            actions.append(.commit(.makeCode(connection, request: request.request, CodeRequest(
                user: command.user, codeHash: EnrolmentCode.hash(code), code: code,
                expiresMilliseconds: now + seconds * 1_000))))
        case .import(let command):
            guard let batch = ImportBatch(command) else {
                return replyError("The import is malformed: ids have 16 bytes, and every value a kind.", request.request, connection)
            }
            actions.append(.commit(.importLines(connection, request: request.request, batch)))
        case .explain(let command):
            guard let row = RowID(bytes: command.row) else {
                return replyError("A row's id has 16 bytes.", request.request, connection)
            }
            actions.append(.read(.explain(connection, request: request.request, ExplainQuestion(
                collection: command.collection, row: row, field: command.field,
                element: command.hasElement ? command.element : nil))))
        case .revoke(let command): revoke(command, request.request, connection)
        case .purge(let command): purge(command, request.request, connection)
        case .erase(let command): erase(command, request.request, connection)
        case .quarantine(let command): list(command, request.request, connection)
        case .definitions(let command):
            actions.append(.read(.definitions(
                connection, request: request.request, region: command.region.isEmpty ? nil : command.region)))
        case .rows(let command):
            actions.append(.read(.rows(connection, request: request.request, RowsQuestion(
                collection: command.collection, field: command.field, values: command.values,
                limit: min(max(Int(command.limit), 1), HubLimits.rowsListed)))))
        case .verify(let command): verify(command, request.request, connection)
        case .backup(let command):
            actions.append(.commit(.registerBackup(
                connection, request: request.request, path: command.path, keep: Int(command.keep))))
        case .backups(let command):
            actions.append(command.withdraw.isEmpty
                ? .read(.backups(connection, request: request.request, keep: nil))
                : .commit(.withdrawBackups(connection, request: request.request, command.withdraw)))
        case nil:
            replyError("This hub does not know the command; it may be older than the program that gave it.", request.request, connection)
        }
    }

    mutating func reply(
        _ connection: ConnectionID, _ request: UInt64, _ fill: (inout WireControlReply) -> Void
    ) {
        var reply = WireControlReply()
        reply.request = request
        fill(&reply)
        send(.controlReply(reply), to: connection)
    }

    mutating func replyError(_ reason: String, _ request: UInt64, _ connection: ConnectionID) {
        reply(connection, request) { $0.error = reason }
    }

    private func isEqualInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count, !b.isEmpty else { return false }
        return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension ImportBatch {
    /// Nil if an id or a value is malformed.
    init?(_ command: WireImportCommand) {
        guard let job = ChangesetID(bytes: command.job) else { return nil }
        var lines: [Line] = []
        for wireLine in command.lines {
            var line = Line(number: wireLine.line, rows: [])
            for wireRow in wireLine.rows {
                guard let id = RowID(bytes: wireRow.row) else { return nil }
                var row = Row(collection: wireRow.collection, row: id, fields: [], sets: [], fillsOnly: wireRow.fillOnly)
                for field in wireRow.fields {
                    if !field.elements.isEmpty {
                        row.sets.append((field.name, field.elements))
                        continue
                    }
                    do throws(WireError) {
                        row.fields.append((field.name, try field.value.core()))
                    } catch {
                        return nil
                    }
                }
                line.rows.append(row)
            }
            lines.append(line)
        }
        self.init(job: job, isDryRun: command.dryRun, lines: lines)
    }
}

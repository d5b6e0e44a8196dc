import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

extension HubHouse {
    /// Gives an administrator's command, and gives what the hub replies.
    @discardableResult
    func command(_ command: WireControlRequest.OneOf_Command) throws -> WireControlReply.OneOf_Result? {
        let connection = try connect()
        var request = WireControlRequest()
        request.token = Data([1, 2, 3])
        request.request = 1
        request.command = command
        try say(.controlRequest(request), on: connection)
        return to(connection).compactMap { if case .controlReply(let reply) = $0 { reply.result } else { nil } }.last
    }

    /// The report that answers a command, as an object.
    func report(_ command: WireControlRequest.OneOf_Command) throws -> [String: Any] {
        guard case .report(let json)? = try self.command(command) else { return [:] }
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    func error(_ command: WireControlRequest.OneOf_Command) throws -> String? {
        guard case .error(let text)? = try self.command(command) else { return nil }
        return text
    }

    @discardableResult
    func revoke(device: String = "", user: String = "", reinstate: Bool = false) throws -> [String: Any] {
        try report(Self.revoking(device: device, user: user, reinstate: reinstate))
    }

    static func revoking(device: String = "", user: String = "", reinstate: Bool = false) -> WireControlRequest.OneOf_Command {
        var command = WireRevokeCommand()
        command.device = device
        command.user = user
        command.reason = "test"
        command.administrator = "root"
        command.reinstate = reinstate
        return .revoke(command)
    }

    @discardableResult
    func purge(_ key: RowKey? = nil, olderThan seconds: UInt64 = 0, dryRun: Bool = false) throws -> [String: Any] {
        try report(purging(key, olderThan: seconds, dryRun: dryRun))
    }

    func purging(_ key: RowKey? = nil, olderThan seconds: UInt64 = 0, dryRun: Bool = false) -> WireControlRequest.OneOf_Command {
        var command = WirePurgeCommand()
        if let key {
            command.collection = office.schema.collection(key.collection)?.name ?? ""
            command.row = Data(key.row.bytes)
        }
        command.olderThanSeconds = seconds
        command.dryRun = dryRun
        command.administrator = "root"
        return .purge(command)
    }

    @discardableResult
    func erase(_ key: RowKey, keep: [String] = [], dryRun: Bool = false) throws -> [String: Any] {
        var command = WireEraseCommand()
        command.collection = office.schema.collection(key.collection)?.name ?? ""
        command.row = Data(key.row.bytes)
        command.keep = keep
        command.dryRun = dryRun
        command.administrator = "root"
        return try report(.erase(command))
    }

    func erasures(_ connection: ConnectionID) throws -> [RowKey] {
        try to(connection).flatMap { body -> [RowKey] in
            guard case .erasures(let message) = body else { return [] }
            return try message.erasures.flatMap { try $0.core().rows }
        }
    }

    /// The last entry of the log that an administrator caused.
    func lastAct() throws -> AdministrativeAct? {
        office.store.now.entries.reversed().lazy.compactMap { ChangesetCodec.readable($0.changeset)?.header.act }.first
    }
}

extension Office {
    /// Where a text stands in what the store holds.
    func traces(of text: String) -> [String] {
        let needle = Array(text.utf8)
        func holds(_ bytes: [UInt8]) -> Bool {
            bytes.count >= needle.count && bytes.indices.dropLast(needle.count - 1).contains { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
        }
        let state = store.now
        return state.entries.filter { holds($0.changeset) || holds($0.receipt) }.map { "log \($0.sequence)" }
            + state.rows.values.filter { "\($0)".contains(text) }.map { "row \($0.key)" }
            + state.quarantine.filter { "\($0)".contains(text) }.map { "quarantine \($0.place)" }
    }

    /// All roots of the log are those that were committed.
    func rootsStand() throws -> Bool {
        store.now.entries.allSatisfy { ChangesetCodec.root(ofLogged: $0.changeset) == $0.root }
    }
}

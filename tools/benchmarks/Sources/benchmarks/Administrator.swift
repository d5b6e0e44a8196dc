import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WebSocketTransport
import WireProtocol

/// Gives a hub its users and codes over the administrative messages of the protocol, many at a time.
final class Administrator {
    private let connector: WebSocketConnector
    private let connection: ConnectionID
    private let token: Data
    private let replies: Replies

    private final class Replies: Sendable {
        let taken = Mutex<[WireControlReply]>([])
        let closed = Mutex<CloseReason?>(nil)

        func take(_ event: TransportEvent) {
            switch event {
            case .received(_, let bytes):
                do {
                    for message in try WireFrame(serializedBytes: bytes).messages {
                        if case .controlReply(let reply) = message.body { taken.withLock { $0.append(reply) } }
                    }
                } catch {
                    closed.withLock { $0 = .violation("\(error)") }
                }
            case .closed(_, let reason): closed.withLock { $0 = reason }
            case .opened, .drained: break
            }
        }
    }

    init(_ endpoint: Endpoint, token: [UInt8]) throws {
        self.token = Data(token)
        let replies = Replies()
        self.replies = replies
        connector = try WebSocketConnector { replies.take($0) }
        connection = try connector.connect(to: endpoint)
    }

    func stop() { connector.stop() }

    /// Makes users, one for each id.
    func makeUsers(_ ids: [RowID]) throws {
        let lines = ids.enumerated().map { index, id in
            line(index, "user", id, [("name", .text("Worker \(index)")), ("role", .text("worker"))])
        }
        _ = try importLines(lines)
    }

    /// Single-use codes, one for each user.
    func makeCodes(for users: [RowID]) throws -> [String] {
        let commands = users.map { user in
            var command = WireEnrolCommand()
            command.user = user.description
            return WireControlRequest.OneOf_Command.enrol(command)
        }
        return try perform(commands).map { reply in
            guard case .enrolment(let code) = reply.result else { throw BenchmarkFailure("no code: \(reply)") }
            return code.code
        }
    }

    /// - Returns: the seconds that it took.
    @discardableResult
    func importLines(_ lines: [WireImportLine], expecting outcome: WireImportLineResult.Outcome = .created) throws -> Double {
        let job = Data((0..<16).map { _ in UInt8.random(in: 0...255) })
        let commands = stride(from: 0, to: lines.count, by: 500).map { start in
            var command = WireImportCommand()
            command.job = job
            command.lines = Array(lines[start..<min(start + 500, lines.count)])
            return WireControlRequest.OneOf_Command.import(command)
        }
        let clock = Stopwatch()
        for reply in try perform(commands) {
            if case .error(let text) = reply.result { throw BenchmarkFailure("the hub refuses to import: \(text)") }
            guard case .import(let result) = reply.result, result.lines.allSatisfy({ $0.outcome == outcome }) else {
                throw BenchmarkFailure("not imported: \(reply)")
            }
        }
        return clock.seconds
    }

    func line(_ number: Int, _ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> WireImportLine {
        var row = WireImportRow()
        row.collection = collection
        row.row = Data(id.bytes)
        row.fields = fields.map { name, value in
            var field = WireImportField()
            field.name = name
            field.value = WireValue(value)
            return field
        }
        var line = WireImportLine()
        line.line = UInt64(number + 1)
        line.rows = [row]
        return line
    }

    /// Sends all commands at once, and waits for all replies.
    private func perform(_ commands: [WireControlRequest.OneOf_Command]) throws -> [WireControlReply] {
        for (index, command) in commands.enumerated() {
            var request = WireControlRequest()
            request.token = token
            request.request = UInt64(index + 1)
            request.command = command
            connector.send(WireFrame.bytes(.controlRequest(request)), lane: .urgent, to: connection)
        }
        try Wait.until("the hub answers \(commands.count) commands", seconds: 120) {
            if let reason = replies.closed.withLock({ $0 }) { throw BenchmarkFailure("the hub closed: \(reason)") }
            return replies.taken.withLock { $0.count } >= commands.count
        }
        return replies.taken.withLock { taken in
            defer { taken = [] }
            return taken.sorted { $0.request < $1.request }
        }
    }
}

enum Wait {
    /// Looks every half millisecond until something is so.
    static func until(_ what: String, seconds: Double, _ isSo: () throws -> Bool) throws {
        let clock = Stopwatch()
        while try !isSo() {
            guard clock.seconds < seconds else { throw BenchmarkFailure("waited \(seconds) s in vain until \(what)") }
            usleep(500)
        }
    }
}

import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Synchronization

/// Writes what a shell says: text for people, or one JSON object to a line for programs.
final class Printer: Sendable {
    let isJSON: Bool
    private let output = Mutex(())

    init(isJSON: Bool) { self.isJSON = isJSON }

    private func line(_ text: String) {
        output.withLock { _ in FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
    }

    func text(_ text: String) { line(text) }

    func prompt(_ text: String) {
        output.withLock { _ in FileHandle.standardOutput.write(Data(text.utf8)) }
    }

    /// Answers a command that went well.
    func reply(_ text: String, _ members: [String: Value]) {
        guard isJSON else { return line(text) }
        let sorted = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        line(ValueJSON.object([("ok", .boolean(true))] + sorted))
    }

    /// Answers with a document that is rendered elsewhere.
    func document(text: String, json: String, named name: String) {
        line(isJSON ? "{\"ok\":true,\"\(name)\":\(json)}" : text)
    }

    func failure(_ message: String) {
        if isJSON { return line(ValueJSON.object([("ok", .boolean(false)), ("error", .text(message))])) }
        FileHandle.standardError.write(Data("fieldsim: \(message)\n".utf8))
    }

    func fields(_ fields: [(String, Value)]) {
        if isJSON { return line(ValueJSON.object([("ok", .boolean(true))] + fields)) }
        let width = fields.map(\.0.count).max() ?? 0
        for (name, value) in fields {
            line(name.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + Self.words(value))
        }
    }

    func rows(_ rows: [[(String, Value)]], named name: String = "rows") {
        if isJSON {
            return line("{\"ok\":true,\"\(name)\":[\(rows.map { ValueJSON.object($0) }.joined(separator: ","))]}")
        }
        guard let first = rows.first else { return line("Nothing.") }
        let table = [first.map(\.0)] + rows.map { $0.map { Self.cut(Self.words($0.1)) } }
        let widths = first.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            line(zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  "))
        }
    }

    /// Tells programs what happens by itself; people ask with `status`.
    func event(_ event: ReplicaEvent) {
        switch event {
        case .connected: tell("connected", [])
        case .offline(let reason, _): tell("offline", [("reason", .text(reason))])
        case .blocked(let block): tell("blocked", [("reason", .text(block.message))], always: "This device cannot connect: \(block.message)")
        case .uploaded(let count): tell("uploaded", [("changesets", .integer(Int64(count)))])
        case .verdict(let report):
            tell("verdicts", [
                ("changeset", .text(report.identity.description)), ("accepted", .integer(Int64(report.accepted))),
                ("conflicts", .integer(Int64(report.conflicts))), ("reviews", .integer(Int64(report.reviews))),
                ("late", .integer(Int64(report.late))), ("refused", .integer(Int64(report.refused.count))),
            ])
            for refused in report.refused where !isJSON {
                line("Refused: \(refused.refusal.detail) \(refused.remedy)")
            }
        case .changes(let report): tell("changes", Self.members(of: report))
        case .caughtUp(let sequence): tell("caught-up", [("at", .text(sequence.description))])
        case .held(let report) where !report.isEqual:
            tell("sums-differ", [
                ("at", .text(report.at.description)), ("rows", .integer(Int64(clamping: report.rows))),
                ("hubRows", .integer(Int64(clamping: report.hubRows))),
            ], always: "This device holds something else than it should: it compares itself with the hub, and mends what differs.")
        case .digest, .held, .clock: break
        case .erased(let rows): tell("erased", [("rows", .integer(Int64(rows)))])
        case .schemaUpdated(let version): tell("schema", [("version", .integer(Int64(version)))])
        case .schemaDeclined(let version, let reason):
            tell("schema-declined", [("version", .integer(Int64(version))), ("reason", .text(reason))])
        case .forked(let site): tell("forked", [("site", .integer(Int64(site)))])
        case .signalDropped(let dropped):
            tell("signal-dropped", [("row", .text(dropped.topic.row.description)), ("reason", .text("\(dropped.reason)"))],
                always: "The hub passed a live value on to nobody: \(dropped.reason).")
        case .blob(let report): tell(report)
        case .storeFailed(let message): tell("store-failed", [("reason", .text(message))], always: message)
        }
    }

    private static func members(of report: ChangeReport) -> [(String, Value)] {
        guard let progress = report.catchUp else { return [] }
        var members: [(String, Value)] = [("rowsDone", .integer(Int64(progress.rowsDone)))]
        if let total = progress.rowsTotal { members.append(("rowsTotal", .integer(Int64(total)))) }
        members.append(("bytes", .integer(Int64(progress.bytes))))
        if let left = progress.millisecondsLeft { members.append(("millisecondsLeft", .integer(Int64(clamping: left)))) }
        return members
    }

    private func tell(_ report: BlobReport) {
        let blob = report.blob.hash.description
        func tell(_ change: String, _ bytes: UInt64? = nil, always: String? = nil) {
            self.tell("blob", [("hash", .text(blob)), ("change", .text(change))] + (bytes.map { [("bytes", .integer(Int64($0)))] } ?? []), always: always)
        }
        switch report.change {
        case .coming(let bytes): tell("coming", bytes)
        case .here: tell("here")
        case .awaited: tell("awaited")
        case .notShown: tell("not-shown")
        case .damaged: tell("damaged", always: "The blob \(blob.prefix(12))… came damaged twice; it is asked for again with the next connection.")
        case .sending(let bytes): tell("sending", bytes)
        case .handedIn: tell("handed-in")
        case .lost: tell("lost", always: "The file of the blob \(blob.prefix(12))… is not what it was, and was removed. If the hub has it, it comes again.")
        case .hubIsFull: tell("hub-full", always: "The hub's disk is full: blobs are offered again later. Everything else goes on.")
        }
    }

    private func tell(_ name: String, _ members: [(String, Value)], always: String? = nil) {
        if isJSON { line(ValueJSON.object([("event", .text(name))] + members)) } else if let always { line(always) }
    }

    private static func words(_ value: Value) -> String {
        switch value {
        case .null: "–"
        case .text(let text): text.replacingOccurrences(of: "\n", with: " ")
        case .bytes(let bytes) where bytes.count != 16: "\(bytes.count) bytes"
        case .boolean, .integer, .real, .bytes:
            ValueJSON.text(of: value).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
    }

    private static func cut(_ text: String) -> String { text.count > 60 ? text.prefix(59) + "…" : text }
}

import Domain
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

/// Sends rows to the hub, line by line, and counts what became of them.
struct ImportSending {
    let client: ControlClient
    let schema: Schema
    let job: [UInt8]
    let isDryRun: Bool

    private(set) var unchanged = 0
    private(set) var created = 0
    private(set) var updated = 0
    private(set) var refused: [(line: Int, reason: String)] = []
    private var waiting: [WireImportLine] = []

    /// Lines sent in one step: the hub takes a step in one commit, and other writers wait for it.
    private static let linesPerStep = 200

    init(client: ControlClient, schema: Schema, job: String, isDryRun: Bool = false) {
        self.client = client
        self.schema = schema
        self.isDryRun = isDryRun
        let id: ChangesetID = DerivedIdentifier.make("job", [Array(job.utf8)])
        self.job = id.bytes
    }

    /// - Parameter primary: the collection whose rows stand for lines; rows of others may come with several.
    mutating func add(_ rows: [ImportedRow], line: Int, primary: UInt32?) throws {
        var out = WireImportLine()
        out.line = UInt64(line)
        out.rows = rows.compactMap { row in wire(row, fillsOnly: primary != nil && row.key.collection != primary) }
        waiting.append(out)
        if waiting.count >= Self.linesPerStep { try flush() }
    }

    mutating func flush() throws {
        guard !waiting.isEmpty else { return }
        var command = WireImportCommand()
        command.job = Data(job)
        command.dryRun = isDryRun
        command.lines = waiting
        waiting.removeAll(keepingCapacity: true)
        guard case .import(let result) = try client.perform(.import(command)) else {
            throw CommandFailure("The hub answered something else; is it of the same version?")
        }
        for line in result.lines {
            switch line.outcome {
            case .unchanged: unchanged += 1
            case .created: created += 1
            case .updated: updated += 1
            case .refused: refused.append((Int(line.line), line.reason))
            case .UNRECOGNIZED: refused.append((Int(line.line), "The hub answered with an outcome that this program does not know."))
            }
        }
    }

    private func wire(_ row: ImportedRow, fillsOnly: Bool) -> WireImportRow? {
        guard let collection = schema.collection(row.key.collection) else { return nil }
        var out = WireImportRow()
        out.collection = collection.name
        out.fillOnly = fillsOnly
        out.row = Data(row.key.row.bytes)
        for (name, value) in row.values.sorted(by: { $0.key < $1.key }) {
            var field = WireImportField()
            field.name = name
            field.value = WireValue(value)
            out.fields.append(field)
        }
        for (name, elements) in row.elements.sorted(by: { $0.key < $1.key }) where !elements.isEmpty {
            var field = WireImportField()
            field.name = name
            field.elements = elements
            out.fields.append(field)
        }
        return out
    }
}

/// Reads a text file, or says why not.
func readText(_ path: String) throws -> String {
    guard let bytes = FileManager.default.contents(atPath: path) else {
        throw CommandFailure("The file \(path) cannot be read. Check the path and its permissions.")
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
        throw CommandFailure("The file \(path) is not UTF-8 text. Save it as UTF-8 and try again.")
    }
    return text
}

/// The schema file that commands read names and types from; the hub checks against its own.
func schemaForFiles(_ path: String?) throws -> Schema {
    guard let path else { return try StandardSchema.load() }
    return try SchemaLoader.load(text: try readText(path), file: path)
}

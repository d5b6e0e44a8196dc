import ArgumentParser
import Domain
import Foundation
import HubControl
import ReplicationCore

struct CheckSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-schema",
        abstract: "Read a schema file and name every mistake in it, with its line and a remedy.")

    @Argument(help: "The schema file.")
    var file: String

    func run() throws {
        try reporting {
            guard let bytes = FileManager.default.contents(atPath: file), let text = String(data: bytes, encoding: .utf8)
            else { throw CommandFailure("The file \(file) cannot be read as UTF-8 text. Check the path.") }
            let schema = try SchemaLoader.load(text: text, file: file)
            for line in schema.historyLines { print(line) }
            print("\(file): schema \(schema.name) version \(schema.version), \(schema.collections.count) collections, \(schema.roles.count) roles: no mistakes.")
        }
    }
}

extension Schema {
    /// What the file tells of earlier versions, a line for each.
    fileprivate var historyLines: [String] {
        guard version > 1 else { return [] }
        if history.isEmpty {
            return ["There is no `history`: devices of versions 1 to \(version - 1) are served as they are, and keep to uploading if they do not understand that."]
        }
        return history.versions.map { number in
            let steps = history.steps.count { $0.version == number }
            let changed = history.lens(from: number).map { lens in
                lens.changedCollections.compactMap { lens.older.collection($0)?.name } + lens.removed.values.map(\.name).sorted()
            } ?? []
            let what = changed.isEmpty ? "rows are the same" : "rows of \(changed.joined(separator: ", ")) are otherwise"
            return "version \(number): \(steps) steps to version \(number + 1); \(what)"
        }
    }
}

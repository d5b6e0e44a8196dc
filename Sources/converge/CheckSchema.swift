import ArgumentParser
import Domain
import Foundation

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
            print("\(file): schema \(schema.name) version \(schema.version), \(schema.collections.count) collections, \(schema.roles.count) roles: no mistakes.")
        }
    }
}

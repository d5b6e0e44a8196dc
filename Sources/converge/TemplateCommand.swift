import ArgumentParser
import Documents
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Say what documents are made from: add, list and retire templates, while devices work.",
        discussion: """
              converge template write ./templates                     the templates that come along, to be made yours
              converge template add ./templates/*.yaml --data ./hub
              converge template add harbor.yaml --region Harborside   for orders of this territory and those within it
              converge template list
              converge template retire harbor_report.en --version 1

            A template reaches every device, and is taken there for documents of its kind: that of the nearest region, in the \
            customer's language, of the highest version. A version never changes, because documents name the one that they were \
            made from: other words are another version.
            """,
        subcommands: [WriteTemplates.self, AddTemplates.self, ListTemplates.self, RetireTemplate.self])

    /// One row for each name and version.
    static func row(_ identity: TemplateIdentity) -> RowID {
        DerivedIdentifier.make("document template", [Array(identity.name.utf8), Array("\(identity.version)".utf8)])
    }
}

struct WriteTemplates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Write the templates that come along into a folder, for your letterhead and your words.")

    @Argument(help: "The folder, which is made if it is not there. Files that are there stay as they are.")
    var folder: String

    func run() throws {
        try reporting {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (name, text) in DocumentTemplate.shipped.sorted(by: { $0.key < $1.key }) {
                let file = URL(filePath: folder).appending(path: "\(name).yaml")
                guard !FileManager.default.fileExists(atPath: file.path) else {
                    print("Is there already: \(file.path)")
                    continue
                }
                try Data(text.utf8).write(to: file, options: .withoutOverwriting)
                print("Written: \(file.path)")
            }
            print("Put your letterhead in them, then: converge template add \(folder)/*.yaml")
        }
    }
}

struct AddTemplates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add templates, or further versions of them. If one of the files is wrong none is added.")

    @OptionGroup var data: DataOption

    @Argument(help: "Template files, as Protocol/documents/README.md explains them.")
    var files: [String]

    @Option(help: ArgumentHelp("Only for orders of this territory or one within it: its name or id.", valueName: "territory"))
    var region: String?

    func run() throws {
        try reporting {
            let given = try files.map { try GivenTemplate(file: $0) }
            if let twice = Dictionary(grouping: given, by: { TemplateCommand.row($0.template.identity) }).values.first(where: { $0.count > 1 }) {
                throw CommandFailure("\(twice.map(\.file).joined(separator: " and ")) are the same version of \(twice[0].name). Give one of them another version, or another name.", code: 64)
            }
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let region = try Definitions.ask(client, region: region).0.region(region)
            let news = try given.filter { try !$0.isThere(client, region) }
            for template in news { try template.write(client, region) }
            print("\(news.count) added\(self.region.map { " for \($0)" } ?? ""), \(given.count - news.count) there already. Connected devices have them now.")
        }
    }
}

/// A file with a template that is to be added.
private struct GivenTemplate {
    let file: String
    let text: String
    let template: DocumentTemplate

    init(file: String) throws {
        self.file = file
        text = try readText(file)
        do {
            template = try DocumentTemplate.read(text)
        } catch let error as DocumentError {
            throw CommandFailure("\(file): \(error)", code: 3)
        }
        guard template.subject == "work_order" else {
            throw CommandFailure("\(file): documents belong to orders, so its subject is work_order, and not \(template.subject).", code: 3)
        }
    }

    var name: String { template.identity.name }

    /// - Throws: `CommandFailure` if another one has its name and version, or it was retired.
    func isThere(_ client: ControlClient, _ region: RowID?) throws -> Bool {
        let version = template.identity.version
        guard let row = try client.rows("document_template", "name", [name]).rows.first(where: { $0.word("template_version") == "\(version)" }) else { return false }
        guard row.word("content") == text, row.word("region") == region?.description ?? "" else {
            throw CommandFailure("\(file): version \(version) of \(name) is there with other words or for another region, and documents name it. Give yours a higher version.", code: 3)
        }
        guard row.word("state") != "retired" else {
            throw CommandFailure("\(file): version \(version) of \(name) was retired. To use it again, give it a higher version.", code: 3)
        }
        return true
    }

    func write(_ client: ControlClient, _ region: RowID?) throws {
        _ = try client.write("document_template", TemplateCommand.row(template.identity), [
            "name": .text(name), "template_version": .integer(Int64(template.identity.version)), "kind": .text(template.kind.rawValue),
            "language": .text(template.language), "region": region.map { .reference($0) } ?? .null, "content": .text(text), "state": .text("active"),
        ])
    }
}

struct ListTemplates: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the templates, retired ones among them.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print them as JSON, with what they say.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (rows, text) = try client.rows("document_template", "kind", DocumentKind.allCases.map(\.rawValue))
            if json { return print(text) }
            if rows.isEmpty { return print("None yet. Devices have none to make documents from; see: converge template --help") }
            let regions = Set(rows.map { $0.word("region") }).subtracting([""])
            let names = try Dictionary(client.rows("territory", "id", Array(regions)).rows.map { ($0.word("id"), $0.word("name")) }, uniquingKeysWith: { first, _ in first })
            print(ListText.column("TEMPLATE", 32) + ListText.column("VERSION", 9) + ListText.column("KIND", 16) + ListText.column("LANGUAGE", 10) + ListText.column("FOR", 28) + "STATE")
            for row in rows.sorted(by: { ($0.word("name"), Int($0.word("template_version")) ?? 0) < ($1.word("name"), Int($1.word("template_version")) ?? 0) }) {
                let region = row.word("region")
                print(ListText.column(row.word("name"), 32) + ListText.column(row.word("template_version"), 9) + ListText.column(row.word("kind"), 16)
                    + ListText.column(row.word("language"), 10) + ListText.column(Definitions.limits(nil, region.isEmpty ? nil : names[region] ?? region), 28)
                    + (row.word("state") == "retired" ? "retired" : "in use"))
            }
        }
    }
}

struct RetireTemplate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Make no more documents from a template. Those that were made stay as they are.")

    @OptionGroup var data: DataOption

    @Argument(help: "The template's name.")
    var name: String

    @Option(help: ArgumentHelp("Only this version; all of them without.", valueName: "number"))
    var version: Int?

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let rows = try client.rows("document_template", "name", [name]).rows.filter { row in version.map { row.word("template_version") == "\($0)" } ?? true }
            let ids = rows.filter { $0.word("state") != "retired" }.compactMap { RowID($0.word("id")) }
            guard !rows.isEmpty else { throw CommandFailure("There is no such template: \(name)\(version.map { ", version \($0)" } ?? ""). These there are: converge template list") }
            for id in ids { _ = try client.write("document_template", id, ["state": .text("retired")]) }
            print(ids.isEmpty ? "It was retired already." : "Retired: \(ids.count == 1 ? "1 version" : "\(ids.count) versions") of \(name).")
        }
    }
}

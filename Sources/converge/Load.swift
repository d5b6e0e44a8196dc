import ArgumentParser
import Domain
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine

struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load a company's first rows from a file written by hand: territories, users, products, sites and more.",
        discussion: """
            The format is explained by example in Fixtures/sample-company/company.yaml. Loading a file again \
            changes only what differs; nothing is doubled and nothing is deleted.
            """
    )

    @OptionGroup var data: DataOption

    @Argument(help: "The YAML file.")
    var file: String

    @Option(help: ArgumentHelp("Schema file, if the hub serves another than the built-in one.", valueName: "file"))
    var schema: String?

    @Flag(help: "Print the counts as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let schema = try schemaForFiles(self.schema)
            let seed = try SeedFile.load(text: try readText(file), file: file, schema: schema)
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            // The time is part of the job's name: a changed file is loaded again as a job of its own.
            let job = "load \(seed.name) \(Date().timeIntervalSince1970)"
            var sending = ImportSending(client: client, schema: schema, job: job)
            for (index, row) in seed.rows.enumerated() { try sending.add([row], line: index + 1, primary: nil) }
            try sending.flush()
            if json {
                print("{\"created\":\(sending.created),\"updated\":\(sending.updated),\"unchanged\":\(sending.unchanged),\"refused\":\(sending.refused.count)}")
            } else {
                print("\(seed.name): \(sending.created) rows made, \(sending.updated) changed, \(sending.unchanged) already there.")
            }
            for refusal in sending.refused {
                FileHandle.standardError.write(Data("row \(refusal.line): \(refusal.reason)\n".utf8))
            }
            if !sending.refused.isEmpty { throw ExitCode(3) }
        }
    }
}

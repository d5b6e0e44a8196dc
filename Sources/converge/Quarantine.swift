import ArgumentParser
import Foundation
import HubControl
import WireProtocol

struct Quarantine: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what was refused and not dealt with, with what was written.",
        discussion: """
              converge quarantine --data ./hub                                 everything
              converge quarantine --data ./hub --rule revoked                  what came from devices without access
              converge quarantine --data ./hub --device "Ines's phone" --json  one device's, for programs
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Only what was refused by this rule.", valueName: "rule"))
    var rule: String?

    @Option(help: ArgumentHelp("Only of this device: its name, site or id.", valueName: "device"))
    var device: String?

    @Option(help: ArgumentHelp("At most so many, up to 1000.", valueName: "count"))
    var limit: UInt32 = 100

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireQuarantineCommand()
            command.rule = rule ?? ""
            command.device = device ?? ""
            command.limit = limit
            let text = try client.report(.quarantine(command))
            if json { return print(text) }
            guard let report = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
                let operations = report["operations"] as? [[String: Any]]
            else { throw CommandFailure("The hub answered something else; is it of the same version?") }
            show(operations, of: (report["count"] as? NSNumber)?.intValue ?? operations.count)
        }
    }

    private func show(_ operations: [[String: Any]], of count: Int) {
        if operations.isEmpty {
            return print(rule == nil && device == nil ? "Nothing is in quarantine." : "Nothing of that is in quarantine.")
        }
        func word(_ operation: [String: Any], _ name: String) -> String { operation[name] as? String ?? "" }
        for operation in operations {
            print("\(word(operation, "changeset")) \(word(operation, "action")) \(word(operation, "collection")) \(word(operation, "row"))")
            for (name, value) in operation.sorted(by: { $0.key < $1.key }) where name.hasPrefix("value.") {
                print("    \(name.dropFirst(6)) = \(value)")
            }
            print("    by \(word(operation, "author")) on \(word(operation, "device")): \(word(operation, "detail")) (\(word(operation, "rule")))")
        }
        if operations.count < count { print("… and \(count - operations.count) more; give --limit.") }
    }
}

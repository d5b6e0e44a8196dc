import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the values of deleted rows away; their ids stay known.",
        discussion: """
            Deleted rows are kept so that late work on them is not lost. When no device can still have any, purge them:

              converge purge --data ./hub --older-than 730 --dry-run      what would go: deleted two years ago or earlier
              converge purge --data ./hub --older-than 730 --reason "retention policy"
              converge purge --data ./hub --row account f5f7a8a2-…        one row, deleted at any time

            A purged row never comes back. What still arrives for it goes to quarantine. References to it stay valid. The \
            hub's log keeps what was written; to take somebody's data out of that as well: converge erase.
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption

    @Option(help: ArgumentHelp("Only rows that were deleted at least so many days ago.", valueName: "days"))
    var olderThan: Double?

    @Option(help: ArgumentHelp("Only rows of this collection.", valueName: "collection"))
    var collection: String?

    @Option(name: .long, parsing: .upToNextOption, help: ArgumentHelp("One row.", valueName: "collection id"))
    var row: [String] = []

    @Flag(help: "Say what would be purged, and change nothing.")
    var dryRun = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    mutating func validate() throws {
        if row.isEmpty, olderThan == nil { throw ValidationError("Give --older-than, or one row with --row.") }
        if !row.isEmpty, row.count != 2 { throw ValidationError("--row takes a collection and an id.") }
        if let days = olderThan, !(0...36_500).contains(days) { throw ValidationError("--older-than takes 0 to 36500 days.") }
    }

    private struct Step: Decodable {
        var rows: [String: Int]
        var held: Int
        var next: String?
    }

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WirePurgeCommand()
            command.collection = row.first ?? collection ?? ""
            if row.count == 2 { command.row = try identityBytes(row[1]) }
            command.olderThanSeconds = UInt64((olderThan ?? 0) * 86_400)
            command.dryRun = dryRun
            command.reason = reason.reason
            command.administrator = reason.administrator
            var counts: [String: Int] = [:]
            var held = 0
            while true {
                let step = try JSONDecoder().decode(Step.self, from: Data(try client.report(.purge(command)).utf8))
                counts.merge(step.rows) { $0 + $1 }
                held += step.held
                guard let next = step.next else { break }
                guard let place = Hexadecimal.bytes(next) else { throw CommandFailure("The hub answered something else; is it of the same version?") }
                command.after = Data(place)
            }
            show(counts, held)
        }
    }

    private func show(_ counts: [String: Int], _ held: Int) {
        if json {
            let members = counts.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
            return print("{\"rows\":{\(members)},\"held\":\(held),\"dryRun\":\(dryRun)}")
        }
        let done = dryRun ? "Would be purged" : "Purged"
        print(counts.isEmpty ? "\(done): nothing." : "\(done): \(words(counts)).")
        if held > 0 { print("\(held) deleted rows stay: they were deleted later, or something that belongs to them is not deleted.") }
    }
}

import ArgumentParser
import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore

/// Watches what changes on a device.
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Watch rows live: one line for each change that reaches the device.",
        discussion: """
            Connects the device, and tells what changes in what it receives, until Ctrl-C:

              fieldsim tail --replica ./ines                                  everything that it receives
              fieldsim tail --replica ./ines work_order appointment           two collections
              fieldsim tail --replica ./ines work_order --where "priority = 'urgent'" --json

            A line is: time, new, changed, deleted or gone (the row left what the device receives), the row, and the fields with \
            what they were and are. With --offline it watches what the device already has, as its own work and nothing else changes it.
            """)

    @OptionGroup var replica: ReplicaOption

    @Argument(help: ArgumentHelp("Collections; all if none is named.", valueName: "collection"))
    var collections: [String] = []

    @Option(name: .customLong("where"), help: ArgumentHelp("Only rows for which this SQL holds. With one collection.", valueName: "sql"))
    var condition: String?

    @Option(help: ArgumentHelp("End after so many lines.", valueName: "number"))
    var count: Int?

    @Option(help: ArgumentHelp("End after so many seconds.", valueName: "seconds"))
    var seconds: Double?

    @Flag(help: "Do not connect.")
    var offline = false

    @Flag(help: "Print one JSON object for each change, a line each.")
    var json = false

    mutating func validate() throws {
        if condition != nil, collections.count != 1 { throw ValidationError("--where is about one collection: name it.") }
        if let seconds, !(0...86_400 ~= seconds) { throw ValidationError("--seconds is at most a day.") }
    }

    func run() throws {
        do {
            let device = try replica.folder.open()
            let known = device.replica.schema.collections.map(\.name)
            for name in collections where !known.contains(name) {
                throw ShellError("There is no collection '\(name)'. There are: \(known.joined(separator: ", "))")
            }
            let tail = RowTail(device.replica, isJSON: json, limit: count ?? .max)
            let limit = seconds, watched = collections.isEmpty ? known : collections, condition = condition, isOnline = !offline
            // What comes with the connection is told as well.
            try waiting { try await tail.run(watched, where: condition, seconds: limit) { if isOnline { try device.goOnline() } } }
            try device.stop()
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}

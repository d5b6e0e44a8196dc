import ArgumentParser
import FieldDevice
import Foundation

/// Puts load on a hub.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Put load on a hub: many devices in one process, that work at a given rate, and a report of how it went.",
        discussion: """
            The hub has to run on this machine, because devices are enrolled with its data folder; give its users, who are taken \
            in turn:

              converge serve --data ./hub
              fieldsim fleet --data ./hub --hub ws://127.0.0.1:8440 --user nadia@harborlift.example --user tomas@harborlift.example \
            --devices 50 --rate 6 --ramp 20 --seconds 60

            Each device has a real store and a real socket. It writes notes into rows that its user may write, --rate times a \
            minute, one after the other as they are judged. Use it with hubs for tests only: what is written stays.

            Exit codes: 0 every write was judged and no device failed · 1 the message says what to do · 3 something failed; the \
            report says what · 64 the command line is wrong.
            """)

    @Option(help: ArgumentHelp("The hub's data folder, on this machine.", valueName: "folder"))
    var data: String

    @Option(help: ArgumentHelp("The hub, as ws://host:port or wss://host:port.", valueName: "url"))
    var hub: String

    @Option(help: ArgumentHelp("A user, by e-mail address, name or id; may be given several times.", valueName: "user"))
    var user: [String]

    @Option(help: ArgumentHelp("How many devices, 1 to 200.", valueName: "number"))
    var devices = 10

    @Option(help: ArgumentHelp("Writes of each device in a minute, 0 to 600.", valueName: "number"))
    var rate = 6.0

    @Option(help: ArgumentHelp("Seconds over which the devices come online.", valueName: "seconds"))
    var ramp = 5.0

    @Option(help: ArgumentHelp("Seconds that all of them work.", valueName: "seconds"))
    var seconds = 30.0

    @Option(help: ArgumentHelp("PEM file with the certificates to trust instead of the system's.", valueName: "file"))
    var trust: String?

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    mutating func validate() throws {
        if user.isEmpty { throw ValidationError("Give --user at least once.") }
        if !(1...200 ~= devices) { throw ValidationError("--devices is from 1 to 200.") }
        if !(0...600 ~= rate) { throw ValidationError("--rate is from 0 to 600 a minute.") }
        if !(0...3_600 ~= ramp) || !(0...86_400 ~= seconds) { throw ValidationError("--ramp is at most an hour, --seconds at most a day.") }
    }

    func run() throws {
        let folder = NSTemporaryDirectory() + "converge-fleet-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer {
                do {
                    try FileManager.default.removeItem(atPath: folder)
                } catch {
                    FileHandle.standardError.write(Data("The folder \(folder) could not be removed: \(error)\n".utf8))
                }
            }
            var options = DeviceFolder.options
            options.trustedCertificates = trust
            let fleet = Fleet(
                folder: folder, options: options, hub: hub, plan: Fleet.Plan(devices: devices, writesPerMinute: rate, ramp: ramp, seconds: seconds))
            let (data, users) = (data, user)
            let report = try waiting { try await fleet.run(dataFolder: data, users: users) }
            print(json ? report.json : report.text)
            if !report.isClean { throw ExitCode(3) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}

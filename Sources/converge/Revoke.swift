import ArgumentParser
import Foundation
import HubControl
import ReplicationEngine
import WireProtocol

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take access away from a lost device, or from a user with all devices.",
        discussion: """
            Takes effect at once, also for connected devices: they are sent nothing more. What such a device has \
            written and not handed in yet is still taken in, whole, and goes to quarantine, where a person looks at it \
            (converge quarantine --rule revoked). Codes of a revoked user are void.

              converge revoke --data ./hub --device "Ines's phone" --reason "left in a taxi"
              converge revoke --data ./hub --user ines@harborlift.example --reason dismissed

            A device that was found again: converge reinstate.
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var subject: SubjectOption
    @OptionGroup var reason: ReasonOption

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        try reporting { try subject.change(data, reason, reinstate: false, json: json) }
    }
}

struct Reinstate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give access back to a device or a user.",
        discussion: "What the device handed in meanwhile stays in quarantine: its user submits it again, or lets go of it.")

    @OptionGroup var data: DataOption
    @OptionGroup var subject: SubjectOption
    @OptionGroup var reason: ReasonOption

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        try reporting { try subject.change(data, reason, reinstate: true, json: json) }
    }
}

/// Whose access.
struct SubjectOption: ParsableArguments {
    @Option(help: ArgumentHelp("A device: its name, site or id, as converge devices lists them.", valueName: "device"))
    var device: String?

    @Option(help: ArgumentHelp("A user with all devices: name, e-mail address or id.", valueName: "user"))
    var user: String?

    mutating func validate() throws {
        if (device == nil) == (user == nil) { throw ValidationError("Give either --device or --user.") }
    }

    private struct Report: Decodable {
        var name: String
        var devices: [String]
    }

    func change(_ data: DataOption, _ reason: ReasonOption, reinstate: Bool, json: Bool) throws {
        let client = try ControlClient(dataFolder: data.folder.path)
        defer { client.stop() }
        var command = WireRevokeCommand()
        command.device = device ?? ""
        command.user = user ?? ""
        command.reason = reason.reason
        command.administrator = reason.administrator
        command.reinstate = reinstate
        let text = try client.report(.revoke(command))
        if json { return print(text) }
        let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        let devices = report.devices.isEmpty ? "no device" : report.devices.joined(separator: ", ")
        print(reinstate
            ? "\(report.name) has access again (\(devices))."
            : "\(report.name) has no access any more (\(devices)). What is still handed in goes to quarantine: converge quarantine --rule revoked")
    }
}

import ArgumentParser
import Foundation
import HubControl
import WireProtocol

struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the devices: whose they are, whether they have access, and what they have still to do.",
        discussion: "BEHIND counts commits. ERASURES counts those that a device has not carried out yet: it does so before anything else when it comes back.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print the list as JSON.")
    var json = false

    private struct Report: Decodable {
        var replicas: [Device]

        struct Device: Codable {
            var id: String
            var site: Int
            var name: String
            var user: String
            var role: String
            var connected: Bool
            var behind: Int
            var lastSeenMilliseconds: Double
            var revoked: Bool
            var revokedMilliseconds: Double?
            var revokedBy: String?
            var revokedReason: String?
            var revokedWithUser: Bool?
            var erasuresOpen: Int
        }
    }

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            guard case .status(let text) = try client.perform(.status(WireStatusCommand())) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            let devices = try JSONDecoder().decode(Report.self, from: Data(text.utf8)).replicas
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return print(String(decoding: try encoder.encode(devices), as: UTF8.self))
            }
            show(devices)
        }
    }

    private func show(_ devices: [Report.Device]) {
        guard !devices.isEmpty else { return print("No device is enrolled yet; make a code with: converge enrol --data \(data.data) USER") }
        print(ListText.column("SITE", 12) + ListText.column("DEVICE", 24) + ListText.column("USER", 24) + ListText.column("STATE", 10) + ListText.column("BEHIND", 8) + ListText.column("ERASURES", 10) + "LAST SEEN")
        for device in devices {
            let state = device.revoked ? "revoked" : device.connected ? "online" : "offline"
            print(ListText.column("\(device.site)", 12) + ListText.column(device.name, 24) + ListText.column(device.user, 24) + ListText.column(state, 10)
                + ListText.column("\(device.behind)", 8) + ListText.column("\(device.erasuresOpen)", 10) + ListText.moment(device.lastSeenMilliseconds))
            guard device.revoked, let since = device.revokedMilliseconds else { continue }
            let whole = device.revokedWithUser == true ? " with all devices of the user" : ""
            let reason = (device.revokedReason ?? "").isEmpty ? "" : ": \(device.revokedReason ?? "")"
            print("      revoked \(ListText.moment(since)) by \(device.revokedBy ?? "")\(whole)\(reason)")
        }
    }
}

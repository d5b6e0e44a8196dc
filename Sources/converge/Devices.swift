import ArgumentParser
import Foundation
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
            let client = try ControlClient(data.folder)
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
        let format = DateFormatter()
        format.dateFormat = "yyyy-MM-dd HH:mm"
        func moment(_ milliseconds: Double) -> String { format.string(from: Date(timeIntervalSince1970: milliseconds / 1_000)) }
        print(column("SITE", 12) + column("DEVICE", 24) + column("USER", 24) + column("STATE", 10) + column("BEHIND", 8) + column("ERASURES", 10) + "LAST SEEN")
        for device in devices {
            let state = device.revoked ? "revoked" : device.connected ? "online" : "offline"
            print(column("\(device.site)", 12) + column(device.name, 24) + column(device.user, 24) + column(state, 10)
                + column("\(device.behind)", 8) + column("\(device.erasuresOpen)", 10) + moment(device.lastSeenMilliseconds))
            guard device.revoked, let since = device.revokedMilliseconds else { continue }
            let whole = device.revokedWithUser == true ? " with all devices of the user" : ""
            let reason = (device.revokedReason ?? "").isEmpty ? "" : ": \(device.revokedReason ?? "")"
            print("      revoked \(moment(since)) by \(device.revokedBy ?? "")\(whole)\(reason)")
        }
    }

    private func column(_ text: String, _ width: Int) -> String {
        let cut = text.count > width - 2 ? text.prefix(width - 3) + "…" : text[...]
        return cut + String(repeating: " ", count: max(1, width - cut.count))
    }
}

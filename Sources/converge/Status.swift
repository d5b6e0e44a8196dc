import ArgumentParser
import Foundation
import HubControl
import WireProtocol

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the hub holds, its devices, and what waits for a person.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print everything as one JSON document.")
    var json = false

    struct Report: Decodable {
        var hub: String
        var schema: String
        var schemaVersion: Int
        var head: String
        var openConflicts: Int
        var openReviews: Int
        var quarantined: Int
        /// Of signatures that customers are asked for, by state.
        var requests: [String: Int]
        /// To customers, by state.
        var messages: [String: Int]
        var restores: Int
        var backups: [Backup]
        var rows: [String: Int]
        var replicas: [Replica]

        struct Backup: Decodable {
            var sequence: String
            var milliseconds: Double
        }

        struct Replica: Decodable {
            var site: Int
            var name: String
            var user: String
            var role: String
            var connected: Bool
            var lastCounter: Int
            var behind: Int
            var lastSeenMilliseconds: Double
            var revoked: Bool
        }
    }

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            guard case .status(let text) = try client.perform(.status(WireStatusCommand())) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            if json { return print(text) }
            show(try JSONDecoder().decode(Report.self, from: Data(text.utf8)))
        }
    }

    private func show(_ report: Report) {
        print("\(report.hub) · schema \(report.schema) version \(report.schemaVersion) · head \(report.head)")
        print("Waiting for a person: \(report.openConflicts) conflicts, \(report.openReviews) reviews, \(report.quarantined) refused operations")
        print(customers(report))
        print(backups(report.backups))
        let rows = report.rows.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("Rows: \(rows.isEmpty ? "none yet; load some with converge load or converge import" : rows.joined(separator: ", "))")
        guard !report.replicas.isEmpty else {
            return print("No device is enrolled yet; make a code with: converge enrol --data \(data.data) USER")
        }
        print("")
        print(ListText.column("SITE", 12) + ListText.column("DEVICE", 24) + ListText.column("USER", 24) + ListText.column("ROLE", 22) + ListText.column("STATE", 10) + ListText.column("BEHIND", 8) + "LAST SEEN")
        for replica in report.replicas {
            let state = replica.revoked ? "revoked" : replica.connected ? "online" : "offline"
            let seen = ListText.moment(replica.lastSeenMilliseconds, withSeconds: true)
            print(ListText.column("\(replica.site)", 12) + ListText.column(replica.name, 24) + ListText.column(replica.user, 24) + ListText.column(replica.role, 22) + ListText.column(state, 10) + ListText.column("\(replica.behind)", 8) + seen)
        }
    }

    private func customers(_ report: Report) -> String {
        func told(_ counts: [String: Int], _ states: [String]) -> String {
            let parts = states.compactMap { state in counts[state].map { "\($0) \(state)" } }
            return parts.isEmpty ? "none" : parts.joined(separator: ", ")
        }
        let requests = told(report.requests, ["waiting", "sent", "opened", "failed"]), messages = told(report.messages, ["waiting", "failed", "undelivered"])
        return "Customers: open requests for signatures: \(requests); messages not sent: \(messages)"
    }

    private func backups(_ backups: [Report.Backup]) -> String {
        guard let oldest = backups.first, let newest = backups.last else {
            return "Backups: none, so nothing could be restored. Make one: converge backup --data \(data.data)"
        }
        return "Backups: \(backups.count), the newest of \(ListText.moment(newest.milliseconds)); devices keep what they wrote since \(ListText.moment(oldest.milliseconds)) (\(oldest.sequence))"
    }
}

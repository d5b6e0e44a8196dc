import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

/// A hub that has just started, and all devices come back at the same moment: each is to be sent rows, a twentieth of them takes what
/// it is sent and never says so, and a dispatcher goes on pushing live ETAs.
struct HerdFigures {
    let plan: Plan

    /// What the urgent lane promises for the 95th percentile, in milliseconds.
    private static let promise = 200.0

    func measure() async throws -> [Figure] {
        let folder = try plan.makeFolder("herd")
        let users: [RowID] = Scene.makeIDs(plan.herd + 1)
        let watched: RowID = Scene.makeIDs(1)[0]
        let (devices, probe) = try await prepare(folder, users, watched)

        let hub = try Host(.hub, folder: folder)
        let idle = try hub.residentMemory()
        probe.sender.goOnline(hub.endpoint)
        probe.reader.goOnline(hub.endpoint)
        try await probe.sender.syncNow(within: .seconds(60))
        try await probe.reader.syncNow(within: .seconds(60))
        let quiet = try await probe.latencies(about: watched) { $0 < 50 }

        let isOver = Atomic(false)
        let fleet = try Fleet(hub.endpoint, devices: devices)
        let running = Task.detached {
            defer { isOver.store(true, ordering: .releasing) }
            return try fleet.herd(stalled: { $0 % 20 == 7 }, seconds: 240)
        }
        let latencies = try await probe.latencies(about: watched) { _ in !isOver.load(ordering: .acquiring) }
        let (completed, timesCutOff) = try await running.value
        let peak = try hub.peakMemory()
        try probe.stop()
        fleet.stop()
        try hub.stop()
        try FileManager.default.removeItem(atPath: folder)
        let seconds = completed.max() ?? 0
        Progress.say("  herd: \(completed.count) of \(plan.herd) devices complete after \(Int(seconds)) s, \(latencies.count) ETAs meanwhile, cut off \(timesCutOff) times, load \(Progress.load)")
        let name = "herd of \(plan.herd)"
        return [
            Figure("\(name), rows a second", Double(completed.count * plan.herdRows) / seconds, "rows/s"),
            Figure("\(name), complete after, p50", completed.percentile(0.5), "s"),
            Figure("\(name), complete after, max", seconds, "s"),
            Figure("\(name), connections lost", Double(timesCutOff), ""),
            Figure("\(name), live ETA, p50", latencies.percentile(0.5), "ms", limit: quiet.percentile(0.5), .lowerIsBetter),
            Figure("\(name), live ETA, p95", latencies.percentile(0.95), "ms", limit: Self.promise, .lowerIsBetter),
            Figure("\(name), live ETA, max", latencies.max() ?? 0, "ms"),
            Figure("\(name), memory of the hub at most", peak / 1_024, "MiB"),
            Figure("\(name), memory for each device at most", (peak - idle) / Double(plan.herd), "KiB"),
        ]
    }

    /// Users, their rows, and their devices, each enrolled and away.
    private func prepare(_ folder: String, _ users: [RowID], _ watched: RowID) async throws -> ([LightDevice], LiveProbe) {
        let hub = try Host(.hub, folder: folder)
        let administrator = try Administrator(hub.endpoint, token: hub.token)
        try administrator.makeUsers(users)
        let fleet = try Fleet(hub.endpoint)
        try fleet.enrol(try administrator.makeCodes(for: Array(users.dropFirst())))
        let devices = fleet.devices
        fleet.stop()
        let probe = try await LiveProbe(plan, "herd", hub.endpoint) { try administrator.makeCodes(for: [users[0]])[0] }
        func line(_ number: Int, _ id: RowID, _ owner: RowID) -> WireImportLine {
            administrator.line(number, "item", id, [("owner", .reference(owner))] + BenchmarkSchema.texts.map { group in
                (["title", "place", "state", "note"][Int(group) - 2], .text(BenchmarkSchema.sample(number, 0, group)))
            })
        }
        try administrator.importLines([line(0, watched, users[0])])
        for part in stride(from: 1, to: users.count, by: 1_000) {
            let owners = users[part..<min(part + 1_000, users.count)]
            let ids: [RowID] = Scene.makeIDs(owners.count * plan.herdRows)
            try administrator.importLines(ids.enumerated().map { line($0, $1, owners[part + $0 / plan.herdRows]) })
        }
        administrator.stop()
        try hub.stop()
        return (devices, probe)
    }
}

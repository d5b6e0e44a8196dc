import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What it costs a device to come back: it must follow from how much is different, not from how much has happened.
struct AbsenceFigures {
    let plan: Plan

    func measure() async throws -> [Figure] {
        let scene = try Scene(plan, "absence", users: 1, usersOfDevices: [])
        let ids: [RowID] = Scene.makeIDs(plan.rows)
        let changed = Array(ids.prefix(plan.rowsChanged))
        try scene.administrator.importLines(lines(scene, ids, round: 0))
        let device = try await CountedDevice(scene, user: scene.users[0], folder: try plan.makeFolder("absent"))
        try await device.catchUp()
        // Once, so that nothing of it is done for the first time.
        device.goOffline()
        try scene.administrator.importLines(lines(scene, changed, round: 1, onlyTitle: true), expecting: .updated)
        try await device.catchUp()

        var round = 1
        var costs: [(changes: Int, seconds: Double, bytes: Double)] = []
        for changes in plan.changesPerRow {
            device.goOffline()
            for _ in 0..<changes {
                round += 1
                try scene.administrator.importLines(
                    lines(scene, changed, round: round, onlyTitle: true), expecting: .updated)
            }
            let cost = try await device.catchUp()
            costs.append((changes, cost.seconds, cost.bytes))
            let titles = try device.replica.query("SELECT count(DISTINCT title) AS n FROM item")[0].integer("n")
            guard titles == Int64(ids.count) else { throw BenchmarkFailure("the device shows \(titles ?? 0) titles of \(ids.count)") }
            Progress.say("  \(changes) changes of each of \(changed.count) rows: \(Int(cost.bytes)) bytes, load \(Progress.load)")
        }
        try device.stop()
        try scene.stop()
        let value = Double(BenchmarkSchema.sampleBytes)
        let first = costs[0]
        return costs.enumerated().flatMap { index, cost in
            let name = "back after \(cost.changes) changes a row"
            let rows = Double(changed.count)
            return [
                Figure(
                    "\(name), bytes", cost.bytes / rows, "bytes/row", limit: index == 0 ? value : first.bytes / rows,
                    .lowerIsBetter),
                Figure(
                    "\(name), time", cost.seconds * 1_000, "ms", limit: index == 0 ? nil : first.seconds * 1_000, .lowerIsBetter),
            ]
        }
    }

    private func lines(_ scene: Scene, _ ids: [RowID], round: Int, onlyTitle: Bool = false) -> [WireImportLine] {
        ids.enumerated().map { index, id in
            let title = ("title", Value.text(BenchmarkSchema.sample(index, round, 2)))
            return scene.administrator.line(index, "item", id, onlyTitle ? [title] : [
                ("owner", .reference(scene.users[0])), title, ("place", .text(BenchmarkSchema.sample(index, 0, 3))),
                ("state", .text(BenchmarkSchema.sample(index, 0, 4))), ("note", .text(BenchmarkSchema.sample(index, 0, 5))),
            ])
        }
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What it costs to know that a device holds what it should, and to mend a few rows that it does not.
struct RepairFigures {
    let plan: Plan

    func measure() async throws -> [Figure] {
        let scene = try Scene(plan, "repair", users: 1, usersOfDevices: [])
        let ids: [RowID] = Scene.makeIDs(plan.rows)
        try scene.administrator.importLines(ids.enumerated().map { index, id in
            scene.administrator.line(index, "item", id, [("owner", .reference(scene.users[0]))] + BenchmarkSchema.texts.map {
                (["title", "place", "state", "note"][Int($0) - 2], .text(BenchmarkSchema.sample(index, 0, $0)))
            })
        })
        let device = try await CountedDevice(scene, user: scene.users[0], folder: try plan.makeFolder("damaged"))
        let first = try await device.catchUp()
        let plain = try device.read("item")
        let clock = Stopwatch()
        let sound = try await device.replica.verify(within: .seconds(120))
        let compared = clock.seconds
        guard sound.isEqual, sound.repair == nil else { throw BenchmarkFailure("a sound device differs: \(sound)") }
        Progress.say("  \(sound.rows) rows compared in \(Int(compared * 1_000)) ms, load \(Progress.load)")
        var figures = [Figure("comparison of a device", Double(sound.rows) / compared, "rows/s", limit: plain.rowsPerSecond)]
        for damaged in [1, 10, 100] {
            let some = "SELECT id FROM item ORDER BY substr(id, -4) LIMIT \(damaged)"
            try device.restart("DELETE FROM item WHERE id IN (\(some))")
            try await device.catchUp()
            let clock = Stopwatch()
            let report = try await device.replica.verify(within: .seconds(120))
            let seconds = clock.seconds
            guard report.isEqual, let repair = report.repair, repair.missing == UInt64(damaged), repair.rows == repair.missing else {
                throw BenchmarkFailure("\(damaged) rows were taken away, and mended is: \(report)")
            }
            let bytes = Double(repair.sent + repair.received)
            figures.append(Figure(
                "repair of \(damaged) rows, both ways", bytes, "bytes", limit: first.bytes / Double(ids.count) * Double(damaged),
                .lowerIsBetter))
            Progress.say("  \(damaged) rows mended in \(Int(seconds * 1_000)) ms; everything anew is \(Int(first.bytes)) bytes, load \(Progress.load)")
        }
        try device.stop()
        try scene.stop()
        return figures + (try SumFigures(plan: plan).measure())
    }
}

import CBaseline
import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import WebSocketTransport
import WireProtocol

/// How fast a new device gets its rows, and how fast the hub takes in a table.
struct CatchUpFigures {
    let plan: Plan

    func measure() async throws -> [Figure] {
        let scene = try Scene(plan, "catch-up", users: 1, usersOfDevices: [])
        let ids: [RowID] = Scene.makeIDs(plan.firstSyncRows)
        let owner = scene.users[0]
        let lines = ids.enumerated().map { index, id in
            scene.administrator.line(index, "item", id, [
                ("owner", .reference(owner)), ("title", .text(BenchmarkSchema.sample(index, 0, 2))),
                ("place", .text(BenchmarkSchema.sample(index, 0, 3))), ("state", .text(BenchmarkSchema.sample(index, 0, 4))),
                ("note", .text(BenchmarkSchema.sample(index, 0, 5))),
            ])
        }
        let imported = Double(lines.count) / (try scene.administrator.importLines(lines))
        let counts = scene.hub.store.takeCounts()
        Progress.say("  import: \(Int(counts.meanBatch)) rows a commit, load \(Progress.load)")
        let importLimit = try plain(ids, .init(clockBytes: 90, rowsPerTransaction: Int(counts.meanBatch))).rowsPerSecond

        try scene.leaveHub()
        let hub = try Host(.hub, folder: scene.hubFolder)
        let administrator = try Administrator(hub.endpoint, token: hub.token)
        var runs: [FirstSync] = []
        for round in 0..<plan.firstSyncs {
            let code = try administrator.makeCodes(for: [owner])[0]
            var run = try await firstSync(hub, code, ids.count, round)
            // In turns with it, and in transactions of as many rows.
            let work = PlainSQLite.Work(clockBytes: run.clockBytes, rowsPerTransaction: run.rowsPerTransaction, owner: owner)
            run.stored = try plain(ids, work)
            run.indexed = try plain(ids, work, BASELINE_INDEXED)
            run.columns = try plain(ids, work, BASELINE_COLUMNS)
            Progress.say(run.description)
            runs.append(run)
        }
        administrator.stop()
        try hub.stop()
        try scene.stop()
        return figures(runs) + [Figure("import", imported, "rows/s", limit: importLimit)]
    }

    /// Medians: of the ratios as well, for both sides of one are of the same moment.
    private func figures(_ runs: [FirstSync]) -> [Figure] {
        func figure(_ name: String, _ limit: (FirstSync) -> PlainSQLite.Pace) -> Figure {
            let run = runs.sorted { $0.rowsPerSecond / limit($0).rowsPerSecond < $1.rowsPerSecond / limit($1).rowsPerSecond }[runs.count / 2]
            return Figure(name, run.rowsPerSecond, "rows/s", limit: limit(run).rowsPerSecond)
        }
        let name = "first sync of \(plan.firstSyncRows) rows"
        return [
            figure(name) { $0.stored },
            figure("\(name), limit with the store's index") { $0.indexed },
            figure("\(name), limit of columns alone") { $0.columns },
            Figure(
                "\(name), device's processor time a row", runs.map(\.device).median, "µs", limit: runs.map(\.indexed.processor).median,
                .lowerIsBetter),
            Figure("\(name), hub's processor time a row", runs.map(\.hub).median, "µs"),
        ]
    }

    private func plain(_ ids: [RowID], _ work: PlainSQLite.Work, _ shape: baseline_shape = BASELINE_STORED) throws -> PlainSQLite.Pace {
        let folder = try plan.makeFolder("plain")
        let plain = try PlainSQLite(folder: folder, shape: shape)
        let pace = try plain.insert(ids, work)
        try FileManager.default.removeItem(atPath: folder)
        return pace
    }

    /// A real replica with a real store, from an empty file to the screen that says it is complete.
    private func firstSync(_ hub: Host, _ code: String, _ rows: Int, _ round: Int) async throws -> FirstSync {
        let folder = try plan.makeFolder("device-\(round)")
        let replica = try await RealDevice.open(hub, code, folder: folder)
        let events = replica.events()
        let hubBefore = try hub.processorSeconds()
        let processor = ProcessorClock()
        let clock = Stopwatch()
        replica.goOnline(hub.endpoint)
        var transactions = 0
        for await event in events {
            if case .changes = event { transactions += 1 }
            if case .caughtUp = event { break }
        }
        var run = FirstSync(rowsPerSecond: Double(rows) / clock.seconds, rowsPerTransaction: rows / max(1, transactions))
        run.device = processor.seconds * 1e6 / Double(rows)
        run.hub = (try hub.processorSeconds() - hubBefore) * 1e6 / Double(rows)
        // A new device compares itself with the hub: neither side may be busy with that when plain SQLite has its turn.
        let report = try await replica.verify(within: .seconds(120))
        guard report.isEqual, report.rows >= UInt64(rows) else { throw BenchmarkFailure("the device differs from the hub: \(report)") }
        let held = try replica.query("SELECT count(*) AS n, avg(length(_clock)) AS clock FROM item")[0]
        run.clockBytes = Int(held.real("clock") ?? 90)
        try replica.stop()
        try FileManager.default.removeItem(atPath: folder)
        guard held.integer("n") == Int64(rows) else { throw BenchmarkFailure("the device holds other than \(rows) rows") }
        return run
    }
}

/// One first sync, and what plain SQLite did right after it with the same rows.
struct FirstSync: CustomStringConvertible {
    var rowsPerSecond: Double
    var rowsPerTransaction: Int
    var clockBytes = 0
    /// Processor time of all threads of a side, in microseconds a row.
    var device = 0.0
    var hub = 0.0
    var stored = PlainSQLite.Pace(rowsPerSecond: 0, processor: 0)
    var indexed = PlainSQLite.Pace(rowsPerSecond: 0, processor: 0)
    var columns = PlainSQLite.Pace(rowsPerSecond: 0, processor: 0)

    init(rowsPerSecond: Double, rowsPerTransaction: Int) {
        self.rowsPerSecond = rowsPerSecond
        self.rowsPerTransaction = rowsPerTransaction
    }

    var description: String {
        func pace(_ pace: PlainSQLite.Pace) -> String {
            String(format: "%.0f rows/s in %.2f µs (%.2f)", pace.rowsPerSecond, pace.processor, rowsPerSecond / pace.rowsPerSecond)
        }
        return String(format: "  first sync: %.0f rows/s, %d rows a transaction, clocks of %d bytes, device %.2f µs, hub %.2f µs a row; ",
            rowsPerSecond, rowsPerTransaction, clockBytes, device, hub)
            + "plain \(pace(stored)), indexed \(pace(indexed)), columns \(pace(columns)), load \(Progress.load)"
    }
}

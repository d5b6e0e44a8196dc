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
        let ids: [RowID] = Scene.makeIDs(plan.rows)
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
        let importLimit = try plain(ids, Int(counts.meanBatch))

        var runs: [(rows: Double, batch: Int)] = []
        for round in 0..<plan.rounds { runs.append(try await catchUp(scene, ids.count, round)) }
        let run = runs.sorted { $0.rows < $1.rows }[runs.count / 2]
        Progress.say("  catch-up: \(run.batch) rows a transaction, load \(Progress.load)")
        let limit = try plain(ids, run.batch)
        try scene.stop()
        return [
            Figure("catch-up of an empty device", run.rows, "rows/s", limit: limit),
            Figure("import", imported, "rows/s", limit: importLimit),
        ]
    }

    private func plain(_ ids: [RowID], _ batch: Int) throws -> Double {
        let folder = try plan.makeFolder("plain")
        let plain = try PlainSQLite(folder: folder)
        let rows = try plain.insert(ids, .init(clockBytes: 90, rowsPerTransaction: batch)).rowsPerSecond
        try FileManager.default.removeItem(atPath: folder)
        return rows
    }

    /// A real replica with a real store, from an empty file to the screen that says it is complete.
    private func catchUp(_ scene: Scene, _ rows: Int, _ round: Int) async throws -> (rows: Double, batch: Int) {
        let code = try scene.administrator.makeCodes(for: [scene.users[0]])[0]
        let folder = try plan.makeFolder("device-\(round)")
        let store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
        try await Replica.enrol(
            store: store, endpoint: scene.hub.endpoint, code: code, deviceName: "device",
            transport: { try WebSocketConnector(onEvent: $0) }
        ) { try SchemaLoader.load(text: $0, file: "schema") }
        let replica = try Replica.open(store: store, transport: { try WebSocketConnector(onEvent: $0) })
        let events = replica.events()
        let clock = Stopwatch()
        replica.goOnline(scene.hub.endpoint)
        var batches = 0
        for await event in events {
            if case .changes = event { batches += 1 }
            if case .caughtUp = event { break }
        }
        let seconds = clock.seconds
        let held = try replica.query("SELECT count(*) AS n FROM item")[0].integer("n") ?? 0
        try replica.stop()
        try FileManager.default.removeItem(atPath: folder)
        guard held == Int64(rows) else { throw BenchmarkFailure("the device holds \(held) of \(rows) rows") }
        return (Double(rows) / seconds, rows / max(1, batches))
    }
}

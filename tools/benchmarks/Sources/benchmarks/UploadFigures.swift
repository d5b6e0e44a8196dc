import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Durable merged rows per second through the whole path, and what they cost on the wire.
struct UploadFigures {
    let plan: Plan
    private var figures: [Figure] = []

    init(_ plan: Plan) { self.plan = plan }

    mutating func measure() throws -> [Figure] {
        for devices in plan.deviceCounts { try measure(devices: devices, perChangeset: 1) }
        try measure(devices: 16, perChangeset: 20)
        return figures
    }

    private mutating func measure(devices: Int, perChangeset: Int) throws {
        let scene = try Scene(plan, "upload", users: devices, usersOfDevices: Array(0..<devices))
        let ids: [RowID] = Scene.makeIDs(plan.rows)
        var streams = scene.users.map { DeviceStream(user: $0) }
        let suffix = (devices == 1 ? "1 device" : "\(devices) devices")
            + (perChangeset == 1 ? "" : ", \(perChangeset) rows a changeset")

        let inserted = try run(scene, &streams, ids, Array(ids.indices), round: 0, perChangeset)
        var rounds: [Run] = []
        for round in 1...plan.rounds {
            rounds.append(try run(scene, &streams, ids, ids.indices.shuffled(), round: round, perChangeset))
        }
        let updated = rounds.sorted { $0.rowsPerSecond < $1.rowsPerSecond }[rounds.count / 2]
        Progress.say("""
              \(suffix): \(Int(updated.counts.meanBatch)) rows a commit, \(Int(updated.processor)) µs of processor a row, \
            \(String(format: "%.0f", updated.counts.deciding * 1e6 / Double(plan.rows))) µs deciding and \
            \(String(format: "%.0f", (updated.counts.seconds - updated.counts.deciding) * 1e6 / Double(plan.rows))) µs \
            writing a row, load \(Progress.load)
            """)
        let limits = try limits(scene, ids, inserted, updated, perChangeset)
        let texts = Double(BenchmarkSchema.texts.count)
        figures.append(Figure("updates, \(suffix)", updated.rowsPerSecond, "rows/s", limit: limits.update))
        figures.append(Figure(
            "field changes, \(suffix)", updated.rowsPerSecond * texts, "fields/s", limit: limits.update * texts))
        if perChangeset == 1, devices == 16 {
            figures.append(Figure(
                "updates, \(suffix), limit with a log", updated.rowsPerSecond, "rows/s", limit: limits.updateWithLog))
            figures.append(Figure(
                "processor time per update, \(suffix)", updated.processor, "µs", limit: limits.processor, .lowerIsBetter))
        }
        figures.append(Figure("inserts, \(suffix)", inserted.rowsPerSecond, "rows/s", limit: limits.insert))
        if devices == 16 { wire(updated, suffix, perChangeset) }
        try scene.stop()
    }

    private struct Run {
        var rowsPerSecond: Double
        /// Processor time per row, in microseconds: hub and light devices together.
        var processor: Double
        var counts: MeasuredStore.Counts
        var traffic: FleetCore.Traffic
        var rows: Int
    }

    private func run(
        _ scene: Scene, _ streams: inout [DeviceStream], _ ids: [RowID], _ order: [Int], round: Int, _ perChangeset: Int
    ) throws -> Run {
        let (seen, head) = round == 0 ? ([:], .zero) : try scene.seen(ids)
        var prepared: [[PreparedUpload]] = []
        for device in streams.indices {
            let rows = order.filter { $0 % streams.count == device }
                .map { DeviceStream.Row(id: ids[$0], number: $0, seen: seen[ids[$0]]) }
            prepared.append(try streams[device].uploads(rows, perChangeset: perChangeset, round: round, basis: head))
        }
        let (seconds, processor) = try scene.upload(prepared)
        let counts = scene.hub.store.takeCounts()
        guard counts.rows >= order.count else { throw BenchmarkFailure("\(counts.rows) of \(order.count) rows were committed") }
        // What is pushed down belongs to this round, and must not run into the next one.
        try scene.fleet.waitUntil("the changes of a round arrive") { $0.traffic.rows >= order.count }
        return Run(
            rowsPerSecond: Double(order.count) / seconds, processor: processor * 1e6 / Double(order.count),
            counts: counts, traffic: scene.fleet.takeTraffic(), rows: order.count)
    }

    private struct Limits {
        var insert: Double
        var update: Double
        var updateWithLog: Double
        /// Processor time per updated row, in microseconds.
        var processor: Double
    }

    /// The same rows, in batches of the size that was observed, with a clock of the size that is stored.
    private func limits(
        _ scene: Scene, _ ids: [RowID], _ inserted: Run, _ updated: Run, _ perChangeset: Int
    ) throws -> Limits {
        let (clock, entry) = try scene.hub.store.read { reader -> (Int, LogEntry?) in
            guard let row = try reader.row(RowKey(collection: BenchmarkSchema.item, row: ids[0])),
                let collection = scene.schema.collection(BenchmarkSchema.item)
            else { return (0, nil) }
            return (PackedClock.encode(row, in: collection).count, try reader.entry(at: row.sequence))
        }
        let logBytes = entry.map { $0.changeset.count + $0.receipt.count + 28 * $0.touched.count + 48 } ?? 0
        var limits = Limits(insert: 0, update: 0, updateWithLog: 0, processor: 0)
        for withLog in [false, true] {
            let folder = try plan.makeFolder("plain")
            defer { do { try FileManager.default.removeItem(atPath: folder) } catch { Progress.say("\(error)") } }
            let plain = try PlainSQLite(folder: folder)
            var work = PlainSQLite.Work(clockBytes: clock, rowsPerTransaction: Int(inserted.counts.meanBatch))
            let insert = try plain.insert(ids, work).rowsPerSecond
            work.rowsPerTransaction = Int(updated.counts.meanBatch)
            work.changesetBytes = withLog ? logBytes : 0
            let paces = try (1...plan.rounds).map { _ in try plain.update(ids.shuffled(), work) }
            let update = paces.map(\.rowsPerSecond).median
            if withLog {
                limits.updateWithLog = update
            } else {
                limits.processor = paces.map(\.processor).median
                limits.insert = insert
                limits.update = update
            }
        }
        return limits
    }

    private mutating func wire(_ run: Run, _ suffix: String, _ perChangeset: Int) {
        let fields = Double(run.rows * BenchmarkSchema.texts.count)
        let payload = Double(BenchmarkSchema.sampleBytes)
        figures.append(Figure(
            "upload bytes per field change, \(suffix)", Double(run.traffic.uploadedBytes) / fields, "bytes", limit: payload,
            .lowerIsBetter))
        guard perChangeset == 1 else { return }
        figures.append(Figure(
            "verdict bytes per changeset, \(suffix)", Double(run.traffic.verdictBytes) / Double(max(1, run.traffic.receipts)),
            "bytes"))
        figures.append(Figure(
            "live bytes down per field change, \(suffix)", Double(run.traffic.changesBytes) / fields, "bytes",
            limit: payload, .lowerIsBetter))
    }
}

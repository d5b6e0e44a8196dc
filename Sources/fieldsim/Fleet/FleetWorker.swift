import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Simulation
import Synchronization

/// The user of a device of a fleet: writes notes into rows that it may write, and measures how long verdicts take.
final class FleetWorker: Sendable {
    private struct State {
        var report = FleetReport()
        /// When what waits for its verdict was written.
        var waiting: [ChangesetID: ContinuousClock.Instant] = [:]
        var random: SplitMix
        /// Verdicts that came before the write was noted: it returns after the device has it.
        var early: [ChangesetID: (at: ContinuousClock.Instant, refused: Int)] = [:]
    }

    private let device: StandIn
    private let state: Mutex<State>

    init(_ device: StandIn, random: UInt64) {
        self.device = device
        state = Mutex(State(random: SplitMix(seed: random)))
        let events = device.replica.events()
        Task.detached { [weak self] in
            for await event in events {
                switch event {
                case .verdict(let verdict): self?.note(verdict)
                case .blocked(let block): self?.fail(block.message)
                case .storeFailed(let reason): self?.fail(reason)
                default: break
                }
            }
        }
    }

    var report: FleetReport { state.withLock { $0.report } }

    static func milliseconds(since begun: ContinuousClock.Instant) -> Double {
        let span = (ContinuousClock.now - begun).components
        return Double(span.seconds) * 1_000 + Double(span.attoseconds) / 1e15
    }

    /// Writes at a rate, with a start by chance so that devices do not beat in time.
    func work(for seconds: Double, writesPerMinute: Double) async throws {
        guard writesPerMinute > 0 else { return try await Task.sleep(for: .seconds(seconds)) }
        let end = ContinuousClock.now + .seconds(seconds), pause = 60 / writesPerMinute
        try await Task.sleep(for: .seconds(state.withLock { Double.random(in: 0...min(pause, seconds), using: &$0.random) }))
        while ContinuousClock.now < end {
            try write()
            try await Task.sleep(for: .seconds(pause))
        }
    }

    private func write() throws {
        let fields = try writable()
        guard !fields.isEmpty else { throw ShellError("This user holds no row with a text to write.") }
        let (field, number) = state.withLock { state in
            (fields[Int.random(in: 0..<fields.count, using: &state.random)], UInt64.random(in: 0...99_999, using: &state.random))
        }
        let begun = ContinuousClock.now
        guard let changeset = try device.replica.write({ try $0.set(field.collection, field.row, [field.name: .text("load \(number)")]) }) else { return }
        state.withLock { state in
            state.report.written += 1
            guard let early = state.early.removeValue(forKey: changeset) else { return state.waiting[changeset] = begun }
            state.report.noteVerdict(Self.milliseconds(since: begun), early.refused)
        }
    }

    private func note(_ verdict: VerdictReport) {
        state.withLock { state in
            guard let begun = state.waiting.removeValue(forKey: verdict.identity) else {
                return state.early[verdict.identity] = (.now, verdict.refused.count)
            }
            state.report.noteVerdict(Self.milliseconds(since: begun), verdict.refused.count)
        }
    }

    private func fail(_ reason: String) { state.withLock { $0.report.errors[reason, default: 0] += 1 } }

    /// Long texts of records that the user's role may write, of some of the rows that are held.
    private func writable() throws -> [(collection: String, row: RowID, name: String)] {
        let replica = device.replica, role = replica.progress.role
        return try replica.schema.collections.filter { $0.kind == .record && $0.rights[role]?.update == true }.flatMap { collection in
            let names = collection.groups.filter { group in
                if case .lastWriter = group.policy { return group.fields.count == 1 && group.writers?.contains(role) ?? true && Self.isLong(group.fields[0].type) }
                return false
            }.map { $0.fields[0].name }
            if names.isEmpty { return [(collection: String, row: RowID, name: String)]() }
            let rows = try replica.query("SELECT id FROM \"\(collection.name)\" WHERE _alive ORDER BY id LIMIT 50")
            return try rows.flatMap { row in try names.map { (collection.name, try row.id, $0) } }
        }
    }

    /// What holds a note; shorter texts may have to be something.
    private static func isLong(_ type: FieldType) -> Bool { if case .text(let bytes) = type { bytes >= 500 } else { false } }
}

extension FleetReport {
    fileprivate mutating func noteVerdict(_ milliseconds: Double, _ refused: Int) {
        latencies.append(milliseconds)
        self.refused += refused
        if refused == 0 { accepted += 1 }
    }
}

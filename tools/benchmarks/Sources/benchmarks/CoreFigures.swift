import ChildProcesses
import Foundation
import ReplicationCore
import WireProtocol

/// The core alone, without stores and connections: field sets merged into rows in memory, beside what Yrs and Loro do with the
/// same. All per second of processor time, so that a busy machine changes little.
struct CoreFigures {
    let plan: Plan
    /// Python with the libraries; without it there is nothing to compare with.
    let python: String?
    let script: String

    private static let texts = 4
    private static let rounds = 7
    private var rows: Int { plan.isQuick ? 2_500 : 25_000 }

    func measure() throws -> [Figure] {
        let schema = try BenchmarkSchema.load()
        guard let items = schema.collection(BenchmarkSchema.item) else { throw BenchmarkFailure("the schema has no items") }
        var best: [Size: Run] = [:]
        var peers: [Peers.Peer]?
        // In turns, and the best of each: a machine is slow for seconds at a time, and that should hit neither side alone.
        for _ in 0..<Self.rounds {
            if let python {
                let round = try Peers.measure(rows: rows, python: python, script: script)
                peers = peers.map { zip($0, round).map { $0.best(with: $1) } } ?? round
            }
            for size in Size.allCases { best[size, default: Run()] = best[size, default: Run()].best(with: try run(size, items)) }
        }
        var figures: [Figure] = []
        for size in Size.allCases {
            let best = best[size] ?? Run(), peer = peers?.map { size == .hundred ? $0.batches : $0.one }
            let applied = peer?.map(\.applied).max()
            figures.append(Figure("core, field sets merged, \(size.rawValue)", best.merged, "sets/s", limit: applied))
            figures.append(Figure("core, field sets decoded and merged, \(size.rawValue)", best.decoded, "sets/s", limit: applied))
            figures.append(Figure(
                "core, bytes per field set, \(size.rawValue)", best.bytes, "bytes", limit: peer?.map(\.bytes).min(), .lowerIsBetter))
        }
        for peer in peers ?? [] {
            for (name, paces) in [("batches of 100", peer.batches), ("as one", peer.one)] {
                figures.append(Figure("core, \(peer.name) applies, \(name)", paces.applied, "sets/s"))
                figures.append(Figure("core, \(peer.name) writes, \(name)", paces.written, "sets/s"))
                figures.append(Figure("core, \(peer.name) bytes per field set, \(name)", paces.bytes, "bytes"))
            }
        }
        return figures
    }

    private enum Size: String, CaseIterable {
        case hundred = "changesets of 100"
        case one = "as one"
    }

    private struct Run {
        var merged = 0.0, decoded = 0.0, bytes = Double.infinity

        func best(with other: Run) -> Run {
            Run(merged: max(merged, other.merged), decoded: max(decoded, other.decoded), bytes: min(bytes, other.bytes))
        }
    }

    private func run(_ size: Size, _ items: ReplicationCore.Collection) throws -> Run {
        let changesets = changesets(of: size == .hundred ? 100 : rows * Self.texts)
        // A changeset has a bound on operations: "as one" travels as few.
        let encoded = try changesets.flatMap { changeset in
            try stride(from: 0, to: changeset.operations.count, by: ProtocolLimits.operationsPerChangeset).map { start in
                let end = min(changeset.operations.count, start + ProtocolLimits.operationsPerChangeset)
                let part = changeset.operations[start..<end].enumerated().map { place, operation in
                    var operation = operation
                    operation.position = UInt32(place)
                    return operation
                }
                return try ChangesetCodec.encode(changeset.header, part, saltSeed: Array(repeating: 7, count: 16)).bytes
            }
        }
        let sets = Double(rows * Self.texts)
        var memory = CoreRows(items)
        let merging = ProcessorClock()
        for (number, changeset) in changesets.enumerated() { memory.take(changeset.operations, of: changeset.header, number: number) }
        let merged = merging.seconds
        guard memory.rows.count == rows else { throw BenchmarkFailure("\(memory.rows.count) of \(rows) rows were merged") }

        memory = CoreRows(items)
        let decoding = ProcessorClock()
        for (number, bytes) in encoded.enumerated() {
            let changeset = try ChangesetCodec.decode(bytes)
            memory.take(changeset.operations, of: changeset.header, number: number)
        }
        let decoded = decoding.seconds
        guard memory.rows.count == rows else { throw BenchmarkFailure("\(memory.rows.count) of \(rows) rows were merged") }
        return Run(merged: sets / merged, decoded: sets / decoded, bytes: Double(encoded.reduce(0) { $0 + $1.count }) / sets)
    }

    private func changesets(of size: Int) -> [(header: ChangesetHeader, operations: [CellOperation])] {
        let ids: [RowID] = Scene.makeIDs(rows)
        let identities: [ChangesetID] = Scene.makeIDs(rows)
        let perChangeset = max(1, size / Self.texts)
        return stride(from: 0, to: rows, by: perChangeset).map { start in
            let header = ChangesetHeader(
                identity: identities[start], author: RowID(high: 1, low: 1), role: 1,
                stamp: HybridTime(milliseconds: 1_760_000_000_000 + UInt64(start)), schemaVersion: 1,
                basis: CommitSequence(epoch: 1, number: 1))
            var operations: [CellOperation] = []
            for row in start..<min(rows, start + perChangeset) {
                for (text, name) in ["title", "place", "state", "note"].enumerated() {
                    operations.append(CellOperation(
                        position: UInt32(operations.count), key: RowKey(collection: BenchmarkSchema.item, row: ids[row]),
                        part: Part(group: UInt32(text + 2)), action: .set([.text("\(name) \(String(format: "%07d", row))")]),
                        context: Context()))
                }
            }
            return (header, operations)
        }
    }
}

/// Rows in memory, as the hub keeps those of a commit, and nothing but the merge that changes them.
private struct CoreRows {
    private(set) var rows: [RowState] = []
    private var places: [RowKey: Int] = [:]
    private let items: ReplicationCore.Collection

    init(_ items: ReplicationCore.Collection) { self.items = items }

    mutating func take(_ operations: [CellOperation], of header: ChangesetHeader, number: Int) {
        let write = Write(
            identity: header.identity, dot: Dot(site: 1, counter: UInt64(number + 1)), author: header.author, role: header.role,
            rank: 0, effective: header.stamp, sequence: CommitSequence(epoch: 1, number: UInt64(number + 1)))
        var start = 0
        while start < operations.count {
            let key = operations[start].key
            var end = start + 1
            while end < operations.count, operations[end].key == key { end += 1 }
            let place = place(of: key)
            Self.apply(operations[start..<end], write, items, to: &rows[place])
            start = end
        }
    }

    /// The key is looked up once, whether it is there or not.
    private mutating func place(of key: RowKey) -> Int {
        // Growing by four moves each key a third of the times that doubling does.
        if places.count == places.capacity { places.reserveCapacity(max(places.count * 4, 64)) }
        let next = rows.count
        let place = Self.settled(&places[key, default: next])
        if place == next { rows.append(RowState(key: key)) }
        return place
    }

    /// Asked for as something to change, a place that was not there is kept.
    private static func settled(_ place: inout Int) -> Int { place }

    private static func apply(
        _ operations: ArraySlice<CellOperation>, _ write: Write, _ items: ReplicationCore.Collection, to row: inout RowState
    ) {
        for index in operations.indices {
            let part = operations[index].part
            let incoming = IncomingWrite(write: write, context: operations[index].context, action: operations[index].action)
            _ = Merge.apply(incoming, to: &row, part: part, policy: items.policy(of: part))
        }
    }
}

/// What other libraries do with the same field sets.
private enum Peers {
    struct Paces: Decodable {
        let applied: Double, written: Double, bytes: Double

        func best(with other: Paces) -> Paces {
            Paces(applied: max(applied, other.applied), written: max(written, other.written), bytes: min(bytes, other.bytes))
        }
    }

    struct Peer {
        let name: String
        let batches: Paces, one: Paces

        func best(with other: Peer) -> Peer {
            Peer(name: name, batches: batches.best(with: other.batches), one: one.best(with: other.one))
        }
    }

    private struct Measured: Decodable {
        let batches: Paces, one: Paces
    }

    static func measure(rows: Int, python: String, script: String) throws -> [Peer] {
        let run = try ChildProcess.run(python, [script, "\(rows)"], within: 1_800)
        guard run.end == .exited(0) else { throw BenchmarkFailure("\(script) \(run.end): \(run.errors)") }
        let measured = try JSONDecoder().decode([String: Measured].self, from: Data(run.output.utf8))
        return measured.sorted { $0.key < $1.key }.map { Peer(name: $0.key, batches: $0.value.batches, one: $0.value.one) }
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import WireProtocol

/// What it costs the hub to say what a device should hold, at the end of its catch-up; beside reading and hashing the rows.
struct SumFigures {
    let plan: Plan
    private let owner = RowID(high: 1, low: 1)

    private static let schema = Schema(
        version: 1, name: "sums", collections: [
            Collection(
                number: 1, name: "item", label: "Item", kind: .record,
                groups: ["owner", "place", "title", "note"].enumerated().map { index, name in
                    Group(number: UInt32(index + 1), name: name, policy: .lastWriter, fields: [
                        Field(name: name, label: name, type: .text(maximumBytes: 200)),
                    ])
                }, scopes: [.field(kind: "user", field: "owner"), .field(kind: "place", field: "place")], rights: [1: Rights(read: true)]),
        ], roles: [Role(number: 1, name: "worker", label: "Worker", subscriptions: [.init(kind: "user", key: .user)])], userCollection: 1)

    func measure() throws -> [Figure] {
        try [("in one set of scopes", 1), ("each in another set of scopes", plan.rows)].map { name, places in
            let folder = try plan.makeFolder("sums-\(places)")
            var random = SystemRandomNumberGenerator()
            let store = try SQLiteHubStore.create(
                at: folder + "/hub.sqlite", schema: Self.schema, schemaText: "sums", hubName: "sums", milliseconds: 1, random: &random)
            for start in stride(from: 0, to: plan.rows, by: 1_000) { try fill(store, start..<min(start + 1_000, plan.rows), places: places) }
            let scopes: Set<Scope> = [Scope(kind: "user", key: owner.description)]
            let rounds = 20
            var clock = Stopwatch()
            for _ in 0..<rounds {
                guard try store.read({ try $0.held(in: scopes, by: 1) })?.rows == UInt64(plan.rows) else {
                    throw BenchmarkFailure("the hub keeps count of other rows than there are")
                }
            }
            let kept = clock.seconds / Double(rounds)
            clock = Stopwatch()
            guard try store.read({ try $0.compareSums() })?.isEqual == true else { throw BenchmarkFailure("the sums are not those of the rows") }
            let read = clock.seconds
            try store.close()
            return Figure("sum of \(plan.rows) rows \(name)", kept * 1_000, "ms", limit: read * 1_000, .lowerIsBetter)
        }
    }

    private func fill(_ store: SQLiteHubStore, _ rows: Range<Int>, places: Int) throws {
        _ = try store.commit { reader in
            var head = try reader.head
            head.number += 1
            let write = Write(
                identity: ChangesetID(high: 1, low: head.number), dot: Dot(site: 1, counter: head.number), author: owner, role: 1, rank: 0,
                effective: HybridTime(milliseconds: head.number), sequence: head)
            func cell(_ group: UInt32, _ content: Sibling.Content) -> CellState {
                CellState(part: Part(group: group), sequence: head, siblings: [Sibling(write: write, content: content)])
            }
            var plan = CommitPlan()
            plan.entries = [LogEntry(
                sequence: head, dot: write.dot, identity: write.identity, root: [1], changeset: [1], evidence: nil, receipt: [],
                receivedMilliseconds: 1, touched: [])]
            plan.rows = rows.map { index in
                let texts = [owner.description, "place \(index % places)", "title \(index)", "note \(index)"]
                return RowState(key: RowKey(collection: 1, row: RowID(high: 2, low: UInt64(index))), cells: [cell(0, .alive)] + texts.enumerated().map {
                    cell(UInt32($0 + 1), .values([.text($1)]))
                })
            }
            return (plan, ())
        }
    }
}

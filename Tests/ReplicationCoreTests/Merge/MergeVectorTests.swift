import ReplicationCore
import Testing
import TestSupport

/// Merge cases for other implementations: `Fixtures/merge/`, drawn from the exhaustive histories.
struct MergeVectorTests {
    /// One delivery order of one history, with every reason on the way.
    private static func vector(_ history: History, _ order: [Int]) -> JSON {
        var state: CellState?
        var steps: [JSON] = []
        for place in order.indices {
            let incoming = history.incoming(order[place], after: Array(order[..<place]))
            let (after, reason) = Merge.apply(incoming, to: state, part: history.part, policy: history.policy)
            state = after
            steps.append(.object(
                Describe.write(incoming.write) + Describe.action(incoming.action)
                    + [("context", Describe.context(incoming.context)), ("reason", Describe.reason(reason))]))
        }
        let shown = state.flatMap { Shown.sibling(of: $0, policy: history.policy) }
        return .object([("policy", Describe.policy(history.policy))] + Describe.part(history.part) + [
            ("deliveries", .array(steps)), ("state", state.map { Describe.cell($0) } ?? .null),
            ("shown", shown.map { .text($0.write.dot.description) } ?? .null),
        ])
    }

    /// Every `stride`-th delivery of all histories of a policy.
    private static func vectors(
        _ policy: Policy, _ part: Part = Part(group: 1), stride: Int,
        action: (Int, Int) -> Action = { SmallHistories.set($0 == 2 ? 3 : $0, $1) }
    ) -> [JSON] {
        var seen = 0
        var vectors: [JSON] = []
        for count in 1...3 {
            SmallHistories.forEach(count: count, policy: policy, part: part, action: action, rank: { UInt32($0 & 1) }) { history in
                history.forEachDelivery { order, _ in
                    if seen % stride == 0 { vectors.append(vector(history, order)) }
                    seen += 1
                }
            }
        }
        return vectors
    }

    /// By file. The strides are prime, so that they do not fall in step with the enumeration.
    private static let files: [(name: String, cases: JSON)] = {
        let states = SmallHistories.lattice.states
        return [
            ("last-writer", .array(vectors(.lastWriter, stride: 23))),
            ("authority", .array(vectors(.authority(roles: [1]), stride: 23))),
            ("lattice", .array(vectors(.lattice(SmallHistories.lattice), stride: 23) { index, times in
                .set([.text(states[(index + times) % 4])])
            })),
            ("keep-both", .array(vectors(.keepBoth, stride: 31))),
            ("write-once", .array(vectors(.writeOnce, stride: 31))),
            ("add-wins-set", .array(vectors(.addWinsSet, Part(group: 1, element: "x"), stride: 23) { index, times in
                times >> index & 1 == 1 ? .remove : .add
            })),
            ("counter", .array(vectors(.counter, stride: 61) { index, _ in .increment(Int64(index * 7 - 3)) })),
            ("liveness", .array(vectors(.lastWriter, .liveness, stride: 23) { index, times in
                times >> index & 1 == 1
                    ? .delete(covering: [SeenCell(part: Part(group: 1), context: Context())]) : index == 0 ? .create : .restore
            })),
        ]
    }()

    /// `CONVERGE_WRITE_FIXTURES=1 swift test --filter mergeFilesAreCurrent` writes them anew.
    @Test func mergeFilesAreCurrent() throws {
        var count = 0
        for file in Self.files {
            count += file.cases.array.count
            #expect(try Fixture.isCurrent("Fixtures/merge/\(file.name).json", file.cases), "\(file.name)")
        }
        #expect(count > 300)
        print("merge vectors: \(count) cases")
    }
}

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
            steps.append(MergeCase.step(incoming, reason, after: after))
        }
        return .object([("writes", .array(steps))] + MergeCase.cell(state, history.policy))
    }

    /// Every `stride`-th delivery of all histories of a policy: with up to three writes, and with four.
    private static func vectors(
        _ policy: Policy, _ part: Part = Part(group: 1), strides: (upToThree: Int, four: Int),
        timePatterns: [Int] = [6], action: (Int, Int) -> Action = { SmallHistories.set($0 == 2 ? 3 : $0, $1) }
    ) -> [JSON] {
        var vectors: [JSON] = []
        for (counts, stride) in [(1...3, strides.upToThree), (4...4, strides.four)] {
            var seen = 0
            for count in counts {
                SmallHistories.forEach(
                    count: count, policy: policy, part: part, timePatterns: count == 4 ? timePatterns : nil,
                    action: action, rank: { UInt32($0 & 1) }) { history in
                    history.forEachDelivery { order, _ in
                        if seen % stride == 0 { vectors.append(vector(history, order)) }
                        seen += 1
                    }
                }
            }
        }
        return vectors
    }

    /// Deletions, restorations and edits of deleted rows, over all cells of a row.
    private static func rows(stride: Int) -> [JSON] {
        var seen = 0
        var vectors: [JSON] = []
        for further in 1...3 {
            RowHistory.forEach(further: further) { history in
                history.forEachDelivery { order, _ in
                    seen += 1
                    guard seen % stride == 0 else { return }
                    vectors.append(row(history, order))
                }
            }
        }
        return vectors
    }

    private static func row(_ history: RowHistory, _ order: [Int]) -> JSON {
        var row = RowState(key: RowHistory.key)
        var steps: [JSON] = []
        for place in order.indices {
            let (incoming, reason) = history.take(order[place], after: Array(order[..<place]), into: &row)
            let part = history.writes[order[place]].part
            steps.append(MergeCase.step(incoming, reason, after: row[part], part: part))
        }
        return .object([
            ("writes", .array(steps)),
            ("cells", .array(row.cells.map { cell in
                .object([("cell", .text(cell.part.description))] + MergeCase.cell(cell, RowHistory.policy(of: cell.part)))
            })),
            ("alive", .bool(row.isAlive)),
        ])
    }

    /// Each write of a history comes a second time at the end, as after a fork: it changes nothing.
    private static func again() -> [JSON] {
        var vectors: [JSON] = []
        SmallHistories.forEach(count: 2, policy: .writeOnce, action: SmallHistories.set) { history in
            history.forEachDelivery { order, _ in
                var state: CellState?
                var steps: [JSON] = []
                for (place, index) in (order + order).enumerated() {
                    let incoming = history.incoming(index, after: Array((order + order)[..<place].prefix(order.count)))
                    let (after, reason) = Merge.apply(incoming, to: state, part: history.part, policy: history.policy)
                    state = after
                    steps.append(MergeCase.step(incoming, reason, after: after))
                }
                vectors.append(.object([("writes", .array(steps))] + MergeCase.cell(state, history.policy)))
            }
        }
        return vectors
    }

    /// By file. The strides are prime, so that they do not fall in step with the enumeration.
    private static let files: [(name: String, policy: Policy, cases: [JSON])] = {
        let states = SmallHistories.lattice.states
        return [
            ("last-writer", .lastWriter, vectors(.lastWriter, strides: (3, 29))),
            ("authority", .authority(roles: [1]), vectors(.authority(roles: [1]), strides: (3, 29))),
            ("lattice", .lattice(SmallHistories.lattice), vectors(.lattice(SmallHistories.lattice), strides: (3, 29)) { index, times in
                .set([.text(states[(index + times) % 4])])
            }),
            ("keep-both", .keepBoth, vectors(.keepBoth, strides: (3, 29))),
            ("write-once", .writeOnce, vectors(.writeOnce, strides: (3, 29)) + again()),
            ("add-wins-set", .addWinsSet, vectors(.addWinsSet, Part(group: 1, element: "x"), strides: (3, 29)) { index, times in
                times >> index & 1 == 1 ? .remove : .add
            }),
            ("counter", .counter, vectors(.counter, strides: (3, 97)) { index, _ in .increment(Int64(index * 7 - 3)) }),
            ("liveness", .lastWriter, vectors(.lastWriter, .liveness, strides: (3, 29)) { index, times in
                times >> index & 1 == 1
                    ? .delete(covering: [SeenCell(part: Part(group: 1), context: Context())]) : index == 0 ? .create : .restore
            }),
            ("rows", .lastWriter, rows(stride: 43)),
        ]
    }()

    /// `tools/generate-merge-vectors` writes them anew.
    @Test func mergeFilesAreCurrent() throws {
        var count = 0
        for file in Self.files {
            count += file.cases.count
            let lines = file.cases.map(\.line).joined(separator: ",\n")
            let text = "{\"policy\": \(Describe.policy(file.policy).line), \"cases\": [\n\(lines)\n]}\n"
            #expect(try Fixture.isCurrent("Fixtures/merge/\(file.name).json", text: text), "\(file.name)")
            print("merge vectors: \(file.cases.count) of \(file.name)")
        }
        #expect(count >= 5_000)
        print("merge vectors: \(count) cases")
    }
}

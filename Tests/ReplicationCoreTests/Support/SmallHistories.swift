import ReplicationCore

/// All histories of a size: every shape of contexts, every assignment to up to three writers, in both
/// orders of their sites, and every pattern of two effective times.
enum SmallHistories {
    static let lattice = Lattice(
        states: ["new", "started", "done", "canceled"], clashes: [.init(first: "done", second: "canceled")])

    static func forEach(
        count: Int, policy: Policy, part: Part = Part(group: 1), timePatterns: [Int]? = nil,
        action: (_ index: Int, _ pattern: Int) -> Action, rank: (_ index: Int) -> UInt32 = { _ in 0 },
        _ body: (History) throws -> Void
    ) rethrows {
        let shapes = contexts(count)
        for writers in writers(count) {
            var counters: [Site: UInt64] = [:]
            let dots = writers.map { writer in
                counters[writer, default: 0] += 1
                return (writer, counters[writer, default: 0])
            }
            for seen in shapes {
                for times in timePatterns ?? Array(0..<(1 << count)) {
                    try body(History(policy: policy, part: part, writes: (0..<count).map { index in
                        HistoryWrite(
                            writer: dots[index].0, counter: dots[index].1, seen: seen[index],
                            action: action(index, times),
                            effective: HybridTime(milliseconds: 100 + UInt64(times >> index & 1)), rank: rank(index))
                    }))
                }
            }
        }
    }

    /// For each write every subset of the writes before it.
    static func contexts(_ count: Int) -> [[Indices]] {
        (0..<count).reduce([[]]) { shapes, index in
            shapes.flatMap { shape in (0..<UInt32(1 << index)).map { shape + [Indices(bits: $0)] } }
        }
    }

    /// Every way to share the writes among up to three writers, with rising and with falling sites.
    static func writers(_ count: Int) -> [[Site]] {
        let partitions = (0..<count).reduce([[Site]]([[]])) { partial, _ in
            partial.flatMap { known in
                (0...min(2, (known.max().map { Int($0) + 1 }) ?? 0)).map { known + [Site($0)] }
            }
        }
        return partitions.flatMap { sites in
            sites.max() == 0 ? [sites.map { $0 + 1 }] : [sites.map { $0 + 1 }, sites.map { 3 - $0 }]
        }
    }

    /// Different values, of which the first and the last are equal in half of the patterns.
    static func set(_ index: Int, _ pattern: Int) -> Action {
        .set([.text(index == 3 && pattern & 1 == 1 ? "v0" : "v\(index)")])
    }
}

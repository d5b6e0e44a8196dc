import TestSupport

/// Long histories drawn at random: three devices and two people behind a gateway, two rows with all four kinds of cells,
/// chunks, cuts, rows that leave and come back, and clocks that are years off.
public enum RandomHistories {
    /// What a run came to.
    public struct Report: Sendable {
        public var histories = 0
        public var steps = 0
        /// What was found, in which history.
        public var deviation: (what: String, seed: UInt64, path: [Step])?
    }

    /// - Parameters:
    ///   - restores: devices are copied, and go back to their copies; over stores in memory.
    ///   - isEnough: asked before each history, with those played so far.
    public static func run(
        seed: UInt64, length: Int, mistake: Mistake? = nil, losesTransactions: Bool = false,
        restores: Bool = false, stage: () throws -> Stage, reuses: Bool, isEnough: (Report) -> Bool
    ) throws -> Report {
        var report = Report()
        var current = try stage()
        while !isEnough(report), report.deviation == nil {
            let seed = seed &+ UInt64(report.histories)
            if !reuses { current = try stage() }
            try play(seed, length, mistake, losesTransactions, restores, current, &report)
        }
        return report
    }

    private static func play(
        _ seed: UInt64, _ length: Int, _ mistake: Mistake?, _ losesTransactions: Bool, _ restores: Bool, _ stage: Stage,
        _ report: inout Report
    ) throws {
        var random = SplitMix64(seed: seed)
        var conditions = World.Conditions()
        conditions.mistake = mistake
        conditions.losesTransactions = losesTransactions
        conditions.rowsPerPage = random.oneIn(2) ? 1 : 512
        let skews: [Int64] = [0, 0, 1, -1, 5_000, -315_576_000_000, 315_576_000_000]
        for viewer in 0..<World.viewers { conditions.skews[viewer] = skews[Int.random(in: 0..<skews.count, using: &random)] }
        // Few cells make crowds; many make gaps.
        let kinds = Int.random(in: 1...4, using: &random), rows = Int.random(in: 1...2, using: &random)
        conditions.rows = rows
        report.histories += 1
        var path: [Step] = []
        do {
            let world = try stage.world(conditions)
            for _ in 0..<Int.random(in: length / 4...length, using: &random) {
                let step = restores
                    ? drawWithRestores(kinds: kinds, rows: rows, &random) : draw(kinds: kinds, rows: rows, &random)
                guard world.isPossible(step) else { continue }
                path.append(step)
                report.steps += 1
                try world.perform(step)
            }
            try world.finish()
        } catch let deviation as Deviation {
            report.deviation = (deviation.what, seed, path)
        }
    }

    private static func draw(kinds: Int, rows: Int, _ random: inout SplitMix64) -> Step {
        let viewer = Int.random(in: 0..<World.viewers, using: &random)
        let device = viewer % World.devices
        switch Int.random(in: 0..<32, using: &random) {
        case 0..<8:
            let kind = CellName.Kind.allCases[Int.random(in: 0..<kinds, using: &random)]
            return .write(viewer: viewer, CellName(row: Int.random(in: 0..<rows, using: &random), kind: kind))
        case 8..<14: return .upload(replica: min(viewer, World.devices))
        case 14..<19: return .answer(viewer: viewer)
        case 19..<26: return .deliver(viewer: device)
        case 26..<29: return .request(viewer: viewer)
        case 29: return .cut(device: device)
        default:
            return .move(row: Int.random(in: 0..<rows, using: &random), replica: device, isIn: random.oneIn(2))
        }
    }

    /// Two devices, and sums before all: they are what does not name its writes. Verdicts are slow, so that much is
    /// unanswered when a copy is made.
    private static func drawWithRestores(kinds: Int, rows: Int, _ random: inout SplitMix64) -> Step {
        let device = Int.random(in: 0..<2, using: &random)
        switch Int.random(in: 0..<32, using: &random) {
        case 0..<7:
            let kind = CellName.Kind.allCases[CellName.Kind.allCases.count - 1 - Int.random(in: 0..<kinds, using: &random)]
            return .write(viewer: device, CellName(row: Int.random(in: 0..<rows, using: &random), kind: kind))
        case 7..<15: return .upload(replica: device)
        case 15..<18: return .answer(viewer: device)
        case 18..<23: return .deliver(viewer: device)
        case 23..<27: return .request(viewer: device)
        case 27: return .cut(device: device)
        case 28, 29: return .backUp(device: device)
        case 30: return .goBack(device: device)
        default:
            return .move(row: Int.random(in: 0..<rows, using: &random), replica: device, isIn: random.oneIn(2))
        }
    }
}

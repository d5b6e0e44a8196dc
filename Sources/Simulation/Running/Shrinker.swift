/// Makes a failing plan small: leaves out steps as long as the same checker still finds something.
public enum Shrinker {
    /// How many runs it may take.
    private static let runs = 400

    /// - Parameters:
    ///   - check: the checker that the plan fails.
    ///   - hasTwins: it failed in the comparison with its twin, perhaps.
    /// - Returns: a plan that fails it, of which no half, quarter ... and, where the runs suffice, no single
    ///   step can be left out.
    public static func shrink(_ plan: Plan, failing check: String, hasTwins: Bool = false, in laboratory: any Laboratory) throws -> Plan {
        var best = plan
        var left = runs
        func run(_ candidate: Plan) throws -> Simulation.Outcome {
            try Simulation.run(candidate, in: laboratory, twinIn: hasTwins ? laboratory : nil)
        }
        func fails(_ candidate: Plan) throws -> Bool {
            left -= 1
            return try run(candidate).violations.first?.check == check
        }
        // What comes after the violation has no part in it, and every further run is the shorter for it.
        if let first = try run(plan).violations.first(where: { $0.check == check }) {
            var shorter = plan
            shorter.steps.removeAll { $0.at > first.at }
            shorter.minutes = min(plan.minutes, Int(first.at / 60_000) + 1)
            if try fails(shorter) { best = shorter }
        }
        // Delta debugging (Zeller and Hildebrandt, 2002), over parts that are left out.
        var size = max(1, best.steps.count / 2)
        while left > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.steps.count, left > 0 {
                var candidate = best
                candidate.steps.removeSubrange(start..<min(start + size, best.steps.count))
                if try fails(candidate) {
                    best = candidate
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { break }
            size = max(1, size / 2)
        }
        return best
    }
}

/// Runs a plan.
public enum Simulation {
    /// What a run came to.
    public struct Outcome: Sendable {
        /// The first violations of a checker; empty for a clean run.
        public var violations: [Violation]
        /// The same for the same plan, on every machine: 32 bytes.
        public var trace: [UInt8]
        public var simulatedMilliseconds: UInt64
        public var events: UInt64
        public var writes: Int
        public var commits: Int
        public var refusals: Int
        /// Refused operations that were mended or discarded.
        public var dealtWith: Int
        /// Refused operations that had waited, and were accepted.
        public var released: Int
        /// Pairs of concurrent writes with different values.
        public var clashes: Int

        public var isClean: Bool { violations.isEmpty }
    }

    public struct Violation: Sendable, Equatable, Codable {
        /// The checker's name.
        public let check: String
        public let what: String
        /// In simulated milliseconds.
        public let at: UInt64
    }

    /// - Parameters:
    ///   - log: takes a line for everything that happens.
    ///   - twinLaboratory: where a clean run's twin is played and compared with it; nil: nowhere.
    /// - Throws: `SimulationMistake` where the plan cannot even begin, or what the laboratory throws.
    public static func run(
        _ plan: Plan, in laboratory: any Laboratory, twinIn twinLaboratory: (any Laboratory)? = nil, log: ((String) -> Void)? = nil
    ) throws -> Outcome {
        let run = try Run(plan, laboratory, log)
        defer { run.end() }
        try run.play()
        var outcome = run.outcome
        if outcome.isClean, let twinLaboratory {
            outcome.violations = try TwinRun.violations(of: run, in: twinLaboratory)
        }
        return outcome
    }
}

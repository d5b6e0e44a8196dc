import Foundation
import Synchronization

/// Runs many seeds of conditions, some at the same time.
public struct Campaign: Sendable {
    let conditions: Conditions
    let seeds: ClosedRange<UInt64>
    let jobs: Int
    let hasTwins: Bool
    let makeLaboratory: @Sendable (Int) throws -> any Laboratory

    /// - Parameters:
    ///   - hasTwins: each clean run is compared with its twin.
    ///   - makeLaboratory: gives each job a laboratory of its own, by the job's number.
    public init(
        conditions: Conditions, seeds: ClosedRange<UInt64>, jobs: Int, hasTwins: Bool = false,
        makeLaboratory: @escaping @Sendable (Int) throws -> any Laboratory
    ) {
        self.conditions = conditions
        self.seeds = seeds
        self.jobs = jobs
        self.hasTwins = hasTwins
        self.makeLaboratory = makeLaboratory
    }

    public struct Result: Sendable {
        public var failed: [(seed: UInt64, outcome: Simulation.Outcome)] = []
        public var simulatedMilliseconds: UInt64 = 0
        public var writes = 0
        public var commits = 0
        public var clashes = 0
        public var refusals = 0
    }

    /// - Parameter finished: called after each run, one call at a time.
    public func run(_ finished: @Sendable (UInt64, Simulation.Outcome) throws -> Void) throws -> Result {
        let next = Mutex(seeds.lowerBound)
        let state = Mutex((result: Result(), error: (any Error)?.none))
        DispatchQueue.concurrentPerform(iterations: jobs) { job in
            do {
                let laboratory = try makeLaboratory(job)
                while let seed = takeSeed(next), state.withLock({ $0.error == nil }) {
                    let outcome = try Simulation.run(
                        Plan(conditions, seed: seed), in: laboratory, twinIn: hasTwins ? laboratory : nil)
                    try state.withLock { state in
                        if !outcome.isClean { state.result.failed.append((seed, outcome)) }
                        state.result.simulatedMilliseconds += outcome.simulatedMilliseconds
                        state.result.writes += outcome.writes
                        state.result.commits += outcome.commits
                        state.result.clashes += outcome.clashes
                        state.result.refusals += outcome.refusals
                        try finished(seed, outcome)
                    }
                }
            } catch {
                state.withLock { $0.error = $0.error ?? error }
            }
        }
        return try state.withLock { state in
            if let error = state.error { throw error }
            state.result.failed.sort { $0.seed < $1.seed }
            return state.result
        }
    }

    private func takeSeed(_ next: borrowing Mutex<UInt64>) -> UInt64? {
        next.withLock { seed in
            guard seed <= seeds.upperBound else { return nil }
            seed += 1
            return seed - 1
        }
    }
}

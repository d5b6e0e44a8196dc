import ClockCheck
import Testing

/// The compact clock decides as full causal histories do: the short form of `tools/check-clocks`.
struct ClockTests {
    @Test(arguments: Enumerations.short)
    func everyHistoryWithinBoundsIsRight(_ bounds: Exploration.Bounds) throws {
        let report = try Exploration.run(bounds)
        print("every history of \(bounds.name): \(report.moments) moments, \(report.steps) steps, \(report.ends) ends")
        if let (what, path) = report.deviation { Issue.record("\(what) after \(path)") }
    }

    @Test(arguments: [(Stage.inMemory, false, 40), (Stage.onDisk, true, 25)])
    func longHistoriesAreRight(_ stage: @Sendable () throws -> Stage, _ reuses: Bool, _ count: Int) throws {
        let report = try RandomHistories.run(
            seed: 77, length: 160, losesTransactions: reuses, stage: stage, reuses: reuses) { $0.histories >= count }
        #expect(report.histories == count)
        if let (what, seed, path) = report.deviation { Issue.record("seed \(seed): \(what) after \(path)") }
    }

    /// A check that finds nothing wrong must find what is wrong.
    @Test(arguments: Mistake.allCases)
    func plantedMistakesAreFound(_ mistake: Mistake) throws {
        let report = try RandomHistories.run(
            seed: 1, length: 160, mistake: mistake, stage: Stage.inMemory, reuses: false) { $0.histories >= 2_000 }
        print("planted \(mistake): found in history \(report.histories)")
        #expect(report.deviation != nil)
    }
}

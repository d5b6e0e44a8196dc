import ClockCheck
import Testing

/// The compact clock decides as full causal histories do: the short form of `tools/check-clocks`.
struct ClockCheckTests {
    @Test(arguments: Enumerations.short)
    func everyHistoryWithinBoundsIsRight(_ bounds: Exploration.Bounds) throws {
        let report = try Exploration.run(bounds)
        print("every history of \(bounds.name): \(report.moments) moments, \(report.steps) steps, \(report.ends) ends")
        if let (what, path) = report.deviation { Issue.record("\(what) after \(path)") }
    }

    /// Every step from every moment once more, over the shipped stores.
    @Test func everyStepIsRightOnDisk() throws {
        let report = try Exploration.replay(Enumerations.onDisk, on: Stage.onDisk())
        print("over SQLite: \(report.paths.count) histories, \(report.steps) steps of \(Enumerations.onDisk)")
        if let (what, path) = report.deviation { Issue.record("\(what) after \(path)") }
    }

    @Test(arguments: [(Stage.inMemory, false, 30), (Stage.onDisk, true, 10)])
    func longHistoriesAreRight(_ stage: @Sendable () throws -> Stage, _ reuses: Bool, _ count: Int) throws {
        let report = try RandomHistories.run(
            seed: 77, length: 160, losesTransactions: reuses, stage: stage, reuses: reuses) { $0.histories >= count }
        #expect(report.histories == count)
        if let (what, seed, path) = report.deviation { Issue.record("seed \(seed): \(what) after \(path)") }
    }

    /// Devices that go back to copies of themselves show what they hold with what they wrote on top, nothing else.
    @Test func longHistoriesWithRestoresAreRight() throws {
        let report = try RandomHistories.run(
            seed: 5, length: 160, restores: true, stage: Stage.inMemory, reuses: false) { $0.histories >= 60 }
        #expect(report.histories == 60)
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

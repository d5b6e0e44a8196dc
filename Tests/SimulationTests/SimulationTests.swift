import Foundation
import Simulation
import Testing
@testable import fieldsim

/// The shipped hub and devices in a simulated world, checked against full histories.
@Suite struct SimulationTests {
    private let laboratory: Folder

    init() throws { laboratory = try Folder() }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func aGoodDayIsClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml"], seed: seed)
        #expect(outcome.violations == [])
        #expect(outcome.writes > 20 && outcome.commits > 20)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aStormIsClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "storm.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// Everything that chance decides follows from the seed; nothing follows from addresses, threads or clocks.
    @Test func theSameSeedIsTheSameRun() throws {
        let first = try laboratory.run(["lab.yaml", "storm.yaml"], seed: 3)
        let second = try laboratory.run(["lab.yaml", "storm.yaml"], seed: 3)
        #expect(first.trace == second.trace)
        #expect(first.events == second.events)
        let other = try laboratory.run(["lab.yaml", "storm.yaml"], seed: 4)
        #expect(first.trace != other.trace)
    }

    /// Plans that once failed.
    @Test func regressionsStayMended() throws {
        let folder = Folder.project + "/Fixtures/regressions"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()
        #expect(!files.isEmpty)
        for file in files {
            let plan = try JSONDecoder().decode(
                Plan.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/" + file)))
            let outcome = try laboratory.run(plan)
            #expect(outcome.violations == [], "\(file)")
        }
    }
}

/// A temporary folder with a laboratory, removed at the end.
final class Folder {
    let path = NSTemporaryDirectory() + "converge-simulation-" + UUID().uuidString
    private let laboratory: SQLiteLaboratory

    static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let scenarios = project + "/Fixtures/scenarios"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        laboratory = try SQLiteLaboratory(folder: path, scenarios: Self.scenarios)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) /* A leftover folder harms no test. */ }

    func run(_ plan: Plan) throws -> Simulation.Outcome { try Simulation.run(plan, in: laboratory) }

    func run(_ scenarios: [String], seed: UInt64) throws -> Simulation.Outcome {
        let files = try scenarios.map { name in
            (name: name, text: try String(contentsOfFile: Self.scenarios + "/" + name, encoding: .utf8))
        }
        return try run(Plan(try Scenario.load(files), seed: seed))
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Simulation
import Testing
@testable import fieldsim

/// The shipped hub and devices in a simulated world, checked against full histories.
@Suite struct SimulationTests {
    private let laboratory: Folder

    init() throws { laboratory = try Folder() }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func aGoodDayIsClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml"], seed: seed)
        #expect(outcome.violations == [])
        #expect(outcome.writes > 20 && outcome.commits > 20)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aStormIsClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "storm.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// Devices hand in what they have while they have no access, and go on when they have it again.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func lostPhonesLoseNothing(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "storm.yaml", "lost-phones.yaml"], seed: seed)
        #expect(outcome.violations == [])
        #expect(outcome.refusals > 0)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func restoredDevicesAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "device-restores.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// Apps of five earlier versions and the latest one work on the same rows, and some are updated on the way.
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func mixedVersionsAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["versions.yaml"], seed: seed)
        #expect(outcome.violations == [])
        #expect(outcome.writes > 20 && outcome.clashes > 0)
    }

    /// The hub goes back to backups, and its devices bring back what it lost.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func restoresOfTheHubAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "restores.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// The hub goes on to two later versions of its schema, under devices that stay behind or follow.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func hubsThatGoOnAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["upgrades.yaml"], seed: seed)
        #expect(outcome.violations == [])
        #expect(outcome.writes > 20)
    }

    /// The hub goes back once while everybody writes to the same few rows.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func restoresUnderContentionAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "hub-restores.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// Nothing erased is anywhere in the end, and none of it comes back with a backup.
    @Test(arguments: [[], ["restores.yaml"]], 1...3 as ClosedRange<UInt64>)
    func whatIsTakenAwayStaysAway(_ others: [String], _ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "erasures.yaml"] + others, seed: seed)
        #expect(outcome.violations == [])
    }

    /// People get other roles; what they wrote before they could know of it counts with the former one.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func changedRolesAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "roles.yaml"], seed: seed)
        #expect(outcome.violations == [])
    }

    /// Two phones from one backup, both in use.
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func clonedDevicesAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "clones.yaml"], seed: seed, hasTwin: true)
        #expect(outcome.violations == [])
    }

    /// What is refused is mended, let go of, or waits and follows; and people gain and lose scopes meanwhile.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func mistakesAndMovesAreClean(_ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml", "storm.yaml", "mistakes.yaml", "moves.yaml"], seed: seed, hasTwin: true)
        #expect(outcome.violations == [])
        #expect(outcome.refusals > 20 && outcome.dealtWith > 0)
    }

    @Test func whatWaitedIsReleased() throws {
        let outcome = try laboratory.run(["lab.yaml", "mistakes.yaml"], seed: 1)
        #expect(outcome.violations == [])
        #expect(outcome.released > 0)
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

    /// Ten thousand seeds are one process: a run that is over leaves nothing in memory.
    @Test(arguments: [false, true])
    func aRunLeavesNothingBehind(_ hasTwin: Bool) throws {
        let watching = WatchingLaboratory(laboratory.laboratory)
        _ = try Simulation.run(
            try laboratory.plan(["lab.yaml", "storm.yaml", "clones.yaml"], seed: 1), in: watching, twinIn: hasTwin ? watching : nil)
        #expect(watching.made >= 6 && watching.left == [])
    }

    /// The checkers can fail: each planted mistake is found, by the checker that is there for it.
    @Test(arguments: PlantedBug.allCases)
    func plantedMistakesAreFound(_ bug: PlantedBug) throws {
        var found: String?
        for seed in 1...20 as ClosedRange<UInt64> where found == nil {
            found = try laboratory.run(bug.campaigns, seed: seed, planted: bug).violations.first?.check
        }
        #expect(found.map { bug.checkers.contains($0) } == true, "\(bug.rawValue): \(found ?? "not found")")
    }

    /// What happened to devices on the way makes no difference to what everything comes to.
    @Test(arguments: [["storm.yaml"], ["device-restores.yaml"]], 1...2 as ClosedRange<UInt64>)
    func twinsAgree(_ campaigns: [String], _ seed: UInt64) throws {
        let outcome = try laboratory.run(["lab.yaml"] + campaigns, seed: seed, hasTwin: true)
        #expect(outcome.violations == [])
    }

    /// A twin that is played by a mistaken hub is not the same, so the comparison can fail.
    @Test(arguments: [
        PlantedBug.arrivalOrder, .forgottenLoser, .appliedTwice, .lostEviction, .lostChange, .lostQuarantine,
    ])
    func twinsThatDifferAreFound(_ bug: PlantedBug) throws {
        var found: Set<String> = []
        for seed in 1...10 as ClosedRange<UInt64> where found.isEmpty {
            found = Set(try laboratory.run(["lab.yaml", "storm.yaml"], seed: seed, hasTwin: true, plantedInTwin: bug).violations.map(\.check))
        }
        #expect(found == ["twin"])
    }

    /// Plans that once failed.
    @Test func regressionsStayMended() throws {
        let folder = Folder.project + "/Fixtures/regressions"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()
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
    let laboratory: SQLiteLaboratory

    static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let campaigns = project + "/Fixtures/campaigns"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        laboratory = try SQLiteLaboratory(folder: path, campaigns: Self.campaigns)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) /* A leftover folder harms no test. */ }

    func run(_ plan: Plan) throws -> Simulation.Outcome { try Simulation.run(plan, in: laboratory) }

    func run(
        _ campaigns: [String], seed: UInt64, planted bug: PlantedBug? = nil, hasTwin: Bool = false, plantedInTwin: PlantedBug? = nil
    ) throws -> Simulation.Outcome {
        let plan = try plan(campaigns, seed: seed)
        func planted(_ bug: PlantedBug?) -> any Laboratory { bug.map { PlantedLaboratory(laboratory, bug: $0) } ?? laboratory }
        return try Simulation.run(plan, in: planted(bug), twinIn: hasTwin ? planted(plantedInTwin) : nil)
    }

    func plan(_ campaigns: [String], seed: UInt64) throws -> Plan {
        let files = try campaigns.map { name in
            (name: name, text: try String(contentsOfFile: Self.campaigns + "/" + name, encoding: .utf8))
        }
        return Plan(try Conditions.load(files), seed: seed)
    }
}

/// Knows which of the machines that it made are still there.
private final class WatchingLaboratory: Laboratory {
    private struct Made {
        let name: String
        weak var machine: (any Machine)?
    }

    private let inner: any Laboratory
    private var machines: [Made] = []

    init(_ inner: any Laboratory) { self.inner = inner }

    var made: Int { machines.count }
    var left: [String] { machines.filter { $0.machine != nil }.map(\.name) }

    func machine(named name: String) throws -> any Machine {
        let machine = try inner.machine(named: name)
        machines.append(Made(name: name, machine: machine))
        return machine
    }

    func schema(named name: String) throws -> (schema: Schema, text: String) { try inner.schema(named: name) }

    func firstRows(named name: String, schema: Schema) throws -> ImportBatch { try inner.firstRows(named: name, schema: schema) }
}

import ArgumentParser
import Foundation
import ReplicationCore
import Simulation
import Synchronization

extension PlantedBug: ExpressibleByArgument {}

/// Plays seeds of conditions.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run hub and devices under simulated time, network and disks, and check every promise.",
        discussion: """
            One process, no waiting: the code that ships runs against a world that loses connections, stops machines in \
            the middle of a write and sets clocks. The same seed is the same run, on every machine.

              fieldsim simulate --seed 7                         one run; prints what happened in numbers
              fieldsim simulate --seed 7 --log                   and every event of it
              fieldsim simulate --seeds 1..1000 --jobs 2         many; stops at nothing, tells what failed
              fieldsim simulate --replay FILE                    runs a plan again that failed once

            Conditions are YAML files; several lie over each other, later ones above. docs/guides/simulation.md explains them.

            Exit codes: 0 every run is clean · 1 the message says what to do · 3 a checker found something · 64 the command \
            line is wrong.
            """
    )

    @Option(help: ArgumentHelp("The seed of a single run.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Seeds from a first to a last.", valueName: "1..1000"))
    var seeds: String?

    @Option(help: ArgumentHelp("File with conditions; may be given several times.", valueName: "file"))
    var conditions: [String] = ["Fixtures/campaigns/lab.yaml", "Fixtures/campaigns/storm.yaml"]

    @Option(help: ArgumentHelp("A plan to run again.", valueName: "file"))
    var replay: String?

    @Option(help: ArgumentHelp("Runs at the same time.", valueName: "number"))
    var jobs = 1

    @Option(help: ArgumentHelp("Where to write the plans of runs that fail, shrunk as far as they go.", valueName: "folder"))
    var failures: String?

    @Option(help: ArgumentHelp("Put a mistake between the code and its ports, to see it found. `--planted` lists them.", valueName: "name"))
    var plant: PlantedBug?

    @Flag(help: "Plant each mistake in turn under conditions of its own, and tell which checker finds it after how many seeds.")
    var planted = false

    @Flag(help: "Compare each clean run with its twin: the same changesets, handed in once each by devices that nothing happened to.")
    var twin = false

    @Flag(help: "Print every event of a single run.")
    var log = false

    @Flag(help: "Print results as JSON, an object a line.")
    var json = false

    func validate() throws {
        if seed != nil, seeds != nil { throw ValidationError("Give --seed or --seeds.") }
        if replay != nil, seed != nil || seeds != nil { throw ValidationError("A replayed plan has its seed in it.") }
        if jobs < 1 || jobs > 64 { throw ValidationError("--jobs is from 1 to 64.") }
        _ = try range()
    }

    private func range() throws -> ClosedRange<UInt64> {
        guard let seeds else { return (seed ?? 1)...(seed ?? 1) }
        let parts = seeds.components(separatedBy: "..")
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last else {
            throw ValidationError("--seeds is a first and a last number: 1..1000.")
        }
        return first...last
    }

    func run() throws {
        do {
            let folder = NSTemporaryDirectory() + "converge-simulation-\(getpid())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer {
                do {
                    try FileManager.default.removeItem(atPath: folder)
                } catch {
                    FileHandle.standardError.write(Data("The folder \(folder) could not be removed: \(error)\n".utf8))
                }
            }
            let isClean = planted
                ? try plantAll(in: folder) : replay == nil ? try runSeeds(in: folder) : try runPlan(in: folder)
            if !isClean { throw ExitCode(3) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func runPlan(in folder: String) throws -> Bool {
        let path = replay ?? ""
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw SimulationMistake("The plan \(path) cannot be read.")
        }
        let plan = try JSONDecoder().decode(Plan.self, from: bytes)
        let base = URL(fileURLWithPath: conditions[0]).deletingLastPathComponent().path
        let laboratory = try makeLaboratory(in: folder, base)
        let outcome = try play(plan, laboratory)
        try report(outcome, seed: plan.seed)
        return outcome.isClean
    }

    private func play(_ plan: Plan, _ laboratory: any Laboratory) throws -> Simulation.Outcome {
        try Simulation.run(plan, in: laboratory, twinIn: twin ? laboratory : nil, log: log ? { print($0) } : nil)
    }

    private func makeLaboratory(in folder: String, _ campaigns: String) throws -> any Laboratory {
        let real = try SQLiteLaboratory(folder: folder, campaigns: campaigns)
        return plant.map { PlantedLaboratory(real, bug: $0) } ?? real
    }

    private static let seedsPerProgressLine = 100

    /// The most seeds in which a planted mistake has to be found.
    private static let plantedSeeds: ClosedRange<UInt64> = 1...50

    private func plantAll(in folder: String) throws -> Bool {
        let base = URL(fileURLWithPath: conditions[0]).deletingLastPathComponent().path
        let real = try SQLiteLaboratory(folder: folder, campaigns: base)
        var areFound = true
        for bug in PlantedBug.allCases {
            // Each has conditions of its own, beside the first that is given.
            let played = try loaded(bug.campaigns.map { base + "/" + $0 }).conditions
            let laboratory = PlantedLaboratory(real, bug: bug)
            var found: (seed: UInt64, check: String)?
            for seed in Self.plantedSeeds {
                guard let first = try Simulation.run(Plan(played, seed: seed), in: laboratory).violations.first else { continue }
                found = (seed, first.check)
                break
            }
            if let found {
                let names = bug.campaigns.map { $0.replacingOccurrences(of: ".yaml", with: "") }.joined(separator: " + ")
                let isMeant = bug.checkers.contains(found.check)
                print("\(bug.rawValue): found by `\(found.check)`\(isMeant ? "" : ", WHICH IS NOT MEANT FOR IT,") after \(found.seed) \(found.seed == 1 ? "seed" : "seeds") of \(names): \(bug.what)")
                areFound = areFound && isMeant
            } else {
                print("\(bug.rawValue): NOT FOUND within \(Self.plantedSeeds.count) seeds: \(bug.what)")
                areFound = false
            }
        }
        return areFound
    }

    private func loaded(_ paths: [String]? = nil) throws -> (conditions: Conditions, folder: String) {
        let files = try (paths ?? conditions).map { path in
            guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8) else {
                throw SimulationMistake("The file \(path) cannot be read. Run from the project's folder, or give --conditions.")
            }
            return (name: path, text: text)
        }
        return (try Conditions.load(files), URL(fileURLWithPath: conditions[0]).deletingLastPathComponent().path)
    }

    private func runSeeds(in folder: String) throws -> Bool {
        let (played, base) = try loaded()
        let range = try range()
        if range.count == 1 {
            let plan = Plan(played, seed: range.lowerBound)
            let laboratory = try makeLaboratory(in: folder, base)
            let outcome = try play(plan, laboratory)
            try report(outcome, seed: plan.seed)
            if !outcome.isClean { try keep(plan, outcome, laboratory) }
            return outcome.isClean
        }
        let campaign = Campaign(conditions: played, seeds: range, jobs: jobs, hasTwins: twin) { job in
            let own = folder + "/job-\(job)"
            try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
            return try makeLaboratory(in: own, base)
        }
        let started = Date()
        let progress = Mutex((done: 0, failed: 0))
        let result = try campaign.run { seed, outcome in
            if !outcome.isClean { try report(outcome, seed: seed) }
            let (done, failed) = progress.withLock { progress in
                progress.done += 1
                if !outcome.isClean { progress.failed += 1 }
                return progress
            }
            if done % Self.seedsPerProgressLine == 0 {
                FileHandle.standardError.write(Data("\(done) of \(range.count) seeds, \(failed) failed\n".utf8))
            }
        }
        let seconds = Date().timeIntervalSince(started)
        let laboratory = try makeLaboratory(in: folder, base)
        for (seed, outcome) in result.failed.prefix(3) { try keep(Plan(played, seed: seed), outcome, laboratory) }
        let speed = Int(Double(result.simulatedMilliseconds) / 1_000 / max(seconds, 0.001))
        if json {
            try printJSON(Summary(
                seeds: range.count, failed: result.failed.map(\.seed), seconds: seconds, writes: result.writes,
                commits: result.commits, clashes: result.clashes, refusals: result.refusals, simulatedOverReal: speed))
        } else {
            print("""
                \(range.count) seeds in \(Int(seconds.rounded())) s: \(result.failed.count) failed. \(result.writes) writes, \
                \(result.commits) commits, \(result.clashes) clashes, \(result.refusals) refusals; simulated time is \
                \(speed) times real time.
                """)
        }
        return result.failed.isEmpty
    }

    /// Shrinks a plan that failed and writes it down.
    private func keep(_ plan: Plan, _ outcome: Simulation.Outcome, _ laboratory: any Laboratory) throws {
        guard let failures, let check = outcome.violations.first?.check else { return }
        let shrunk = try Shrinker.shrink(plan, failing: check, hasTwins: twin, in: laboratory)
        try FileManager.default.createDirectory(atPath: failures, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let path = "\(failures)/\(check)-\(plan.seed).json"
        try encoder.encode(shrunk).write(to: URL(fileURLWithPath: path))
        if !json { print("\(plan.steps.count) steps shrunk to \(shrunk.steps.count): \(path)") }
    }

    private func report(_ outcome: Simulation.Outcome, seed: UInt64) throws {
        let trace = Hexadecimal.text(outcome.trace)
        if json {
            return try printJSON(Report(
                seed: seed, trace: trace, simulatedMilliseconds: outcome.simulatedMilliseconds, events: outcome.events,
                writes: outcome.writes, commits: outcome.commits, clashes: outcome.clashes, refusals: outcome.refusals,
                violations: outcome.violations))
        }
        print("""
            seed \(seed): \(outcome.isClean ? "clean" : "FAILED") · \(outcome.writes) writes, \(outcome.commits) commits, \
            \(outcome.clashes) clashes, \(outcome.refusals) refusals, \(outcome.events) events in \
            \(outcome.simulatedMilliseconds / 60_000) simulated minutes · trace \(trace.prefix(16))
            """)
        for violation in outcome.violations {
            print("  \(violation.check) after \(violation.at / 1_000) s: \(violation.what)")
        }
    }

    private func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// A line for many seeds, after a line for each that failed.
    private struct Summary: Encodable {
        let seeds: Int
        let failed: [UInt64]
        let seconds: Double
        let writes: Int
        let commits: Int
        let clashes: Int
        let refusals: Int
        let simulatedOverReal: Int
    }

    private struct Report: Encodable {
        let seed: UInt64
        let trace: String
        let simulatedMilliseconds: UInt64
        let events: UInt64
        let writes: Int
        let commits: Int
        let clashes: Int
        let refusals: Int
        let violations: [Simulation.Violation]
    }
}

import ArgumentParser
import Domain
import Foundation
import ReplicationCore
import Scenarios
import Simulation

/// Plays scenario files.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Play scenario files: devices that do what a story says, and what must come true.",
        discussion: """
            With a hub in a process of its own, real device stores and real sockets; or, with the same file, in one process \
            under virtual time:

              fieldsim run Fixtures/scenarios/basement.yaml
              fieldsim run Fixtures/scenarios/*.yaml --simulated
              fieldsim run my.yaml --junit results.xml           for continuous integration
              fieldsim run my.yaml --hub ws://127.0.0.1:8440 --data ./hub     with a hub that runs already

            Prints a timeline; an expectation that fails is told with what was expected, what was found, and its line in the \
            file. docs/guides/scenarios.md explains how to write them.

            Exit codes: 0 everything came true · 1 the message says what to do · 3 an expectation failed · 64 the command \
            line is wrong.
            """)

    @Argument(help: ArgumentHelp("Scenario files.", valueName: "file"))
    var files: [String]

    @Flag(help: "Play them in the simulator. Files that say `only: [real]` are left out.")
    var simulated = false

    @Option(help: ArgumentHelp("Of everything that chance decides in the simulator.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The hub's program; that beside this one if none is given.", valueName: "file"))
    var converge: String?

    @Option(help: ArgumentHelp("Address of a hub that runs already, for tests only: what the story writes stays there.", valueName: "url"))
    var hub: String?

    @Option(help: ArgumentHelp("That hub's data folder, on this machine, by which devices are enrolled and the hub is asked.", valueName: "folder"))
    var data: String?

    @Option(help: ArgumentHelp("Write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @Flag(help: "Tell only what failed.")
    var quiet = false

    func validate() throws {
        if (hub == nil) != (data == nil) { throw ValidationError("--hub and --data go together: devices are enrolled by the hub's data folder.") }
        if hub != nil, simulated { throw ValidationError("--simulated has a hub of its own; leave --hub away.") }
    }

    func run() throws {
        do {
            var reports: [ScenarioReport] = []
            for file in files { if let report = try play(file) { reports.append(report) } }
            if let junit { try Data(JUnitReport(reports).xml.utf8).write(to: URL(fileURLWithPath: junit)) }
            for report in reports where quiet {
                for check in report.failures { print("\(report.file):\(check.line): \(check.failure ?? "")") }
            }
            let failed = reports.filter { !$0.isClean }.count
            print("\(reports.count) scenarios, \(reports.reduce(0) { $0 + $1.checks.count }) expectations, \(failed == 0 ? "all came true" : "\(failed) scenarios failed").")
            if failed > 0 { throw ExitCode(3) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// - Returns: nil for one that is not played on this stage.
    private func play(_ file: String) throws -> ScenarioReport? {
        let base = URL(fileURLWithPath: file).deletingLastPathComponent().path
        let (scenario, schema) = try ScenarioFile.load(text: try Self.text(file), file: file) { try Self.text(Self.path(of: $0, in: base)) }
        let kind = simulated ? Scenario.Stage.simulated : .real
        let tell: (String) -> Void = quiet ? { _ in } : { print($0) }
        guard scenario.stages.contains(kind) else {
            tell("\(scenario.title): not played \(simulated ? "in the simulator" : "with a real hub"), as the file says (`only`).")
            return nil
        }
        let folder = NSTemporaryDirectory() + "converge-scenario-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                FileHandle.standardError.write(Data("The folder \(folder) could not be removed: \(error)\n".utf8))
            }
        }
        if simulated {
            let stage = try SimulatedStage(scenario, in: try SQLiteLaboratory(folder: folder, campaigns: base), seed: seed)
            defer { stage.end() }
            return ScenarioPlayer(scenario, file: file, on: stage, tell: tell).play()
        }
        let running = hub.flatMap { url in data.map { (folder: $0, url: url) } }
        let stage = try RealStage(scenario, schema: schema, program: try hubProgram(), base: base, folder: folder, running: running)
        defer { stage.end() }
        return ScenarioPlayer(scenario, file: file, on: stage, tell: tell).play()
    }

    private func hubProgram() throws -> URL {
        if let converge { return URL(fileURLWithPath: converge) }
        // Also where the shell has found this program by its PATH.
        let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        let beside = own.deletingLastPathComponent().appendingPathComponent("converge")
        guard FileManager.default.isExecutableFile(atPath: beside.path) else {
            throw StageError("The hub's program is not beside this one. Say where it is with --converge FILE, or play with --simulated.")
        }
        return beside
    }

    /// Files that a scenario names are relative to its folder.
    static func path(of name: String, in base: String) -> String { name.hasPrefix("/") ? name : base + "/" + name }

    private static func text(_ file: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: file), let text = String(data: bytes, encoding: .utf8) else {
            throw StageError("The file \(file) cannot be read.")
        }
        return text
    }
}

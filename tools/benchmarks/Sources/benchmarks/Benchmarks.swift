import ArgumentParser
import Foundation

@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the whole path, each figure beside its limit in the same run.",
        discussion: "The ratio is 1 where a figure is at its limit, and below 1 where it is worse.",
        subcommands: [Measure.self, Child.self], defaultSubcommand: Measure.self)
}

struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure, and print the table.")

    @Flag(help: "Print an array of {name, value, unit, limit, ratio}.")
    var json = false

    @Flag(help: "Less of the same work, for a test run.")
    var quick = false

    @Option(help: ArgumentHelp("Only this group: \(Self.groups.joined(separator: ", ")). May be repeated.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Compare with the bounds of this file; exit status 1 if one is crossed.", valueName: "file"))
    var check: String?

    @Option(help: ArgumentHelp("Where files are made; they are removed afterwards.", valueName: "folder"))
    var folder: String?

    @Option(help: ArgumentHelp("Python with pycrdt and loro, to compare the core with.", valueName: "file"))
    var peers: String?

    static let groups = ["core", "uploads", "latency", "memory", "catch-up", "beside", "absence", "repair", "lanes", "herd"]

    mutating func validate() throws {
        if let unknown = only.first(where: { !Self.groups.contains($0) }) {
            throw ValidationError("There is no group '\(unknown)'; there are \(Self.groups.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let thresholds = try check.map { try Thresholds(file: $0) }
        let path = (folder ?? NSTemporaryDirectory()) + "/converge-bench-\(getpid())"
        let plan = Plan(isQuick: quick, folder: path, only: only)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let measured: Result<[Figure], any Error>
        do { measured = .success(try await measure(plan)) } catch { measured = .failure(error) }
        try FileManager.default.removeItem(atPath: path)
        let figures = try measured.get()
        print(json ? try Report.json(figures) : Report.table(figures))
        guard let thresholds else { return }
        let breaches = thresholds.breaches(in: figures)
        for breach in breaches { Progress.say("out of bounds: \(breach)") }
        if !breaches.isEmpty { throw ExitCode(1) }
    }

    private func measure(_ plan: Plan) async throws -> [Figure] {
        var figures: [Figure] = []
        if plan.wants("core") {
            Progress.say("core …")
            let script = "tools/benchmarks/peers/field_sets.py"
            figures += try CoreFigures(plan: plan, python: peers, script: script).measure()
        }
        if plan.wants("uploads") {
            Progress.say("uploads …")
            var uploads = UploadFigures(plan)
            figures += try uploads.measure()
        }
        if plan.wants("latency") {
            Progress.say("latency …")
            figures += try LatencyFigures(plan: plan).measure()
        }
        if plan.wants("memory") {
            Progress.say("memory …")
            figures += try MemoryFigures(plan: plan).measure()
        }
        if plan.wants("catch-up") {
            Progress.say("catch-up …")
            figures += try await CatchUpFigures(plan: plan).measure()
        }
        if plan.wants("beside") {
            Progress.say("beside …")
            figures += try await BesideFigures(plan: plan).measure()
        }
        if plan.wants("absence") {
            Progress.say("absence …")
            figures += try await AbsenceFigures(plan: plan).measure()
        }
        if plan.wants("repair") {
            Progress.say("repair …")
            figures += try await RepairFigures(plan: plan).measure()
        }
        if plan.wants("lanes") {
            Progress.say("lanes …")
            figures += try await LaneFigures(plan: plan).measure()
        }
        if plan.wants("herd") {
            Progress.say("herd …")
            figures += try await HerdFigures(plan: plan).measure()
        }
        return figures
    }
}

/// What a child process of the benchmarks runs.
struct Child: AsyncParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Argument var kind: String
    @Option var folder: String
    /// Where a device finds its hub.
    @Option var port: UInt16?

    func run() async throws {
        if let port { return try await SyncingDevice.run(folder: folder, port: port) }
        guard let kind = Host.Kind(rawValue: kind) else { throw ValidationError("hub, echo or device") }
        try Host.serve(kind, folder: folder)
    }
}

import ClockCheck
import Foundation

/// The long form of the check of clocks: `tools/check-clocks`.
@main
struct ClockCheckCommand {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let seconds = arguments.first.flatMap { Double($0) } ?? 120
        let part = arguments.dropFirst().first
        var isRight = true
        func say(_ text: String) {
            print(text)
            fflush(nil)
        }
        for bounds in Enumerations.long where part.map(bounds.name.contains) ?? true {
            let start = Date()
            let report = try Exploration.run(bounds)
            say("every history of \(bounds.name): \(report.moments) moments, \(report.steps) steps, \(report.ends) ends, \(Int(Date().timeIntervalSince(start))) s")
            if let (what, path) = report.deviation {
                isRight = false
                say("  WRONG: \(what)\n" + path.map { "    \($0)" }.joined(separator: "\n"))
            }
        }
        if part != nil { exit(isRight ? 0 : 1) }
        let replay = try Exploration.replay(Enumerations.onDiskLong, on: Stage.onDisk())
        say("over SQLite, every step of \(Enumerations.onDiskLong): \(replay.paths.count) histories, \(replay.steps) steps")
        if let (what, path) = replay.deviation {
            isRight = false
            say("  WRONG: \(what)\n" + path.map { "    \($0)" }.joined(separator: "\n"))
        }
        let kinds = [
            ("memory", Stage.inMemory, false, false), ("SQLite", Stage.onDisk, true, false),
            ("memory, devices that go back to copies", Stage.inMemory, false, true),
        ]
        for (name, stage, reuses, restores) in kinds {
            let end = Date(timeIntervalSinceNow: seconds)
            let report = try RandomHistories.run(
                seed: 1, length: 200, losesTransactions: reuses, restores: restores, stage: stage, reuses: reuses
            ) { _ in Date() > end }
            say("random, stores in \(name): \(report.histories) histories, \(report.steps) steps")
            if let (what, seed, path) = report.deviation {
                isRight = false
                say("  WRONG (seed \(seed)): \(what)\n" + path.map { "    \($0)" }.joined(separator: "\n"))
            }
        }
        for mistake in Mistake.allCases {
            let report = try RandomHistories.run(
                seed: 1, length: 200, mistake: mistake, stage: Stage.inMemory, reuses: false) { $0.histories >= 10_000 }
            if let (what, _, _) = report.deviation {
                say("planted \(mistake): found in history \(report.histories): \(what)")
            } else {
                isRight = false
                say("planted \(mistake): NOT FOUND in \(report.histories) histories")
            }
        }
        exit(isRight ? 0 : 1)
    }
}

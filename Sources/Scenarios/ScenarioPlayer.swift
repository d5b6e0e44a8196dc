import Domain
import ReplicationCore

/// Plays a scenario on a stage: does its steps in order, waits for what it expects, and tells what happens.
public final class ScenarioPlayer {
    let scenario: Scenario
    let stage: any ScenarioStage
    private let tell: (String) -> Void
    private var report: ScenarioReport
    /// Those of the scenario, and second phones.
    private(set) var devices: [String]

    /// - Parameters:
    ///   - file: the scenario's name for messages.
    ///   - tell: takes the timeline, a line at a time.
    public init(_ scenario: Scenario, file: String, on stage: any ScenarioStage, tell: @escaping (String) -> Void) {
        self.scenario = scenario
        self.stage = stage
        self.tell = tell
        devices = scenario.devices.map(\.name)
        report = ScenarioReport(file: file, title: scenario.title, stage: stage.kind)
    }

    /// Plays it to its end. After an expectation that fails it goes on; a step that cannot be done is its end.
    public func play() -> ScenarioReport {
        tell("\(scenario.title) (\(stage.kind.rawValue))")
        for step in scenario.steps {
            do {
                if let at = step.at, at > stage.elapsed { try stage.pass(at - stage.elapsed) }
                guard step.only.contains(stage.kind) else {
                    report.skipped += 1
                    say(step, "skipped: this step is \(step.only.map(\.rawValue).sorted().joined(separator: ", ")) only")
                    continue
                }
                try take(step)
            } catch {
                note(step, Self.words(step.what), failure: "\(error)")
                break
            }
        }
        return report
    }

    private func take(_ step: Scenario.Step) throws {
        if case .expect(let expectation) = step.what {
            let failure = try found(expectation)
            return note(step, Self.words(step.what), failure: failure)
        }
        say(step, step.note ?? Self.words(step.what))
        switch step.what {
        case .device(let name, .write(let writes, let isUnchecked)): try write(writes, isUnchecked, by: name)
        case .device(let name, .resolve(let write)): try resolve(write, by: name)
        case .device(let name, let action):
            try stage.perform(action, by: name)
            if case .clone(let second) = action { devices.append(second) }
        case .hub(let action): try stage.perform(action)
        case .office(let writes): try takeIn(writes)
        case .customer(let name, let action): try stage.perform(action, by: name)
        case .expect: break
        }
    }

    /// Waits until what is expected is so.
    ///
    /// - Returns: what was expected and what was found in the end; nil if it came true.
    private func found(_ expectation: Scenario.Expectation) throws -> String? {
        let end = stage.elapsed + expectation.within
        while let failure = try failure(of: expectation.what) {
            guard stage.elapsed < end else { return failure }
            try stage.wait()
        }
        return nil
    }

    // MARK: The timeline

    private func say(_ step: Scenario.Step, _ text: String, mark: String = " ") {
        tell("\(clock) \(mark) \(text)")
    }

    private func note(_ step: Scenario.Step, _ what: String, failure: String?) {
        report.checks.append(ScenarioReport.Check(line: step.line, what: what, failure: failure, milliseconds: stage.elapsed))
        say(step, step.note ?? what, mark: failure == nil ? "✓" : "✗")
        if let failure { tell("    \(report.file):\(step.line): \(failure)") }
    }

    /// `day 1 08:15:00`.
    private var clock: String {
        let seconds = (scenario.begins + stage.elapsed) / 1_000
        func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "day \(seconds / 86_400 + 1) \(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

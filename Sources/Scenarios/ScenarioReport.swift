import Domain

/// What came of a scenario.
public struct ScenarioReport: Sendable {
    /// An expectation, or a step that could not be done.
    public struct Check: Sendable, Equatable {
        /// In the file, from 1.
        public var line: Int
        public var what: String
        /// What was expected and what was found; nil if it came true.
        public var failure: String?
        /// Since the beginning of the story.
        public var milliseconds: UInt64
    }

    public let file: String
    public let title: String
    public let stage: Scenario.Stage
    public internal(set) var checks: [Check] = []
    /// Steps that this stage does not play.
    public internal(set) var skipped = 0

    public var failures: [Check] { checks.filter { $0.failure != nil } }
    public var isClean: Bool { failures.isEmpty }
}

import Domain
import ReplicationCore
import TestSupport

/// The versions of the schema in `Fixtures/lenses/lab`, each as it was published.
enum LabVersions {
    static let all: ClosedRange<UInt32> = 1...6
    static let task: UInt32 = 3, note: UInt32 = 4, gadget: UInt32 = 5, conflict: UInt32 = 6

    static func text(_ version: UInt32) throws -> String { try Fixture.text("Fixtures/lenses/lab/version-\(version).yaml") }
    static func schema(_ version: UInt32) throws -> Schema { try parse(text(version)) }
    @Sendable static func parse(_ text: String) throws -> Schema { try SchemaLoader.load(text: text, file: "lab") }

    /// What the collection of jobs is called.
    static func jobs(_ version: UInt32) -> String { version >= 3 ? "task" : "job" }
}

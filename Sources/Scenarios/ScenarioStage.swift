import Domain
import ReplicationCore
import ReplicationEngine

/// Where a scenario is played: hub and devices, and what a story needs of them. Methods are called one after the other.
public protocol ScenarioStage: AnyObject {
    var kind: Scenario.Stage { get }

    /// How much of the story's time has passed, in milliseconds.
    var elapsed: UInt64 { get }
    /// Lets so many milliseconds of the story pass.
    func pass(_ milliseconds: UInt64) throws
    /// Lets a little time pass, in which something may come true.
    func wait() throws

    /// Everything that is no write by rows.
    func perform(_ action: Scenario.DeviceAction, by device: String) throws
    func perform(_ action: Scenario.HubAction) throws
    func perform(_ action: Scenario.CustomerAction, by customer: String) throws
    /// Writes as the hub's own tools do.
    func takeIn(_ rows: [ImportBatch.Row]) throws
    /// Writes as the app of a device does.
    func write(by device: String, _ body: (LocalTransaction) throws -> Void) throws

    /// A device's wall clock, in Unix milliseconds.
    func now(of device: String) throws -> Int64
    /// What the hub's wall clock shows, in Unix milliseconds.
    func hubNow() throws -> Int64
    func hubSchema() throws -> Schema
    /// The schema that a device's app knows.
    func schema(of device: String) throws -> Schema
    func query(_ sql: String, _ arguments: [Value], at device: String) throws -> [StoredRow]
    /// What the hub shows of a living row, as `ShownText` has it; nil if it has none.
    func hubRow(_ key: RowKey) throws -> [String: String]?
    func standing(of device: String) throws -> DeviceStanding
    /// How a row stands between the device and the hub; nil if the device does not know it.
    func status(of key: RowKey, at device: String) throws -> RowStatus?
    /// Compares a device with the hub. Nothing is mended.
    func isSame(_ device: String) throws -> Sameness
    /// What a customer was written so far, the oldest first.
    func mails(to customer: String) throws -> [CustomerMail]
    /// Whether the newest link that a customer was sent leads to something to sign; nil if they were sent none.
    func linkIsOpen(of customer: String) throws -> Bool?
}

/// A mail as a customer has it.
public struct CustomerMail: Sendable, Equatable {
    /// Its text, without what it shows where mails may have layout.
    public var text: String
    /// The media types of the files that came with it.
    public var attached: [String]

    public init(text: String, attached: [String]) {
        self.text = text
        self.attached = attached
    }
}

/// How a device stands.
public struct DeviceStanding: Sendable, Equatable {
    /// Changesets that the hub has not judged.
    public var pending: Int
    public var conflicts: Int
    public var refused: Int
    /// Why it cannot connect until somebody acts; nil if it can.
    public var block: String?

    public init(pending: Int, conflicts: Int, refused: Int, block: String?) {
        self.pending = pending
        self.conflicts = conflicts
        self.refused = refused
        self.block = block
    }
}

/// What a comparison of a device with the hub found.
public enum Sameness: Sendable, Equatable {
    case same(rows: Int)
    case different(String)
    /// It could not be found out now.
    case unknown(String)
}

/// What a stage cannot do, or what went wrong on it.
public struct StageError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}

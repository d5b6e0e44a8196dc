import ReplicationEngine

/// One message of the protocol as it passed, as a line to read.
public struct FrameLine: Sendable, Equatable, CustomStringConvertible {
    public enum Direction: String, Sendable {
        case sent = "→"
        case received = "←"
    }

    /// Rises by one with each message of the tap, from 1: where a reader goes on.
    public let number: UInt64
    /// The machine's wall clock, in Unix milliseconds.
    public let milliseconds: UInt64
    public let direction: Direction
    /// The lane in which it travels: of what was received, the one in which hubs send such a message.
    public let lane: Lane
    /// Its name in the protocol, as `Upload`.
    public let message: String
    /// The size of the message, or of what came over the line when it is no message.
    public let bytes: Int
    /// So many fragments it came in; 0: it came whole.
    public let fragments: Int
    /// What it says, without anything that identifies a person beyond ids, and without codes and signatures.
    public let contents: String

    public var description: String {
        let pieces = fragments == 0 ? "" : " in \(fragments) fragment\(fragments == 1 ? "" : "s")"
        return "\(direction.rawValue) \(lane) \(message) \(bytes) B\(pieces)\(contents.isEmpty ? "" : ": \(contents)")"
    }
}

import ReplicationCore

/// Why a field holds what it holds: data for people and tools, the same from hub and device.
///
/// The hub answers from its log; a device answers from what it holds, and says less of what others did.
public struct Explanation: Codable, Sendable, Equatable {
    /// Who answers.
    public var answeredBy: Side
    /// The sequence up to which the answer holds.
    public var at: String
    public var collection: String
    public var row: String
    /// What people call the row; nil where nothing does.
    public var title: String?
    /// The fields that merge as one.
    public var fields: [String]
    /// Of a set: the element.
    public var element: String?
    public var policy: String
    /// What readers see, by field; nil where nothing was ever written, and of an element that is not there.
    public var shown: [String: JSONScalar]?
    /// What decided that, and in words.
    public var rule: String
    public var reason: String
    /// Every write that has a part in it, the shown one first, then from the newest on.
    public var writes: [WriteRecord]
    /// How many older writes are left out.
    public var olderWrites: Int
    /// Refused operations on the cell that nobody has dealt with.
    public var refused: [RefusalRecord]
    /// The conflicts about it that are open.
    public var openConflicts: [String]
    /// What would be needed to change it.
    public var toChange: [String]

    public enum Side: String, Codable, Sendable {
        case hub
        case device
    }

    /// More writes than these are counted only.
    static let writesInFull = 50
}

/// One write of the explained cell.
public struct WriteRecord: Codable, Sendable, Equatable {
    public var standing: Standing
    /// The values, by field; nil for a removal.
    public var values: [String: JSONScalar]?
    /// Who wrote it, as people are called; "the hub" for its own work.
    public var author: String
    /// The user's row; nil for the hub.
    public var authorID: String?
    public var role: String?
    public var changeset: String
    public var site: UInt32
    public var counter: UInt64
    /// Its place in the hub's order; nil before the hub has given it one.
    public var sequence: String?
    /// When it counts as written, in Unix milliseconds; fixed by the hub once it has it.
    public var milliseconds: UInt64
    /// How far the true time may be from that; nil where nobody measured it, or this side does not know.
    public var uncertaintyMilliseconds: UInt32?
    /// When the hub took it in.
    public var receivedMilliseconds: UInt64?
    /// What its writer had seen of the cell: a sequence, and own pending writes. Nil where this side does not know.
    public var seen: String?
    public var seenPending: [String]?
    /// The changeset that took its place, or whose consequence it is.
    public var replacedBy: String?
    public var consequenceOf: String?
    /// After a restore of the hub: the device that held it and handed it in, by name and id. Nil of what came from its
    /// writer.
    public var handedInBy: String?

    public enum Standing: String, Codable, Sendable {
        /// Readers see it.
        case shown
        /// It stands beside what is shown, and lost.
        case beside
        /// A later write had seen it and took its place.
        case replaced
        /// An own write that the hub has not confirmed.
        case pending
        /// Part of a sum.
        case added
    }
}

/// A refused operation on the explained cell.
public struct RefusalRecord: Codable, Sendable, Equatable {
    public var changeset: String
    public var author: String
    public var rule: String
    public var detail: String
    public var remedy: String
    /// It follows by itself when the row that it needs is known.
    public var waits: Bool
}

/// A value as JSON has it; ids and bytes are text.
public enum JSONScalar: Codable, Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)

    public init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .real(value)
        case .text(let value): self = .text(value)
        case .bytes(let bytes): self = .text(RowID(bytes: bytes)?.description ?? "\(bytes.count) bytes")
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {  // not a boolean: one of the others
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {  // not an integer: one of the others
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {  // not a number: a text
            self = .real(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .real(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        }
    }

    public var words: String {
        switch self {
        case .null: "nothing"
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): value
        }
    }
}

/// A question that cannot be answered: what is wrong with it, and what to ask instead.
public struct ExplanationError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

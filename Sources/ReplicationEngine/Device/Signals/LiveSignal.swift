import ReplicationCore
import WireProtocol

/// A live value as a device shows it.
public struct LiveSignal: Sendable, Equatable {
    public let topic: SignalTopic
    /// The signal's name in the schema.
    public let name: String
    /// By the names of the schema; fields without a value are not there.
    public let values: [String: Value]
    /// The user whose device sent it.
    public let sender: RowID
    /// When it was made, in hub time, and how sure that is; nil if the sender's device had not measured hub time: then
    /// its age counts from when the hub received it.
    public let made: ClockEvidence?
    /// From here on it is not shown any more, on the device's monotonic clock.
    public let endsMonotonic: UInt64
    /// Of the session in which it came.
    let order: UInt64

    /// How long it is still shown, in milliseconds.
    public func remaining(at now: DeviceInstant) -> UInt64 { endsMonotonic - min(endsMonotonic, now.monotonic) }
}

/// A live value to send.
public struct SignalDraft: Sendable {
    public let name: String
    public let row: RowID
    public let values: [String: Value]
    /// Shorter than the schema says, in milliseconds; nil for as long as that.
    public let lifeMilliseconds: UInt32?

    public init(_ name: String, about row: RowID, _ values: [String: Value], lifeMilliseconds: UInt32? = nil) {
        self.name = name
        self.row = row
        self.values = values
        self.lifeMilliseconds = lifeMilliseconds
    }
}

/// Why the hub passed a live value on to nobody.
public struct DroppedSignal: Sendable, Equatable {
    public let topic: SignalTopic
    public let reason: Reason
    /// Not before so many milliseconds, where it came too often.
    public let retryAfterMilliseconds: UInt32

    public enum Reason: Sendable, Equatable {
        case unknown
        case noRight
        case notHeld
        case fields
        case tooFrequent
        case expired
        /// Of a later hub.
        case other(Int)
    }

    init?(_ message: WireSignalDropped) {
        guard let row = RowID(bytes: message.row) else { return nil }
        topic = SignalTopic(signal: message.signal, row: row)
        retryAfterMilliseconds = message.retryAfterMilliseconds
        reason = switch message.reason {
        case .signalDropUnknown: .unknown
        case .signalDropNoRight: .noRight
        case .signalDropNotHeld: .notHeld
        case .signalDropFields: .fields
        case .signalDropTooFrequent: .tooFrequent
        case .signalDropExpired: .expired
        case .signalDropUnspecified: .other(0)
        case .UNRECOGNIZED(let number): .other(number)
        }
    }
}

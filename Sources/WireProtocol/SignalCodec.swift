import Foundation
import ReplicationCore

/// Reads and writes the live values of the protocol. What they hold is judged by the schema, not here.
public enum SignalCodec {
    /// The fields of a message, by number.
    /// - Throws: `WireError` if one stands twice, or a value is none.
    public static func values(of message: WireSignal) throws(WireError) -> [UInt32: Value] {
        var values: [UInt32: Value] = [:]
        for field in message.fields {
            guard values.updateValue(try field.value.core(), forKey: field.number) == nil else {
                throw WireError(.malformed, "a signal has the field \(field.number) twice")
            }
        }
        return values
    }

    /// Fields by rising number; those without a value are left out.
    public static func fields(_ values: [UInt32: Value]) -> [WireSignalField] {
        values.sorted { $0.key < $1.key }.filter { !$0.value.isNull }.map { number, value in
            var field = WireSignalField()
            field.number = number
            field.value = WireValue(value)
            return field
        }
    }

    /// The topic that a message names; nil if it names no row.
    public static func topic(of message: WireSignal) -> SignalTopic? {
        RowID(bytes: message.row).map { SignalTopic(signal: message.signal, row: $0) }
    }

    /// About how many bytes a message takes.
    public static func weight(of message: WireSignal) -> Int {
        message.fields.reduce(64) { sum, field in
            switch field.value.kind {
            case .text(let text): sum + 8 + text.utf8.count
            case .bytes(let bytes): sum + 8 + bytes.count
            case .boolean, .integer, .real, nil: sum + 14
            }
        }
    }
}

extension WireClockEvidence {
    public init(_ evidence: ClockEvidence) {
        self.init()
        hubMilliseconds = evidence.hubMilliseconds
        uncertaintyMilliseconds = evidence.uncertaintyMilliseconds
    }

    public var core: ClockEvidence {
        ClockEvidence(hubMilliseconds: hubMilliseconds, uncertaintyMilliseconds: uncertaintyMilliseconds)
    }
}

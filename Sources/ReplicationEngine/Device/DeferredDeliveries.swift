import Foundation
import SwiftProtobuf
import WireProtocol

/// What the hub sent in a session and a device cannot take in yet, in order. See `SumObstacle`.
///
/// What waits is not confirmed, so the hub stops sending soon; and it is lost with the session, because catch-up
/// resumes before it.
struct DeferredDeliveries: Sendable {
    enum Delivery: Sendable {
        case changes(ReceivedChanges)
        /// Digests and ranges are of everything that was sent before them.
        case digests(WireDigests)
        case ranges(WireRanges)
        /// What was sent before them may hold what they erase.
        case erasures(WireErasures)
    }

    private var deliveries: [Delivery] = []
    private var bytes = 0

    var isEmpty: Bool { deliveries.isEmpty }
    var first: Delivery? { deliveries.first }

    /// - Returns: false if there is no room for it.
    mutating func append(_ delivery: Delivery) -> Bool {
        let size = delivery.size
        guard bytes + size <= DeviceLimits.deferredBytes else { return false }
        bytes += size
        deliveries.append(delivery)
        return true
    }

    mutating func removeFirst() {
        guard let first = deliveries.first else { return }
        bytes -= first.size
        deliveries.removeFirst()
    }
}

extension DeferredDeliveries.Delivery {
    /// In bytes, with what an empty message takes in memory.
    fileprivate var size: Int {
        let message: any Message
        switch self {
        case .changes(let changes): return 64 + changes.size
        case .digests(let digests): message = digests
        case .ranges(let ranges): message = ranges
        case .erasures(let erasures): message = erasures
        }
        return 64 + WireFrame.size(of: message)
    }
}

extension WireFrame {
    /// How many bytes a message takes that came as bytes, or is to go as such.
    static func size(of message: any Message) -> Int {
        do {
            return (try message.serializedData() as Data).count
        } catch {
            // Only messages with unset required fields or over 2 GiB cannot be serialized; ours are neither.
            preconditionFailure("a message cannot be serialized: \(error)")
        }
    }
}

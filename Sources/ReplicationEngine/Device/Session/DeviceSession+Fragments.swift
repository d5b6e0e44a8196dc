import Foundation
import WireProtocol

/// What comes in the changes lane in pieces, by credit, from a hub that knows that too.
extension DeviceSession {
    /// Says what a frame brings of the lane before anything is done with it: what that costs is none of the network's.
    mutating func giveCredit(for messages: [ReceivedMessage]) {
        let count = messages.reduce(0) { sum, message in
            if case .other(let other) = message, case .fragment(let fragment) = other.body { sum + fragment.data.count } else { sum }
        }
        giveCredit(upTo: assembly.received + UInt64(count))
    }

    mutating func giveCredit(upTo bytes: UInt64) {
        guard usesFragments, phase == .open, bytes > credited else { return }
        credited = bytes
        var received = WireReceived()
        received.bytes = bytes
        actions.append(.send(.received(received), .urgent))
    }

    mutating func receive(_ fragment: WireFragment, at now: DeviceInstant) {
        guard usesFragments else { return violation() }
        do {
            guard let bytes = try assembly.take(fragment) else { return }
            for message in try WireFrame.received(bytes) {
                if case .other(let other) = message, case .fragment = other.body { return violation() }
                guard phase != .ended else { return }
                receive(message, at: now)
            }
        } catch {
            end(.offline(reason: "The hub sent fragments that make no frame.", retryAfter: 0))
        }
    }
}

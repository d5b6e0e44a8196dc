import Foundation
import ReplicationCore
import WireProtocol

/// The changes lane of a session whose device knows fragments, both ways. Kept beside the session, because it is touched
/// with each piece that is sent.
struct SessionLane: Sendable {
    var outgoing = PacedLane()
    var incoming = FragmentAssembly()
}

extension Hub {
    /// Sends a frame behind everything that waits in the session's changes lane.
    mutating func sendBulk(_ frame: [UInt8], to connection: ConnectionID) {
        guard isGoing(connection) else { return }
        guard let queued = lanes[connection]?.outgoing.queuedBytes else { return actions.append(.send(connection, frame, .changes)) }
        guard queued + frame.count <= LaneLimits.queuedBytes else {
            return fail(connection, .retryLater, "The device does not take what waits for it; connect again.", retryAfter: 1_000)
        }
        lanes[connection]?.outgoing.append(frame)
        sendFragments(to: connection)
    }

    private mutating func sendFragments(to connection: ConnectionID) {
        for fragment in lanes[connection]?.outgoing.takeFragments(at: now) ?? [] {
            actions.append(.send(connection, WireFrame.bytes(.fragment(fragment)), .changes))
        }
    }

    mutating func receive(_ received: WireReceived, from connection: ConnectionID) {
        guard lanes[connection]?.outgoing.noteReceived(received.bytes, at: now) == true else {
            return fail(connection, .malformed, "The device says that it has received what was not sent.")
        }
        sendFragments(to: connection)
        if blobs[connection]?.download != nil { sendBlobs(to: connection) }
    }

    /// Takes a piece of what the device sends in bulk. What it is a piece of is judged when it is whole.
    mutating func receive(_ fragment: WireFragment, from connection: ConnectionID) {
        guard lanes[connection] != nil else {
            return fail(connection, .malformed, "A fragment came of a device that has not announced fragments.")
        }
        do throws(WireError) {
            guard let frame = try lanes[connection]?.incoming.take(fragment) else { return }
            receive(frame, from: connection, isAssembled: true)
        } catch {
            fail(connection, .tooLarge, "\(error.detail).")
        }
    }

    /// Tells the device what has come of its bulk in one message of the transport.
    mutating func giveCredit(to connection: ConnectionID, beyond before: UInt64) {
        guard let bytes = lanes[connection]?.incoming.received, bytes > before else { return }
        var received = WireReceived()
        received.bytes = bytes
        send(.received(received), to: connection)
    }
}

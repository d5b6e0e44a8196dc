import Foundation
import ReplicationCore
import WireProtocol

/// What of the outbox is under way: by rising counter, and never more unanswered bytes than the hub takes.
struct UploadState: Sendable {
    /// The next counter to send.
    private var next: UInt64 = 1
    /// Entries with receipts are sent again beyond this counter: the hub does not hold them.
    private var beyond: UInt64 = 0
    private var window = ProtocolLimits.uploadWindowBytes
    /// Unanswered changesets, with their size and when they were sent.
    private var unanswered: [ChangesetID: (bytes: Int, sent: UInt64)] = [:]
    private var unansweredBytes = 0
    private var isLoading = false
    /// Something may be in the outbox from `next` on.
    var mayHaveMore = true

    var isIdle: Bool { unanswered.isEmpty && !isLoading && !mayHaveMore }
    /// Since when the oldest unanswered changeset has been waiting, on the monotonic clock.
    var waitingSince: UInt64? { unanswered.values.map(\.sent).min() }

    mutating func open(from first: UInt64, beyond: UInt64, window: Int) {
        self.window = window > 0 ? window : ProtocolLimits.uploadWindowBytes
        restart(from: first, beyond: beyond)
    }

    /// Sends the stream again from a counter on.
    mutating func restart(from counter: UInt64, beyond: UInt64) {
        next = max(counter, 1)
        self.beyond = beyond
        unanswered = [:]
        unansweredBytes = 0
        isLoading = false
        mayHaveMore = true
    }

    /// What to read now; nil if there is nothing, or no room.
    mutating func nextLoad() -> DeviceSession.Action? {
        let room = window - unansweredBytes
        guard mayHaveMore, !isLoading, room >= min(window, ProtocolLimits.uploadTargetBytes) || unanswered.isEmpty
        else { return nil }
        isLoading = true
        return .load(from: next, beyond: beyond, bytes: min(ProtocolLimits.uploadTargetBytes, room))
    }

    /// - Returns: the message to send; nil if nothing was there.
    mutating func take(_ entries: [OutboxEntry], at now: DeviceInstant) -> WireUpload? {
        isLoading = false
        // A fork or a resend may have come between; what was loaded before it is not what is needed now.
        let entries = entries.filter { $0.dot.counter >= next }
        guard let last = entries.last else {
            mayHaveMore = false
            return nil
        }
        var message = WireUpload()
        for entry in entries.prefix(ProtocolLimits.changesetsPerUpload) {
            let envelope = entry.envelope
            message.envelopes.append(envelope)
            if unanswered.updateValue((envelope.weight, now.monotonic), forKey: entry.identity) == nil {
                unansweredBytes += envelope.weight
            }
        }
        next = (entries.count > ProtocolLimits.changesetsPerUpload
            ? entries[ProtocolLimits.changesetsPerUpload - 1] : last).dot.counter + 1
        return message
    }

    mutating func answered(_ identity: ChangesetID) {
        guard let waiting = unanswered.removeValue(forKey: identity) else { return }
        unansweredBytes -= waiting.bytes
    }
}

extension OutboxEntry {
    /// How the changeset travels.
    public var envelope: WireEnvelope {
        var envelope = WireEnvelope()
        envelope.counter = dot.counter
        envelope.predecessor = Data(predecessor)
        envelope.changeset = Data(changeset)
        if let evidence {
            var clock = WireClockEvidence()
            clock.hubMilliseconds = evidence.hubMilliseconds
            clock.uncertaintyMilliseconds = evidence.uncertaintyMilliseconds
            envelope.clock = clock
        }
        envelope.formerReceipts = formerReceipts
        return envelope
    }
}

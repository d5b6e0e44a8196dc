import ReplicationEngine

/// What waits to be written to one connection.
///
/// Pure: the rules of lanes, packing and bounds, without a socket.
struct Outbox {
    private var lanes: [MessageQueue] = Lane.allCases.map { _ in MessageQueue() }
    private(set) var bytes = 0
    private var wasAboveLowWater = false
    /// Set once this side wants the connection to end.
    private(set) var closing: CloseReason?

    /// True while the loop knows, or is about to be told, that something waits here.
    private var isAnnounced = false

    /// What one writable event may write.
    struct Batch {
        /// Messages of one lane, in order. Empty if nothing waits.
        var messages: ArraySlice<[UInt8]> = []
        var byteCount = 0
        var hasMore = false
        var isDrained = false
        var closing: CloseReason?
    }

    /// Queues a message, or turns the connection over to closing if it does not fit.
    /// True if the loop must be told.
    mutating func enqueue(_ message: [UInt8], lane: Lane, limits: TransportLimits) -> Bool {
        guard closing == nil else { return false }
        guard bytes + message.count <= limits.queuedBytes else {
            removeAll()
            closing = .overflow
            return true
        }
        lanes[Int(lane.rawValue)].append(message)
        bytes += message.count
        if bytes > limits.lowWaterBytes { wasAboveLowWater = true }
        defer { isAnnounced = true }
        return !isAnnounced
    }

    /// Notes the wish to close; the first reason stands. False if there was one already.
    mutating func close(_ reason: CloseReason) -> Bool {
        guard closing == nil else { return false }
        closing = reason
        return true
    }

    /// Takes what is ready in the highest lane that has anything: at least one message, and further ones
    /// as long as all of them fit into `packedBytes`.
    mutating func takeBatch(limits: TransportLimits) -> Batch {
        var batch = Batch()
        batch.closing = closing
        guard let lane = lanes.firstIndex(where: { !$0.isEmpty }) else { return batch }
        (batch.messages, batch.byteCount) = lanes[lane].take(upTo: limits.packedBytes)
        bytes -= batch.byteCount
        batch.hasMore = lanes.contains { !$0.isEmpty }
        isAnnounced = batch.hasMore
        if wasAboveLowWater && bytes < limits.lowWaterBytes {
            wasAboveLowWater = false
            batch.isDrained = true
        }
        return batch
    }

    private mutating func removeAll() {
        for lane in lanes.indices { lanes[lane] = MessageQueue() }
        bytes = 0
        wasAboveLowWater = false
    }
}

import ReplicationCore
import ReplicationEngine

/// Live values: seen by those who are connected, for a limited time, and stored nowhere.
extension Replica {
    /// Sends a live value about a row. When this returns, it is under way, and nothing more is promised: the hub passes it on
    /// to whoever may be shown it, this device included, or drops it (`ReplicaEvent.signalDropped`).
    ///
    /// - Parameters:
    ///   - name: of the signal, as in the schema.
    ///   - row: what it is about.
    ///   - values: by field name.
    ///   - life: how long it lives from now on; nil, and at most, as long as the schema says.
    /// - Throws: `DeviceError`: `notConnected`, `unknownName`, or `refused` for what the hub would not take.
    public func sendSignal(
        _ name: String, about row: RowID, _ values: [String: Value], life: Duration? = nil
    ) throws {
        let milliseconds = life.map { UInt32(clamping: max(1, $0.components.seconds * 1_000 + $0.components.attoseconds / 1_000_000_000_000_000)) }
        var outcome = Result<Void, any Error>.failure(ReplicaError(.stopped, "The replica was stopped."))
        with { core, now in
            outcome = Result {
                try core.driver.send(SignalDraft(name, about: row, values, lifeMilliseconds: milliseconds), at: now)
            }
        }
        try outcome.get()
    }

    /// The live values of a signal that this device may show now, by row; of all signals for nil.
    public func signals(_ name: String? = nil) -> [LiveSignal] {
        let now = now()
        return core.withLock { $0.driver.signals(at: now) }.filter { name == nil || $0.name == name }
    }

    /// The live values of a signal now, and again whenever one comes, is withdrawn or ends; of all signals for nil. One that
    /// has ended is gone from the last result within `DeviceLimits.tickMilliseconds`. A slow reader misses results, never
    /// the last one. What is in a result may end before it is read: `LiveSignal.endsMonotonic` says when.
    public func observeSignals(_ name: String? = nil) -> AsyncStream<[LiveSignal]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [LiveSignal].self, bufferingPolicy: .bufferingNewest(1))
        let fire: @Sendable () -> Void = { [weak self] in
            if let self { continuation.yield(self.signals(name)) }
        }
        let id = core.withLock { $0.observeSignals(fire) { continuation.finish() } }
        continuation.onTermination = { [weak self] _ in self?.letGo { $0.stopObserving(id) } }
        queue.async(execute: fire)
        return stream
    }
}

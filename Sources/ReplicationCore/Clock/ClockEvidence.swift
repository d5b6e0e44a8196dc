/// What a device can say about when a changeset was really written, sent beside it.
public struct ClockEvidence: Hashable, Sendable {
    /// The device's estimate of the hub's wall clock at the moment of writing, in Unix milliseconds:
    /// the last measured offset carried forward on the monotonic clock.
    public var hubMilliseconds: UInt64
    /// Half the width of the interval in which the true time lies, in milliseconds.
    public var uncertaintyMilliseconds: UInt32

    public init(hubMilliseconds: UInt64, uncertaintyMilliseconds: UInt32) {
        self.hubMilliseconds = hubMilliseconds
        self.uncertaintyMilliseconds = uncertaintyMilliseconds
    }
}

/// Fixes, once and at commit, the time by which a write is ordered among its siblings.
public enum EffectiveTime {
    /// - Parameters:
    ///   - stamp: the writer's hybrid timestamp.
    ///   - evidence: the writer's estimate of hub time, if it had one.
    ///   - seen: the latest effective time among what the writer had seen of the cell.
    ///   - receipt: the hub's hybrid time at receipt; it is never behind any effective time that the
    ///     hub has committed or adopted.
    /// - Returns: a time after everything seen and at most `receipt`, and never zero, which stands for none.
    ///   A clock that is years off changes the order of concurrent writes only, and can neither win for ever nor
    ///   cause a refusal.
    public static func fix(
        stamp: HybridTime, evidence: ClockEvidence?, seen: HybridTime, receipt: HybridTime
    ) -> HybridTime {
        let claimed = evidence.map { HybridTime(milliseconds: $0.hubMilliseconds, logical: stamp.logical) } ?? stamp
        return min(max(claimed, seen.successor), receipt)
    }
}

import ReplicationCore

/// A moment as the device's own clocks show it. Times in milliseconds.
public struct DeviceInstant: Sendable, Equatable {
    /// The wall clock, which the user may set to anything.
    public var wall: UInt64
    /// A clock that only ever goes forward, also while the device sleeps.
    public var monotonic: UInt64
    /// Names the run of the monotonic clock: another after each start of the device.
    public var boot: UInt64

    public init(wall: UInt64, monotonic: UInt64, boot: UInt64) {
        self.wall = wall
        self.monotonic = monotonic
        self.boot = boot
    }
}

/// What the device believes of the hub's wall clock: a measurement, carried forward on the monotonic
/// clock, so that setting the wall clock changes nothing.
public struct HubClockEstimate: Sendable, Equatable {
    /// The hub's wall clock at `monotonic`.
    public var hub: UInt64
    public var monotonic: UInt64
    public var boot: UInt64
    /// Half the width of the interval that held the true time at `monotonic`.
    public var uncertainty: UInt64

    public init(hub: UInt64, monotonic: UInt64, boot: UInt64, uncertainty: UInt64) {
        self.hub = hub
        self.monotonic = monotonic
        self.boot = boot
        self.uncertainty = uncertainty
    }

    /// Measures by the exchange of four timestamps (RFC 5905, section 8), of which the device's two are
    /// monotonic.
    ///
    /// - Parameters:
    ///   - sent: when the request left.
    ///   - received: the hub's clock when it came.
    ///   - replied: the hub's clock when it answered.
    ///   - now: when the answer came.
    /// - Returns: nil if the device was restarted between, or the hub's times make no sense.
    public init?(sent: DeviceInstant, received: UInt64, replied: UInt64, now: DeviceInstant) {
        guard sent.boot == now.boot, now.monotonic >= sent.monotonic, replied >= received,
            replied <= HybridTime.largestMilliseconds
        else { return nil }
        let elapsed = now.monotonic - sent.monotonic
        let travel = elapsed - min(elapsed, replied - received)
        hub = replied + travel / 2
        monotonic = now.monotonic
        boot = now.boot
        // One more, because all four were cut to whole milliseconds.
        uncertainty = travel / 2 + 1
    }

    /// What the device can say about the moment; nil if it was restarted since the measurement.
    public func evidence(at now: DeviceInstant) -> ClockEvidence? {
        guard now.boot == boot, now.monotonic >= monotonic else { return nil }
        let elapsed = now.monotonic - monotonic
        let width = uncertainty + elapsed / (1_000_000 / DeviceLimits.clockDriftPartsPerMillion)
        return ClockEvidence(
            hubMilliseconds: hub + elapsed, uncertaintyMilliseconds: UInt32(clamping: width))
    }

    /// The better of two measurements at a moment: the one that is less uncertain by then.
    public func better(than other: HubClockEstimate?, at now: DeviceInstant) -> Bool {
        guard let theirs = other?.evidence(at: now) else { return true }
        guard let mine = evidence(at: now) else { return false }
        return mine.uncertaintyMilliseconds <= theirs.uncertaintyMilliseconds
    }
}

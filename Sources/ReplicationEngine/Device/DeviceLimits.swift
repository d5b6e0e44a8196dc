import WireProtocol

/// The bounds of a device. Times in milliseconds.
public enum DeviceLimits {
    /// How often a device without access tries to hand in what it has, without the hub judging anything of it.
    public static let handIns = 8
    /// From the connection's opening to `Welcome`.
    public static let handshakeMilliseconds: UInt64 = 20_000
    /// How long uploaded changesets may stay unanswered before the connection is given up and made anew.
    public static let answerMilliseconds: UInt64 = 120_000
    /// How often hub time is measured while connected.
    public static let timeExchangeMilliseconds: UInt64 = 300_000
    /// How often the driver wants to be told the time.
    public static let tickMilliseconds: UInt64 = 250
    /// The first wait before connecting again, and the longest.
    public static let firstBackoffMilliseconds: UInt64 = 500
    public static let longestBackoffMilliseconds: UInt64 = 60_000
    /// A session that has been open for so long has shown that connecting is worthwhile.
    public static let quietMilliseconds: UInt64 = 60_000
    /// How many forks may follow one another at once. Each of two copies of a phone is offered the other's site
    /// first; more lead nowhere.
    public static let forksAtOnce = 3
    /// The share of a wait that is random, in per cent.
    public static let backoffJitterPercent: UInt64 = 40
    /// How fast a device's oscillator may run away: parts per million.
    public static let clockDriftPartsPerMillion: UInt64 = 50
    /// Bytes of a session's messages that may wait for verdicts. The hub stops when its window is unconfirmed; a page
    /// and a row may be under way by then, and digests.
    public static let deferredBytes = 8 * 1_048_576
    /// Changes of a catch-up that have come together are stored together, up to about so many bytes: each time the disk is waited
    /// for. Less than the hub's window, so that it goes on sending meanwhile.
    public static let gatheredBytes = 256 << 10
    /// Rows that are read at once where all are gone through.
    public static let pageRows = 500
    /// Of more rows that differ from the hub's than these, the device is sent everything anew.
    public static let rowsRepaired = 5_000
    /// Answers of the hub to one comparison. A hub of good faith needs some hundreds for as many differences as are repaired.
    public static let verificationAnswers = 2_000
    /// How long after it was found to hold what the hub holds a device compares itself again, by itself.
    public static let verificationMilliseconds: UInt64 = 24 * 3_600_000
    /// After a comparison that a sum had begun, and after which both still differed, or that found nothing, none is begun so
    /// for so long: it would find the same.
    public static let alarmMilliseconds: UInt64 = 3_600_000
    /// How many states of a row that a later one has superseded are kept under their seals: they tell a restored hub which
    /// of its writes were seen by others.
    public static let earlierFormsPerRow = 16
    public static let earlierFormBytesPerRow = 65_536
    /// Outbox entries that are read at once when the store is opened.
    public static let loadPageEntries = 500

    /// Topics of which live values are held.
    public static let topics = 10_000

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        firstBackoffMilliseconds < longestBackoffMilliseconds && backoffJitterPercent >= 30
            && backoffJitterPercent < 100 && tickMilliseconds < handshakeMilliseconds
            && handshakeMilliseconds < answerMilliseconds && ProtocolLimits.areConsistent
            && gatheredBytes + ProtocolLimits.chunkTargetBytes <= ProtocolLimits.changesWindowBytes / 2
            && deferredBytes >= ProtocolLimits.changesWindowBytes + ProtocolLimits.frameBytes
    }
}

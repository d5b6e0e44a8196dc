import WireProtocol

/// The bounds of a hub that stand in no message. Times in milliseconds.
public enum HubLimits {
    /// A review tells of further things under one rule up to so many bytes.
    static let reviewDetailBytes = 1_900
    /// Users of one role whose days begin.
    static let users = 100_000
    /// From a connection's opening to the device's proof or the administrator's token.
    public static let handshakeMilliseconds: UInt64 = 20_000
    /// Messages in a frame of somebody who has proved nothing yet.
    public static let messagesBeforeProof = 16
    /// Rows and departures that one page of catch-up holds.
    public static let rowsPerPage = 512
    /// A page of catch-up is filled up to about this many bytes. It is sent whole, so this is by how much the
    /// window of unconfirmed changes may be overrun, a row aside.
    public static let pageBytes = 256 << 10
    /// A row that is larger travels in parts of about this many bytes.
    public static let rowPartBytes = 1 << 20
    /// Places that are looked at to tell a device how much is to come. Of more it is told only what has come.
    static let placesCounted = 500_000
    /// Members of a scope that are read at once where all rows of a device are gone through.
    static let membersPerPage = 256
    /// A range with more rows is answered in parts, and about so many.
    static let rowsPerPart = 16
    static let partsPerRange = 16
    /// How long an administrator waits for a device to compare itself.
    static let verifyMilliseconds: UInt64 = 90_000
    /// How far beyond what has arrived a device may say that it has written. A device that is a million changesets
    /// ahead is none that people use.
    public static let announcedLead: UInt64 = 1 << 20

    /// The most rows that one erasure takes.
    public static let rowsPerErasure = 40_000
    /// How often a plan to erase is made anew because more belongs to the row than when it was made.
    public static let erasureAttempts = 5
    /// Deleted rows that one step of a purge looks at.
    public static let rowsPerPurge = 500
    /// Refused operations that are looked through for those of a device that has access again, and for a list.
    public static let quarantineLookedThrough = 100_000
    /// Rows that an administrator is listed at once.
    public static let rowsListed = 1_000
    /// A device without access that has handed in all it had when it connected, and sends nothing more, goes after so
    /// long; one that has not, after the longer time.
    public static let handedInMilliseconds: UInt64 = 2_000
    public static let handingInMilliseconds: UInt64 = 60_000

    /// Topics of which the hub holds the last value, and of these those of one sender: the oldest goes first.
    public static let topics = 10_000
    public static let topicsPerSender = 1_000
    /// Live values that a session may send at once, and in each second.
    public static let signalBurst: UInt64 = 100
    public static let signalsPerSecond: UInt64 = 20
    /// Bytes of live values that a session is sent at once, and in each second; beyond it only the last value of a topic
    /// counts. A quarter of a link of 256 kbit/s.
    public static let signalBytesBurst: UInt64 = 8 << 10
    public static let signalBytesPerSecond: UInt64 = 8 << 10

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        ProtocolLimits.areConsistent && messagesBeforeProof <= ProtocolLimits.messagesPerFrame
            && ProtocolLimits.chunkTargetBytes <= pageBytes && pageBytes <= ProtocolLimits.changesWindowBytes
            && topicsPerSender < topics && topics >= 16 && ProtocolLimits.signalBytes <= Int(signalBytesBurst)
            // What is counted is about half of what a part may take at most.
            && 2 * rowPartBytes + 2 * ProtocolLimits.chunkTargetBytes <= ProtocolLimits.frameBytes
    }
}

import WireProtocol

/// The bounds of a hub that stand in no message. Times in milliseconds.
public enum HubLimits {
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
    /// How far beyond what has arrived a device may say that it has written. A device that is a million changesets
    /// ahead is none that people use.
    public static let announcedLead: UInt64 = 1 << 20

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        ProtocolLimits.areConsistent && messagesBeforeProof <= ProtocolLimits.messagesPerFrame
            && ProtocolLimits.chunkTargetBytes <= pageBytes && pageBytes <= ProtocolLimits.changesWindowBytes
            // What is counted is about half of what a part may take at most.
            && 2 * rowPartBytes + 2 * ProtocolLimits.chunkTargetBytes <= ProtocolLimits.frameBytes
    }
}

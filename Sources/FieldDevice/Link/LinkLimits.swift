/// The bounds of a weather link.
public enum LinkLimits {
    /// What may wait before each direction of a line that has a rate, as in a router; beyond it the sender's own machine has to
    /// hold it. In bytes.
    public static let queueBytes = 64 << 10
    /// What a direction holds in all, with what is on its way. In bytes.
    public static let heldBytes = 4 << 20
    /// The payload of a packet, and what it has beside it: IPv4 and TCP with timestamps. In bytes.
    static let packetBytes = 1_448
    static let headerBytes = 52
    /// A lost packet is sent again after this at least, and then after twice as long each time. In milliseconds.
    static let leastRetransmissionMilliseconds = 200.0
    /// So often in a row; then the connection is given up.
    public static let retransmissions = 6
    public static let leastBytesPerSecond = 100.0
    public static let mostDelayMilliseconds = 60_000.0
    /// Connections at the same time; a further one is refused.
    public static let connections = 16
    /// What waits in the kernel for each socket: what waits is to wait where it is measured. In bytes.
    static let socketBytes: Int32 = 4_096
}

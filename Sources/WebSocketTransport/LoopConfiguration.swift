import ReplicationEngine

/// What distinguishes a listener's loop from a connector's.
struct LoopConfiguration: Sendable {
    struct Listening: Sendable {
        var address: ListenAddress
        var identity: TLSIdentity?
    }

    /// Nil for a loop that only connects.
    var listening: Listening?
    var subprotocols: [String]
    var limits: TransportLimits
}

/// Sizes that libwebsockets is told. In bytes.
enum LibrarySizes {
    /// Room that `lws_write` wants before the payload: `LWS_PRE`, which does not import.
    static let writePrefix = 16
    /// Received payload is handed over in pieces of this size; each connection owns one such buffer.
    static let receivePiece = 4096
    /// What one `read` takes from a socket; one such buffer per loop.
    static let serviceBuffer = 64 << 10
    /// Connections in their handshake that a listener holds beyond `TransportLimits.connections`, so that
    /// it can answer them.
    static let handshakesBeyondLimit = 1024
    /// How many connections are accepted before others are served again.
    static let acceptsPerTurn = 64
    /// How many of them the kernel holds until they are accepted.
    static let backlog: Int32 = 4096
    /// Longer than the rest of one turn of the event loop, in milliseconds; its timers count whole ones.
    static let turnMilliseconds: UInt64 = 2
    /// What may wait unsent in the kernel. Beyond it the socket counts as full, so that what is queued
    /// waits here, where an urgent message can overtake it, and not in megabytes of socket buffer.
    static let unsentInKernel: Int32 = 128 << 10
    /// The longest text in a Close frame (RFC 6455, section 5.5, less the code).
    static let closeText = 123
}

/// What carries messages between hub and devices.
///
/// A transport moves whole messages in order per lane, and nothing more: it knows no protocol state.
/// Everything it queues is bounded, and everything that the world does to it arrives as an event.
/// Events of one transport are delivered one at a time, in order, on a thread that the transport owns;
/// the receiver must not block in them. All methods may be called from any thread, including from
/// inside an event.
public protocol Transport: Sendable {
    /// Queues a message for a connection. Messages of one lane arrive in the order in which they were
    /// queued; an urgent message overtakes bulk that has not been written yet.
    ///
    /// Never blocks. A message for a connection that is gone is dropped; its `closed` event has been or
    /// will be delivered. A connection whose queue would exceed `TransportLimits.queuedBytes` is closed
    /// with `.overflow`.
    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID)

    /// Starts an orderly close. Messages queued before are still written, within the close deadline.
    func close(_ connection: ConnectionID, reason: CloseReason)

    /// Closes all connections and the listener, and returns when nothing of the transport runs any more and
    /// the event handler is released. To be called before the process ends, and never from inside an event.
    func stop()
}

/// Names one connection for the life of its transport. Never used again.
public struct ConnectionID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    public var description: String { "#\(rawValue)" }
}

/// Which queue of a connection a message waits in. Earlier cases are written first.
public enum Lane: UInt8, Sendable, CaseIterable {
    /// Verdicts, ETA, signals, handshake: small, and waited for by a person.
    case urgent
    /// Uploads, live changes and catch-up.
    case changes
    /// Bytes of photos, scans and signatures.
    case blobs
}

/// What happened to a connection.
public enum TransportEvent: Sendable, Equatable {
    /// The WebSocket handshake is complete. `peer` is the other side's address, for logs only.
    case opened(ConnectionID, peer: String)
    /// One whole message. Its size is at most `TransportLimits.messageBytes`.
    case received(ConnectionID, [UInt8])
    /// The connection's queue fell below `TransportLimits.lowWaterBytes` after having been above it.
    case drained(ConnectionID)
    /// The connection is gone, or could not be made. The last event of this connection.
    case closed(ConnectionID, CloseReason)
}

/// Why a connection ended.
public enum CloseReason: Sendable, Equatable {
    /// The other side closed, with the code and text of its Close frame (RFC 6455, section 7.4).
    case remote(code: UInt16, reason: String)
    /// This side asked for it.
    case local(code: UInt16, reason: String)
    /// The network ended without a Close frame.
    case lost(String)
    /// The connection could not be made: address, TLS or handshake. The text says what and where.
    case unreachable(String)
    /// The other side stayed silent, or left a frame unfinished, longer than the limits allow.
    case timeout(String)
    /// The other side broke WebSocket rules or a byte limit.
    case violation(String)
    /// The other side did not read fast enough; its queue reached `TransportLimits.queuedBytes`.
    case overflow
}

/// The bounds of a transport. Sizes in bytes, times in milliseconds.
public struct TransportLimits: Sendable, Equatable {
    /// The largest message that is taken from the other side.
    public var messageBytes = 4 << 20
    /// The largest WebSocket message that is written; queued messages of one lane are joined up to it.
    public var packedBytes = 64 << 10
    /// The most that may wait for one connection.
    public var queuedBytes = 16 << 20
    /// Below this, a connection that was above it reports `drained`.
    public var lowWaterBytes = 256 << 10
    /// The most connections that a listener holds; a further one is refused in the handshake.
    public var connections = 20_000
    /// From accepting or opening TCP until the WebSocket handshake is complete.
    public var handshakeMilliseconds = 10_000
    /// From a message's first byte to its last.
    public var messageMilliseconds = 60_000
    /// Silence after which a ping is sent.
    public var pingMilliseconds = 20_000
    /// Silence after which the connection is given up. Greater than `pingMilliseconds`.
    public var silenceMilliseconds = 45_000
    /// From an orderly close until the socket is torn down.
    public var closeMilliseconds = 2_000

    public init() {}

    /// The relations that must hold between the limits.
    public var areConsistent: Bool {
        packedBytes <= messageBytes && messageBytes <= queuedBytes && lowWaterBytes < queuedBytes
            && pingMilliseconds < silenceMilliseconds && connections > 0
    }
}

/// The client's side of a transport: one thread for any number of outgoing connections.
public protocol ConnectingTransport: Transport {
    /// Starts to connect, and returns at once. `opened` or `closed` follows. An endpoint that cannot be
    /// read is an error here.
    func connect(to endpoint: Endpoint) throws -> ConnectionID
}

/// Where a hub is found.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: UInt16
    public var path: String
    /// `wss` when true. Plain `ws` is accepted without further asking on loopback only.
    public var isSecure: Bool
    /// A PEM file with the certificates to trust instead of the system's, or nil.
    public var trustedCertificates: String?
    /// A relay on this machine's loopback, to whose port the socket goes, and which passes bytes on to `host` and `port`: these
    /// stay what the request asks for and what the certificate has to name. Nil: the socket goes there itself.
    public var relayPort: UInt16?

    public init(host: String, port: UInt16, path: String = "/", isSecure: Bool, trustedCertificates: String? = nil) {
        self.host = host
        self.port = port
        self.path = path
        self.isSecure = isSecure
        self.trustedCertificates = trustedCertificates
    }

    public var description: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "wss" : "ws")://\(bracketed):\(port)\(path)"
    }

    /// True if the host is this machine's loopback, where plain `ws` needs no permission.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) })
    }
}

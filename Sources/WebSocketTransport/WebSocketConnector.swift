import ReplicationEngine

/// The device's side: any number of outgoing WebSocket connections on one thread.
///
/// It does not connect again by itself; when and how often is the application's decision.
public final class WebSocketConnector: ConnectingTransport {
    private let thread: LoopThread
    private let allowInsecure: Bool

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - subprotocols: the names that are offered to the hub, which must choose one.
    ///   - allowInsecure: must be true for plain `ws` to another machine.
    ///   - onEvent: called on the transport's thread, one event at a time.
    /// - Throws: `WebSocketTransportError`, with the reason and what to do about it.
    public init(
        subprotocols: [String] = ["converge.v1"],
        limits: TransportLimits = TransportLimits(),
        allowInsecure: Bool = false,
        onEvent: @escaping @Sendable (TransportEvent) -> Void
    ) throws(WebSocketTransportError) {
        self.allowInsecure = allowInsecure
        thread = try LoopThread(
            configuration: LoopConfiguration(listening: nil, subprotocols: subprotocols, limits: limits),
            handler: onEvent)
    }

    deinit { thread.requestStop() }

    /// Starts to connect, and returns at once.
    ///
    /// With `wss` the hub's certificate must be trusted (by the system, or by the endpoint's PEM file
    /// instead) and name the endpoint's host. Messages may be queued before `opened` arrives.
    ///
    /// Two limits of libwebsockets 4.1.6: an IPv6 address with `wss` is always refused, because the library
    /// cannot compare it with the certificate (use a name); and a name is looked up on the transport's
    /// thread, so that a slow resolver delays the other connections.
    public func connect(to endpoint: Endpoint) throws -> ConnectionID {
        do {
            try endpoint.validate()
        } catch {
            throw WebSocketTransportError(.invalidEndpoint, error.message)
        }
        guard endpoint.isSecure || endpoint.isLoopback || allowInsecure else {
            throw WebSocketTransportError(
                .insecureAddress,
                "Refusing to connect to \(endpoint) without TLS: anyone on the way could read and change everything. "
                    + "Use wss://.")
        }
        if endpoint.isSecure, let file = endpoint.trustedCertificates {
            try checkFileReadable(file, what: "trusted certificate")
        }
        guard let connection = thread.mailbox.connect(to: endpoint) else {
            throw WebSocketTransportError(.stopped, "The connector was stopped; make a new one to connect to \(endpoint).")
        }
        return connection
    }

    public func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        thread.mailbox.send(message, lane: lane, to: connection)
    }

    public func close(_ connection: ConnectionID, reason: CloseReason) {
        thread.mailbox.close(connection, reason: reason)
    }

    public func stop() { thread.stop() }
}

import ReplicationEngine

/// The hub's side: accepts WebSocket connections on one address.
///
/// It listens when the initializer returns, and until `stop()`. One thread serves all connections and calls
/// the event handler, which must not block.
///
/// Known deviations from RFC 6455, which libwebsockets 4.1.6 brings: unmasked frames of clients are taken;
/// of several pings that arrive together only one is answered; Close frames with code 1012 to 1014 arrive
/// as 1002, so "come back later" needs a code from 4000 up; after a protocol error the socket stays open
/// for up to 5 seconds. A frame's first 4 KiB are not seen before they are complete, so that a frame
/// smaller than that, left unfinished, ends by silence and not by the deadline for messages.
public final class WebSocketListener: Transport {
    /// Where it listens, with the real port.
    public let address: ListenAddress
    private let thread: LoopThread

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - address: port 0 takes any free port; see `address` afterwards.
    ///   - subprotocols: the names that a client must offer one of (`Sec-WebSocket-Protocol`); the handshake
    ///     of any other is refused.
    ///   - tls: certificate and key for `wss`; nil for plain `ws`.
    ///   - allowInsecure: must be true for plain `ws` on an address that other machines can reach.
    ///   - onEvent: called on the transport's thread, one event at a time.
    /// - Throws: `WebSocketTransportError`, with the reason and what to do about it.
    public init(
        address: ListenAddress,
        subprotocols: [String] = ["converge.v1"],
        tls: TLSIdentity? = nil,
        limits: TransportLimits = TransportLimits(),
        allowInsecure: Bool = false,
        onEvent: @escaping @Sendable (TransportEvent) -> Void
    ) throws(WebSocketTransportError) {
        guard tls != nil || address.isLoopback || allowInsecure else {
            throw WebSocketTransportError(
                .insecureAddress,
                "Refusing to listen on \(address) without TLS: anyone on the network could read and change everything. "
                    + "Give a certificate and its key, or listen on 127.0.0.1 behind a proxy that has them.")
        }
        try tls?.checkReadable()
        thread = try LoopThread(
            configuration: LoopConfiguration(
                listening: LoopConfiguration.Listening(address: address, identity: tls),
                subprotocols: subprotocols, limits: limits),
            handler: onEvent)
        self.address = ListenAddress(host: address.host, port: thread.port)
    }

    deinit { thread.requestStop() }

    /// The real port, also if 0 was asked for.
    public var port: UInt16 { address.port }

    public func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        thread.mailbox.send(message, lane: lane, to: connection)
    }

    public func close(_ connection: ConnectionID, reason: CloseReason) {
        thread.mailbox.close(connection, reason: reason)
    }

    public func stop() { thread.stop() }
}

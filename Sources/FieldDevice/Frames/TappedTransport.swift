import ReplicationEngine

/// A transport of which a tap is told what is sent.
struct TappedTransport: ConnectingTransport {
    private let transport: any ConnectingTransport
    private let frames: FrameTap

    init(_ transport: any ConnectingTransport, _ frames: FrameTap) {
        self.transport = transport
        self.frames = frames
    }

    func connect(to endpoint: Endpoint) throws -> ConnectionID { try transport.connect(to: endpoint) }

    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        frames.noteSent(message, lane, on: connection)
        transport.send(message, lane: lane, to: connection)
    }

    func close(_ connection: ConnectionID, reason: CloseReason) { transport.close(connection, reason: reason) }

    func stop() { transport.stop() }
}

import CLibwebsockets
import ReplicationEngine

/// What the loop knows about one socket. Confined to the loop's thread.
final class Connection {
    enum Phase {
        /// TCP, TLS or the WebSocket handshake is under way.
        case handshaking
        case open
        /// This side wants to end it; the reason becomes the `closed` event.
        case closing(CloseReason)
    }

    let id: ConnectionID
    /// Where a client connects to; nil on the server's side.
    let endpoint: Endpoint?
    /// The library's object. Nil until it exists; never used after the connection left the loop's table.
    var socket: OpaquePointer?
    var phase = Phase.handshaking
    /// When the handshake or the close must be done, in the loop's milliseconds.
    var phaseDeadline: UInt64
    /// When the last byte was heard.
    var heard: UInt64
    /// True once `opened` was delivered.
    var wasOpened = false
    var isPingDue = false
    var isPingSent = false
    /// True while the socket is known to be full.
    var isBlocked = false
    /// True once the Close frame was given to the library.
    var isCloseFrameGiven = false
    /// What the other side's Close frame said.
    var remoteReason: CloseReason?
    /// The beginning of a message whose end has not arrived.
    var inbox: [UInt8] = []
    /// When the first byte of the message in `inbox` arrived.
    var messageBegan: UInt64?
    /// The moment of this connection's valid entry in the deadline queue; other entries are stale.
    var scheduled = UInt64.max

    init(id: ConnectionID, endpoint: Endpoint?, socket: OpaquePointer?, now: UInt64, limits: TransportLimits) {
        self.id = id
        self.endpoint = endpoint
        self.socket = socket
        heard = now
        phaseDeadline = now + UInt64(limits.handshakeMilliseconds)
    }

    var key: Int { Int(id.rawValue) }

    var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    func nextDeadline(limits: TransportLimits) -> UInt64 {
        switch phase {
        case .handshaking, .closing:
            return phaseDeadline
        case .open:
            let silence = isPingSent ? limits.silenceMilliseconds : limits.pingMilliseconds
            let heardDeadline = heard + UInt64(silence)
            guard let messageBegan else { return heardDeadline }
            return min(heardDeadline, messageBegan + UInt64(limits.messageMilliseconds))
        }
    }
}

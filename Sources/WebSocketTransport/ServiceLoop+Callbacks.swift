import CLibwebsockets
import Glibc
import ReplicationEngine

extension ServiceLoop {
    /// One callback of the library. A result other than 0 makes it close the socket.
    func handle(_ reason: lws_callback_reasons, socket: OpaquePointer, input: UnsafeRawBufferPointer) -> Int32 {
        if reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED {
            drain(includingConnects: true)
            drainAfterEvents()
            return 0
        }
        let result = dispatch(reason, socket: socket, input: input)
        drainAfterEvents()
        return result
    }

    private func dispatch(_ reason: lws_callback_reasons, socket: OpaquePointer, input: UnsafeRawBufferPointer) -> Int32 {
        switch reason {
        case LWS_CALLBACK_RAW_RX_FILE:
            acceptWaiting()
            return 0
        case LWS_CALLBACK_RAW_CLOSE_FILE:
            doorIsClosed()
            return 0
        case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
            // The library announces outgoing connections in the same way.
            if configuration.listening != nil { accept(socket) }
            return 0
        case LWS_CALLBACK_HTTP:
            lws_return_http_status(socket, 426, nil)
            return -1
        default:
            guard let connection = connection(of: socket) else { return 0 }
            connection.socket = socket
            return dispatch(reason, connection: connection, socket: socket, input: input)
        }
    }

    private func dispatch(
        _ reason: lws_callback_reasons, connection: Connection, socket: OpaquePointer, input: UnsafeRawBufferPointer
    ) -> Int32 {
        switch reason {
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return admit(socket)
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
            // Without the header the library would settle on the first protocol by itself.
            return lws_hdr_total_length(socket, WSI_TOKEN_PROTOCOL) > 0 ? 0 : -1
        case LWS_CALLBACK_ESTABLISHED, LWS_CALLBACK_CLIENT_ESTABLISHED:
            return established(connection, socket)
        case LWS_CALLBACK_RECEIVE, LWS_CALLBACK_CLIENT_RECEIVE:
            return receive(connection, socket, input)
        case LWS_CALLBACK_RECEIVE_PONG, LWS_CALLBACK_CLIENT_RECEIVE_PONG:
            heard(connection)
            return 0
        case LWS_CALLBACK_SERVER_WRITEABLE, LWS_CALLBACK_CLIENT_WRITEABLE:
            return write(connection, socket)
        case LWS_CALLBACK_TIMER:
            guard case .closing(let reason) = connection.phase, !connection.isCloseFrameGiven else { return 0 }
            return giveCloseFrame(connection, reason)
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            noteRemoteClose(connection, input)
            return 0
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            finish(connection, closeReason(of: connection, otherwise: unreachable(connection, input)))
            return 0
        case LWS_CALLBACK_CLOSED, LWS_CALLBACK_CLIENT_CLOSED:
            let lost = CloseReason.lost("The connection ended without a Close frame.")
            finish(connection, closeReason(of: connection, otherwise: libraryViolation(connection) ?? lost))
            return 0
        case LWS_CALLBACK_WSI_DESTROY:
            // For sockets that never spoke WebSocket; all others are finished by now.
            let never = unreachable(connection, UnsafeRawBufferPointer(start: nil, count: 0))
            finish(connection, closeReason(of: connection, otherwise: never))
            return 0
        default:
            return 0
        }
    }

    private func connection(of socket: OpaquePointer) -> Connection? {
        guard let number = lws_get_opaque_user_data(socket) else { return nil }
        return connections[Int(bitPattern: number)]
    }

    // MARK: Opening

    private func accept(_ socket: OpaquePointer) {
        let id = mailbox.nextID()
        lws_set_opaque_user_data(socket, UnsafeMutableRawPointer(bitPattern: Int(id.rawValue)))
        add(Connection(id: id, endpoint: nil, socket: socket, now: now, limits: limits))
    }

    private func admit(_ socket: OpaquePointer) -> Int32 {
        guard !isStopping, openCount < limits.connections else {
            lws_return_http_status(socket, UInt32(HTTP_STATUS_SERVICE_UNAVAILABLE.rawValue), nil)
            return -1
        }
        return 0
    }

    private func established(_ connection: Connection, _ socket: OpaquePointer) -> Int32 {
        // A close that was asked for during the handshake has its deadline already.
        guard case .handshaking = connection.phase else { return -1 }
        if connection.endpoint == nil { mailbox.add(connection.id) }
        var unsent = LibrarySizes.unsentInKernel
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(lws_get_socket_fd(socket), Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsent, size)
        didOpen(connection, peer: peerAddress(socket))
        lws_callback_on_writable(socket)
        return 0
    }

    private func peerAddress(_ socket: OpaquePointer) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let start = buffer.baseAddress, lws_get_peer_simple(socket, start, buffer.count) != nil else {
                return "unknown"
            }
            return String(cString: start)
        }
    }

    private func unreachable(_ connection: Connection, _ input: UnsafeRawBufferPointer) -> CloseReason {
        let place = connection.endpoint.map { "\($0)" } ?? "The peer"
        let text = String(decoding: input.prefix { $0 != 0 }, as: UTF8.self)
        // The library says no more than this when it does not trust the other side.
        let isTLS = text.contains("SSL") || text.contains("cert")
        let hint = isTLS
            ? " (TLS: the certificate is not trusted here, or is for another name; if it is the hub's own, give it as the certificate to trust)"
            : ""
        return .unreachable("\(place) could not be reached: \(text.isEmpty ? "the connection attempt failed" : text)\(hint)")
    }

    // MARK: Closing

    private func noteRemoteClose(_ connection: Connection, _ input: UnsafeRawBufferPointer) {
        heard(connection)
        // 1005 stands for a Close frame without a code (RFC 6455, section 7.1.5).
        guard input.count >= 2 else {
            connection.remoteReason = .remote(code: 1005, reason: "")
            return
        }
        let code = UInt16(input[0]) << 8 | UInt16(input[1])
        connection.remoteReason = .remote(code: code, reason: String(decoding: input.dropFirst(2), as: UTF8.self))
    }
}

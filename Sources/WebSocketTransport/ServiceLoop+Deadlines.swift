import CLibwebsockets
import ReplicationEngine

extension ServiceLoop {
    /// Sees to it that the connection is looked at by its next deadline.
    func schedule(_ connection: Connection) {
        let deadline = connection.nextDeadline(limits: limits)
        guard deadline < connection.scheduled else { return }
        connection.scheduled = deadline
        deadlines.insert(DeadlineQueue.Entry(milliseconds: deadline, key: connection.key))
        wakeTimer(at: deadline)
    }

    func wakeTimer(at milliseconds: UInt64) {
        guard !isOver else { return }
        timer.schedule(at: milliseconds, now: now, context: context)
    }

    func checkDeadlines() {
        let now = now
        while let entry = deadlines.popDue(at: now) {
            guard let connection = connections[entry.key], connection.scheduled == entry.milliseconds else { continue }
            connection.scheduled = .max
            if connection.nextDeadline(limits: limits) <= now { deadlinePassed(connection, now: now) }
            if connections[entry.key] != nil { schedule(connection) }
        }
        if let next = deadlines.earliest { wakeTimer(at: next) }
    }

    private func deadlinePassed(_ connection: Connection, now: UInt64) {
        switch connection.phase {
        case .closing:
            // Never again: the library closes the socket in the next turn of the loop.
            connection.phaseDeadline = .max
            kill(connection)
        case .handshaking:
            let waited = limits.handshakeMilliseconds
            if let endpoint = connection.endpoint {
                abandon(connection, .unreachable("\(endpoint) did not complete the handshake within \(waited) ms."))
            } else {
                abandon(connection, .timeout("The handshake was not complete after \(waited) ms."))
            }
        case .open:
            if let began = connection.messageBegan, now >= began + UInt64(limits.messageMilliseconds) {
                abandon(connection, .timeout("A message was not complete after \(limits.messageMilliseconds) ms."))
            } else if let violation = libraryViolation(connection) {
                abandon(connection, violation)
            } else if connection.isPingSent {
                abandon(connection, .timeout("Nothing was heard for \(limits.silenceMilliseconds) ms."))
            } else {
                connection.isPingDue = true
                connection.isPingSent = true
                if let socket = connection.socket { lws_callback_on_writable(socket) }
            }
        }
    }

    /// Ends a connection without waiting for anything.
    func abandon(_ connection: Connection, _ reason: CloseReason) {
        connection.phase = .closing(reason)
        connection.phaseDeadline = .max
        kill(connection)
    }

    /// Lets the library close the socket in the next turn of the loop, whatever state it is in. The
    /// callbacks that follow finish the connection.
    func kill(_ connection: Connection) {
        guard let socket = connection.socket else { return }
        lws_set_timeout(socket, PENDING_TIMEOUT_KILLED_BY_PARENT, Int32(LWS_TO_KILL_ASYNC))
    }

    /// What the library objected to, if it is closing the connection on its own.
    ///
    /// Only for sockets that speak WebSocket: of any other the library follows a null pointer.
    func libraryViolation(_ connection: Connection) -> CloseReason? {
        guard connection.wasOpened, connection.remoteReason == nil, let socket = connection.socket else { return nil }
        let length = Int(lws_get_close_length(socket))
        guard length >= 2, let payload = lws_get_close_payload(socket) else { return nil }
        let bytes = UnsafeBufferPointer(start: payload, count: length)
        let code = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        let text = String(decoding: bytes.dropFirst(2), as: UTF8.self)
        return .violation("The other side broke WebSocket rules: \(text) (\(code)).")
    }
}

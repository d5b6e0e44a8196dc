import CLibwebsockets
import ReplicationEngine

extension ServiceLoop {
    /// Starts to end a connection in the manner that its reason asks for.
    func beginClose(_ connection: Connection, _ reason: CloseReason) {
        if case .closing = connection.phase { return }
        guard connection.isOpen, reason != .overflow, let socket = connection.socket else {
            // Nobody to say goodbye to, or somebody who does not read.
            abandon(connection, reason)
            return
        }
        enterClosing(connection, reason)
        lws_callback_on_writable(socket)
    }

    /// Ends a connection from inside one of its callbacks; the result is what the callback returns.
    func violate(_ connection: Connection, code: UInt16, _ text: String) -> Int32 {
        enterClosing(connection, .violation(text))
        return giveCloseFrame(connection, code: code, text: text)
    }

    private func enterClosing(_ connection: Connection, _ reason: CloseReason) {
        connection.phase = .closing(reason)
        connection.phaseDeadline = now + UInt64(limits.closeMilliseconds)
        connection.inbox = []
        connection.messageBegan = nil
        schedule(connection)
    }

    /// Prepares the Close frame and returns what makes the library send it.
    func giveCloseFrame(_ connection: Connection, _ reason: CloseReason) -> Int32 {
        switch reason {
        case .local(let code, let text), .remote(let code, let text):
            giveCloseFrame(connection, code: code, text: text)
        case .violation(let text):
            giveCloseFrame(connection, code: 1002, text: text)
        case .lost(let text), .unreachable(let text), .timeout(let text):
            giveCloseFrame(connection, code: 1001, text: text)
        case .overflow:
            giveCloseFrame(connection, code: 1008, text: "overflow")
        }
    }

    private func giveCloseFrame(_ connection: Connection, code: UInt16, text: String) -> Int32 {
        guard let socket = connection.socket else { return -1 }
        connection.isCloseFrameGiven = true
        // Codes that a frame must not carry (RFC 6455, section 7.4) become "normal".
        let isSendable = (1000...4999).contains(code) && ![1004, 1005, 1006, 1015].contains(code)
        var bytes = closeText(text)
        bytes.withUnsafeMutableBufferPointer {
            lws_close_reason(
                socket, lws_close_status(rawValue: isSendable ? UInt32(code) : 1000), $0.baseAddress, $0.count)
        }
        return -1
    }

    /// As much of the text as fits, without cutting a character in two.
    private func closeText(_ text: String) -> [UInt8] {
        var kept = text[...]
        while kept.utf8.count > LibrarySizes.closeText { kept = kept.dropLast() }
        return Array(kept.utf8)
    }

    /// Why a connection that the library is freeing has ended.
    func closeReason(of connection: Connection, otherwise: CloseReason) -> CloseReason {
        if case .closing(let reason) = connection.phase { return reason }
        return connection.remoteReason ?? otherwise
    }
}

import CLibwebsockets
import ReplicationEngine

extension ServiceLoop {
    func heard(_ connection: Connection) {
        connection.heard = now
        connection.isPingSent = false
    }

    /// A piece of a message. Messages are put together here, because the library hands over whatever it has.
    func receive(_ connection: Connection, _ socket: OpaquePointer, _ piece: UnsafeRawBufferPointer) -> Int32 {
        heard(connection)
        // What arrives after this side has decided to close is of no interest any more.
        guard connection.isOpen else { return 0 }
        guard lws_frame_is_binary(socket) != 0 else {
            return violate(connection, code: 1003, "Text messages are not understood; only binary ones are.")
        }
        // Judged by what the frame's header announces, before it arrives; nothing is reserved for it.
        let announced = lws_remaining_packet_payload(socket)
        let held = connection.inbox.count + piece.count
        guard held <= limits.messageBytes, announced <= limits.messageBytes - held else {
            return violate(connection, code: 1009, "The message is larger than \(limits.messageBytes) bytes.")
        }
        let isComplete = lws_is_final_fragment(socket) != 0
        if isComplete, connection.inbox.isEmpty {
            deliver(.received(connection.id, [UInt8](piece)))
            return 0
        }
        connection.inbox.append(contentsOf: piece)
        if isComplete {
            let message = connection.inbox
            connection.inbox = []
            connection.messageBegan = nil
            deliver(.received(connection.id, message))
        } else if connection.messageBegan == nil {
            connection.messageBegan = connection.heard
            schedule(connection)
        }
        return 0
    }

    /// Not empty, because the library does not report the answer to an empty ping.
    private static let pingPayload = Array("converge".utf8)

    /// The socket takes bytes: write one frame, the most urgent there is.
    func write(_ connection: Connection, _ socket: OpaquePointer) -> Int32 {
        guard connection.wasOpened, !connection.isCloseFrameGiven else { return 0 }
        if connection.isBlocked {
            // The other side took what the socket was full of. On a slow link its answer to a ping waits
            // behind that, so this counts as a sign of life too.
            connection.isBlocked = false
            heard(connection)
        }
        if connection.isPingDue {
            connection.isPingDue = false
            lws_callback_on_writable(socket)
            return writeFrame([Self.pingPayload], byteCount: Self.pingPayload.count, LWS_WRITE_PING, socket)
        }
        let batch = mailbox.takeBatch(for: connection.id)
        guard !batch.messages.isEmpty else {
            // From here the library would drop the socket without a Close frame; from its timer it does not.
            if case .closing = connection.phase { lws_set_timer_usecs(socket, 1) }
            return 0
        }
        if batch.hasMore || batch.closing != nil { lws_callback_on_writable(socket) }
        let result = writeFrame(batch.messages, byteCount: batch.byteCount, LWS_WRITE_BINARY, socket)
        connection.isBlocked = batch.byteCount >= LibrarySizes.receivePiece && lws_send_pipe_choked(socket) != 0
        if batch.isDrained, connection.isOpen { deliver(.drained(connection.id)) }
        return result
    }

    /// Writes the messages as one frame. What the socket does not take, the library copies and writes first
    /// next time; so `frame` is free again when this returns.
    private func writeFrame(
        _ messages: ArraySlice<[UInt8]>, byteCount: Int, _ kind: lws_write_protocol, _ socket: OpaquePointer
    ) -> Int32 {
        let prefix = LibrarySizes.writePrefix
        frame.removeAll(keepingCapacity: true)
        frame.reserveCapacity(prefix + byteCount)
        frame.append(contentsOf: repeatElement(0, count: prefix))
        for message in messages { frame.append(contentsOf: message) }
        let written = frame.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return -1 }
            return lws_write(socket, start + prefix, byteCount, kind)
        }
        // One huge message must not keep its memory for the life of the loop.
        if frame.capacity > 4 * max(limits.packedBytes, LibrarySizes.serviceBuffer) { frame = [] }
        return written < 0 ? -1 : 0
    }
}

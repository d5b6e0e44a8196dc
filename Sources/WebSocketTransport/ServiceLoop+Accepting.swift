import CLibwebsockets
import Glibc

/// A listener's own socket. libwebsockets watches it as a file and is given each accepted connection:
/// it has no way to close a listening socket of its own but to end the context.
struct Door {
    var descriptor: Int32
    var vhost: OpaquePointer
    var isSecure: Bool
    /// The library's object for it.
    var watcher: OpaquePointer
    /// Given up for a moment when the process has no descriptor left, so that a connection can be taken and
    /// refused instead of waiting at the door, which would be reported again and again. -1 if there is none.
    var spare: Int32
}

extension ServiceLoop {
    /// Listens, and returns the real port.
    func openDoor(at address: ListenAddress, vhost: OpaquePointer, isSecure: Bool) throws(WebSocketTransportError) -> UInt16 {
        let (descriptor, port) = try address.listen()
        var file = lws_sock_file_fd_type()
        file.filefd = descriptor
        LibraryLog.clear()
        guard let watcher = lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, file, protocols.pointer.pointee.name, nil)
        else {
            _ = Glibc.close(descriptor)
            throw WebSocketTransportError(.startFailed, "libwebsockets cannot watch \(address): \(LibraryLog.text)")
        }
        door = Door(
            descriptor: descriptor, vhost: vhost, isSecure: isSecure, watcher: watcher,
            spare: open("/dev/null", O_RDONLY | O_CLOEXEC))
        return port
    }

    /// Lets the library close the listening socket in the next turn of the loop.
    func closeDoor() {
        guard let door else { return }
        lws_set_timeout(door.watcher, PENDING_TIMEOUT_KILLED_BY_PARENT, Int32(LWS_TO_KILL_ASYNC))
    }

    /// The library closes the listening socket at the end of this turn.
    func doorIsClosed() {
        if let spare = door?.spare, spare >= 0 { _ = Glibc.close(spare) }
        door = nil
        if isStopping { wakeTimer(at: now) }
    }

    /// Takes in who waits at the door; the rest in the next turn.
    func acceptWaiting() {
        for _ in 0..<LibrarySizes.acceptsPerTurn {
            guard let door, let descriptor = nextDescriptor(door.descriptor) else { return }
            guard !isStopping, connections.count < limits.connections + LibrarySizes.handshakesBeyondLimit else {
                _ = Glibc.close(descriptor)
                continue
            }
            var yes: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            var kind = LWS_ADOPT_SOCKET.rawValue | LWS_ADOPT_HTTP.rawValue
            if door.isSecure { kind |= LWS_ADOPT_ALLOW_SSL.rawValue }
            var socket = lws_sock_file_fd_type()
            socket.sockfd = descriptor
            // If it fails, it has closed the descriptor.
            _ = lws_adopt_descriptor_vhost(door.vhost, lws_adoption_type(rawValue: kind), socket, nil, nil)
        }
    }

    private func nextDescriptor(_ listening: Int32) -> Int32? {
        while true {
            let descriptor = accept(listening, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                return descriptor
            }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE:
                refuseOne(listening)
                return nil
            default: return nil
            }
        }
    }

    private func refuseOne(_ listening: Int32) {
        guard let spare = door?.spare, spare >= 0 else { return }
        _ = Glibc.close(spare)
        let refused = accept(listening, nil, nil)
        if refused >= 0 { _ = Glibc.close(refused) }
        door?.spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}

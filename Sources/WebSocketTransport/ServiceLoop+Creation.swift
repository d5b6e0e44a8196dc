import CLibwebsockets
import ReplicationEngine

extension ServiceLoop {
    /// Makes the vhosts that are needed at once, and opens the door if there is to be one. Returns its
    /// real port, or 0. If it throws, `end()` gives back what was made.
    func create() throws(WebSocketTransportError) -> UInt16 {
        var port: UInt16 = 0
        if let listening = configuration.listening {
            guard let vhost = makeListenerVhost(listening) else { throw listenerFailure(listening) }
            port = try openDoor(at: listening.address, vhost: vhost, isSecure: listening.identity != nil)
        } else if clientVhost(secure: false, trustedCertificates: nil) == nil {
            // Needed at once: a context without any vhost has nobody to tell that it was woken.
            throw WebSocketTransportError(.startFailed, "libwebsockets could not be started: \(LibraryLog.text)")
        }
        mailbox.attach(context: context)
        return port
    }

    private func listenerFailure(_ listening: LoopConfiguration.Listening) -> WebSocketTransportError {
        guard let identity = listening.identity else {
            return WebSocketTransportError(
                .startFailed, "libwebsockets could not listen on \(listening.address): \(LibraryLog.text)")
        }
        return WebSocketTransportError(
            .certificateRejected,
            "'\(identity.certificateFile)' and '\(identity.keyFile)' are not a PEM certificate and its private key; "
                + "check that they belong together. (\(LibraryLog.text))")
    }

    private func makeListenerVhost(_ listening: LoopConfiguration.Listening) -> OpaquePointer? {
        var info = vhostInfo(name: "hub")
        // It serves, and the sockets are given to it.
        info.port = CONTEXT_PORT_NO_LISTEN_SERVER
        info.options = UInt64(LWS_SERVER_OPTION_VALIDATE_UTF8)
        if let identity = listening.identity {
            // The hub asks for no client certificates, and needs nobody's to compare them with.
            info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
            info.ssl_cert_filepath = strings(identity.certificateFile)
            info.ssl_private_key_filepath = strings(identity.keyFile)
        }
        return makeVhost(&info)
    }

    /// Nil if the library refuses; its reason is in the log then.
    func makeVhost(_ info: inout lws_context_creation_info) -> OpaquePointer? {
        info.finalize_arg = Unmanaged.passUnretained(self).toOpaque()
        info.finalize = { vhost, loop in
            guard let vhost, let loop else { return }
            // Alive: vhosts are freed by `end()`, or never.
            Unmanaged<ServiceLoop>.fromOpaque(loop).takeUnretainedValue().vhosts.remove(vhost)
        }
        LibraryLog.clear()
        guard let vhost = lws_create_vhost(context, &info) else { return nil }
        vhosts.insert(vhost)
        return vhost
    }

    /// What all vhosts have in common.
    func vhostInfo(name: String) -> lws_context_creation_info {
        var info = lws_context_creation_info()
        info.vhost_name = strings(name)
        info.protocols = UnsafePointer(protocols.pointer)
        info.alpn = strings("http/1.1")
        info.gid = -1
        info.uid = -1
        // Deadlines are kept here; the library's own must only be later than ours.
        info.timeout_secs = UInt32(limits.handshakeMilliseconds / 1000 + 5)
        info.connect_timeout_secs = UInt32(limits.handshakeMilliseconds / 1000 + 5)
        info.timeout_secs_ah_idle = UInt32(limits.handshakeMilliseconds / 1000 + 5)
        info.retry_and_idle_policy = UnsafePointer(protocols.noKeepalive)
        return info
    }
}

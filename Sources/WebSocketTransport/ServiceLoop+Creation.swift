import CLibwebsockets
import Glibc
import ReplicationEngine

extension ServiceLoop {
    /// Creates the context, and the listener if there is to be one. Returns its real port, or 0.
    func create() throws(WebSocketTransportError) -> UInt16 {
        _ = LibraryLog.install
        LibraryLog.clear()
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.options = UInt64(
            LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT
                | LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN
                | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME)
        info.user = Unmanaged.passUnretained(self).toOpaque()
        info.gid = -1
        info.uid = -1
        info.pt_serv_buf_size = UInt32(LibrarySizes.serviceBuffer)
        // libuv's handlers are replaced right after this call; what they caught before goes to the real ones.
        info.signal_cb = { _, signal in _ = Glibc.kill(getpid(), signal) }
        guard let created = SignalDispositions.preserving({ lws_create_context(&info) }) else {
            throw contextFailure(LibraryLog.text)
        }
        context = created
        var port: UInt16 = 0
        if let listening = configuration.listening {
            guard let vhost = createListenerVhost(listening, context: created) else {
                throw listenerFailure(listening)
            }
            port = UInt16(truncatingIfNeeded: lws_get_vhost_listen_port(vhost))
        } else if clientVhost(secure: false, trustedCertificates: nil) == nil {
            // Needed at once: a context without any vhost has nobody to tell that it was woken.
            throw contextFailure(LibraryLog.text)
        }
        mailbox.attach(context: created)
        return port
    }

    private func contextFailure(_ log: String) -> WebSocketTransportError {
        if log.contains("evlib") {
            return WebSocketTransportError(
                .eventLoopMissing,
                "The libuv plugin of libwebsockets is not installed; install the package libwebsockets-evlib-uv. (\(log))")
        }
        return WebSocketTransportError(.startFailed, "libwebsockets could not be started: \(log)")
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

    private func createListenerVhost(_ listening: LoopConfiguration.Listening, context: OpaquePointer) -> OpaquePointer? {
        var info = vhostInfo(name: "hub")
        let address = listening.address
        info.port = Int32(address.port)
        info.iface = address.isWildcard ? nil : strings(address.host)
        info.options = UInt64(LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND)
        if !address.isIPv6 { info.options |= UInt64(LWS_SERVER_OPTION_DISABLE_IPV6) }
        if let identity = listening.identity {
            // The hub asks for no client certificates, and needs nobody's to compare them with.
            info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
            info.ssl_cert_filepath = strings(identity.certificateFile)
            info.ssl_private_key_filepath = strings(identity.keyFile)
        }
        return lws_create_vhost(context, &info)
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

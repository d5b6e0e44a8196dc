import CLibwebsockets
import ReplicationEngine

extension ServiceLoop {
    func connect(_ id: ConnectionID, to endpoint: Endpoint) {
        let connection = Connection(id: id, endpoint: endpoint, socket: nil, now: now, limits: limits)
        add(connection)
        if let reason = mailbox.closing(of: id) {
            finish(connection, reason)
            return
        }
        guard let vhost = clientVhost(secure: endpoint.isSecure, trustedCertificates: endpoint.trustedCertificates) else {
            let place = endpoint.trustedCertificates.map { "'\($0)'" } ?? "the system's certificates"
            finish(connection, .unreachable("\(endpoint): \(place) could not be loaded. \(LibraryLog.text)"))
            return
        }
        let socket = startConnecting(connection, to: endpoint, vhost: vhost)
        // A failure may have been reported by callback already; then the connection is finished.
        if let socket {
            if connections[connection.key] != nil { connection.socket = socket }
        } else {
            finish(connection, .unreachable("\(endpoint) could not be reached: the connection attempt failed"))
        }
    }

    private func startConnecting(_ connection: Connection, to endpoint: Endpoint, vhost: OpaquePointer) -> OpaquePointer? {
        var info = lws_client_connect_info()
        info.context = context
        info.vhost = vhost
        info.port = Int32(endpoint.relayPort ?? endpoint.port)
        info.opaque_user_data = UnsafeMutableRawPointer(bitPattern: connection.key)
        var flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue
        if endpoint.isSecure { flags |= LCCSCF_USE_SSL.rawValue }
        info.ssl_connection = Int32(flags)
        let names = configuration.subprotocols
        // The library copies these texts before it returns.
        let texts = CStrings()
        info.address = texts(endpoint.relayPort == nil ? endpoint.host : "127.0.0.1")
        info.host = texts(endpoint.authority)
        info.path = texts(endpoint.path)
        info.protocol = texts(names.joined(separator: ","))
        info.local_protocol_name = texts(names[0])
        info.alpn = texts("http/1.1")
        return withExtendedLifetime(texts) { lws_client_connect_via_info(&info) }
    }

    /// The vhost whose TLS context trusts what an endpoint names. Made at first use, and kept.
    func clientVhost(secure: Bool, trustedCertificates: String?) -> OpaquePointer? {
        let key = secure ? "tls:" + (trustedCertificates ?? "") : "plain"
        if let vhost = clientVhosts[key] { return vhost }
        var info = vhostInfo(name: "client-\(clientVhosts.count)")
        info.port = CONTEXT_PORT_NO_LISTEN
        // Port 0 is no proxy. Without it the library sends everything, loopback included, through $http_proxy.
        info.http_proxy_address = strings("none:0")
        info.options = UInt64(LWS_SERVER_OPTION_VALIDATE_UTF8)
        if secure {
            info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
            if let file = trustedCertificates {
                info.options |= UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
                info.client_ssl_ca_filepath = strings(file)
            }
        }
        guard let vhost = makeVhost(&info) else { return nil }
        // The library only mentions it, and would then trust nobody.
        if LibraryLog.text.contains("Unable to load") {
            lws_vhost_destroy(vhost)
            return nil
        }
        clientVhosts[key] = vhost
        return vhost
    }
}

extension Endpoint {
    /// Host and port as in a Host header.
    fileprivate var authority: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? bracketed : "\(bracketed):\(port)"
    }
}

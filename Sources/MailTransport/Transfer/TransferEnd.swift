import CCurl

/// How a transfer ended, by libcurl's account.
struct TransferEnd {
    let code: CURLcode
    /// What libcurl says of it: names the server, and no content.
    let detail: String

    /// What a failure means to who wanted the transfer.
    var cause: HandoverTrouble.Cause {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED:
            .encryption
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: .authentication
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .connectionLost
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_WRITE_ERROR: .protocolBroken
        default: .local
        }
    }
}

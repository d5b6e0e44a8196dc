import CLibwebsockets
import Glibc
import Synchronization

/// Makes contexts of libwebsockets, one at a time.
///
/// Making one touches what there is once in the process: the handlers of signals, OpenSSL with the numbers
/// under which libwebsockets keeps its own data there, and the loader of the libuv plugin.
enum LibraryContext {
    /// Whether OpenSSL was made ready. A second time would take new numbers, and TLS handshakes under way
    /// would look for their data under the wrong ones.
    private static let isTLSReady = Mutex(false)

    /// - Parameter user: what the library's callbacks are given; a `ServiceThread`.
    static func make(user: UnsafeMutableRawPointer) throws(WebSocketTransportError) -> OpaquePointer {
        LibraryLog.install()
        LibraryLog.clear()
        let address = UInt(bitPattern: user)
        // As a number, because pointers are not handed out of a lock.
        let made: UInt = isTLSReady.withLock { isTLSReady in
            var info = lws_context_creation_info()
            info.port = CONTEXT_PORT_NO_LISTEN
            info.options = UInt64(
                LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8
                    | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME)
            if !isTLSReady { info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) }
            info.user = UnsafeMutableRawPointer(bitPattern: address)
            info.gid = -1
            info.uid = -1
            info.pt_serv_buf_size = UInt32(LibrarySizes.serviceBuffer)
            // libuv's handlers are replaced right after this call; what they caught before goes to the real ones.
            info.signal_cb = { _, signal in _ = Glibc.kill(getpid(), signal) }
            let context = OpenFileLimit.withOneThatTheLibraryBelieves {
                SignalDispositions.preserving { lws_create_context(&info) }
            }
            if context != nil { isTLSReady = true }
            return UInt(bitPattern: context)
        }
        guard let context = OpaquePointer(bitPattern: made) else { throw failure(LibraryLog.text) }
        return context
    }

    private static func failure(_ log: String) -> WebSocketTransportError {
        if log.contains("evlib") {
            return WebSocketTransportError(
                .eventLoopMissing,
                "The libuv plugin of libwebsockets is not installed; install the package libwebsockets-evlib-uv. (\(log))")
        }
        return WebSocketTransportError(.startFailed, "libwebsockets could not be started: \(log)")
    }
}

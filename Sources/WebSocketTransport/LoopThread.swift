import ReplicationEngine

/// A transport's loop on its thread, seen from outside: a handle that any thread may use.
final class LoopThread: Sendable {
    let mailbox: Mailbox
    /// The real port of the listener; 0 for a connector.
    let port: UInt16
    private let ended: Latch<Void>

    /// Starts the loop, and returns when its loop serves or could not be made.
    init(
        configuration: LoopConfiguration, handler: @escaping @Sendable (TransportEvent) -> Void
    ) throws(WebSocketTransportError) {
        guard configuration.limits.areConsistent, !configuration.subprotocols.isEmpty else {
            throw WebSocketTransportError(
                .inconsistentLimits,
                "The limits of the transport contradict each other, or there is no subprotocol; "
                    + "see TransportLimits.areConsistent.")
        }
        let job = LoopJob(configuration: configuration, mailbox: Mailbox(limits: configuration.limits), handler: handler)
        mailbox = job.mailbox
        ended = job.ended
        try ServiceThread.run(job)
        port = try job.started.wait().get()
    }

    /// Returns when everything is closed, the event handler is released, and the thread has left the library.
    func stop() {
        precondition(!mailbox.isLoopThread, "stop() must not be called from inside an event")
        mailbox.requestStop()
        ended.wait()
    }

    /// Lets a transport that is dropped without `stop()` end by itself.
    func requestStop() { mailbox.requestStop() }
}

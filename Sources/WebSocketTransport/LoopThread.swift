import Glibc
import ReplicationEngine

/// The thread that owns a loop, seen from outside: a handle that any thread may use.
final class LoopThread: Sendable {
    let mailbox: Mailbox
    /// The real port of the listener; 0 for a connector.
    let port: UInt16
    private let ended: Latch<Void>

    /// Starts the thread, and returns when its loop serves or could not be made.
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
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(job)
        let error = pthread_create(&thread, nil, { LoopJob.run($0) }, argument.toOpaque())
        guard error == 0 else {
            argument.release()
            throw WebSocketTransportError(.startFailed, "No thread for the transport: \(systemMessage(error)).")
        }
        // Nobody joins: `stop()` may be called several times, and waits for the latch instead.
        pthread_detach(thread)
        port = try job.started.wait().get()
    }

    func stop() {
        precondition(!mailbox.isLoopThread, "stop() must not be called from inside an event")
        mailbox.requestStop()
        ended.wait()
    }

    /// Lets a transport that is dropped without `stop()` end by itself.
    func requestStop() { mailbox.requestStop() }
}

/// What the new thread is given.
private final class LoopJob: Sendable {
    let configuration: LoopConfiguration
    let mailbox: Mailbox
    let handler: @Sendable (TransportEvent) -> Void
    let started = Latch<Result<UInt16, WebSocketTransportError>>()
    let ended = Latch<Void>()

    init(configuration: LoopConfiguration, mailbox: Mailbox, handler: @escaping @Sendable (TransportEvent) -> Void) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.handler = handler
    }

    static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        Unmanaged<LoopJob>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    private func run() {
        // Signals are for the application's threads.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let loop = ServiceLoop(configuration: configuration, mailbox: mailbox, handler: handler)
        do throws(WebSocketTransportError) {
            let port = try loop.create()
            started.open(with: .success(port))
            loop.run()
        } catch {
            loop.discard()
            started.open(with: .failure(error))
        }
        ended.open(with: ())
    }
}

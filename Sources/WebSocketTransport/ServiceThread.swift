import CLibwebsockets
import Glibc
import ReplicationEngine
import Synchronization

/// A thread with a libwebsockets context, which serves one transport after another and never ends.
///
/// The context is not destroyed either. When libwebsockets 4.1.6 destroys a context that runs under libuv,
/// it closes the descriptor that wakes the context twice, and the second time it is whoever's was given the
/// number meanwhile: a store's file, or a socket. Contexts that stay also leave the process's signal
/// handlers and the indexes of OpenSSL alone, which every new context would touch again. Between two
/// transports the thread waits outside of the library, so that a process which stopped its transports can
/// exit while no thread is inside libwebsockets, libuv or OpenSSL.
///
/// Confined to its thread, and therefore not Sendable.
final class ServiceThread {
    /// Waiting threads, each behind the latch that takes its next job. There are never more than
    /// transports were in use at the same time.
    private static let parked = Mutex<[Latch<LoopJob>]>([])

    private var context: OpaquePointer?
    private var job: LoopJob?
    /// Nil between two transports.
    private(set) var loop: ServiceLoop?
    private lazy var timer = LoopTimer { [unowned self] in timerFired() }

    /// Gives the job to a thread that waits, or to a new one.
    static func run(_ job: LoopJob) throws(WebSocketTransportError) {
        if let seat = parked.withLock({ $0.popLast() }) {
            seat.open(with: job)
            return
        }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(job)
        let error = pthread_create(&thread, nil, { ServiceThread.main($0) }, argument.toOpaque())
        guard error == 0 else {
            argument.release()
            throw WebSocketTransportError(.startFailed, "No thread for the transport: \(systemMessage(error)).")
        }
        // It never ends, so nobody can join it.
        pthread_detach(thread)
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        // Signals are for the application's threads.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        let thread = ServiceThread()
        thread.job = Unmanaged<LoopJob>.fromOpaque(argument).takeRetainedValue()
        thread.main()
        return nil
    }

    /// Returns only if there is no context.
    private func main() {
        let context: OpaquePointer
        do throws(WebSocketTransportError) {
            context = try LibraryContext.make(user: Unmanaged.passUnretained(self).toOpaque())
        } catch {
            job?.started.open(with: .failure(error))
            return
        }
        self.context = context
        if !begin() { serveNext() }
        while true { lws_service(context, 0) }
    }

    /// Starts the transport that the job asks for. False if it could not be made.
    private func begin() -> Bool {
        guard let job, let context else { preconditionFailure("a job is begun by a thread that has a context") }
        let loop = ServiceLoop(
            configuration: job.configuration, mailbox: job.mailbox, handler: job.handler, context: context, timer: timer)
        self.loop = loop
        do throws(WebSocketTransportError) {
            let port = try loop.create()
            job.started.open(with: .success(port))
            return true
        } catch {
            loop.end()
            job.started.open(with: .failure(error))
            return false
        }
    }

    private func timerFired() {
        loop?.timerFired()
        if loop?.isOver == true { serveNext() }
    }

    /// Lets go of the transport that has ended, and waits until the next one is running.
    ///
    /// The library may be further up on the stack, in its timer; nothing of it runs while this waits.
    private func serveNext() {
        repeat {
            let isClean = loop?.isClean ?? true
            let ended = job?.ended
            // The event handler is released before `stop()` returns.
            loop = nil
            job = nil
            let seat = Latch<LoopJob>()
            // A context that still holds sockets would tell the next transport about them.
            if isClean { Self.parked.withLock { $0.append(seat) } }
            ended?.open(with: ())
            job = seat.wait()
        } while !begin()
    }
}

/// What a transport gives to the thread that serves it.
final class LoopJob: Sendable {
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
}

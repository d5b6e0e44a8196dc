import Dispatch
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import ServiceLifecycle
import Synchronization

/// Serves what customers read, sign and watch in a browser.
///
/// Its methods block and are called from a synchronous program's thread, not from a task.
public final class PageServer: Sendable {
    private enum State {
        case idle
        case running(ServiceGroup)
        case stopped
    }

    private let options: PageServerOptions
    private let responder: PageResponder
    private let builder: HTTPServerBuilder
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State.idle)

    /// - Throws: `PageServerError`, if certificate and key cannot be used.
    public init(service: any LinkService, options: PageServerOptions) throws {
        precondition(options.limits.areConsistent, "The limits of the pages contradict each other.")
        self.options = options
        responder = try PageResponder(service: service, options: options)
        builder = try Self.builder(options)
    }

    /// Listens, and returns when visitors can come.
    /// - Returns: the port.
    /// - Throws: `PageServerError`, if it cannot listen there, or was started before.
    public func start() throws -> Int {
        let limits = options.limits
        let begun = Begun()
        let application = Application(
            responder: responder, server: builder,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), backlog: 1_024, availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
            onServerRunning: { channel in begun.put(.success(channel.localAddress?.port ?? 0)) }, logger: nil)
        try state.withLock { state in
            guard case .idle = state else {
                throw PageServerError(.state, "The server of the pages was started before; make another one.")
            }
            state = .running(run(application, begun))
        }
        do {
            return try begun.wait()
        } catch {
            state.withLock { $0 = .stopped }
            throw PageServerError(
                .address, "Nobody can be answered at \(options.host), port \(options.port): another program may listen there. Choose another port, or end that program.",
                cause: "\(error)")
        }
    }

    /// Takes no more requests, lets those that are under way end for `stopSeconds`, and closes. May be called again.
    public func stop() {
        let group: ServiceGroup? = state.withLock { state in
            defer { state = .stopped }
            if case .running(let group) = state { return group }
            return nil
        }
        guard let group else { return }
        responder.gate.close()
        responder.streams.closeAll()
        let deadline = DispatchTime.now() + .seconds(options.limits.stopSeconds)
        while !responder.gate.isEmpty, DispatchTime.now() < deadline { ended.waitBriefly() }
        // Cancelling instead would end the program, where connections are accepted that nobody has begun to answer.
        Task { await group.triggerGracefulShutdown() }
        ended.wait()
    }

    /// Event streams that are open now.
    public var openStreams: Int { responder.streams.count }

    private func run(_ application: Application<PageResponder>, _ begun: Begun) -> ServiceGroup {
        var application = application
        // The framework's own lines name addresses of pages, with their tokens.
        application.logger.logLevel = .critical
        var configuration = ServiceGroupConfiguration(services: [.init(service: application)], logger: application.logger)
        // Whoever sends a request without ever ending it is cut off then.
        configuration.maximumGracefulShutdownDuration = .seconds(options.limits.stopSeconds)
        let group = ServiceGroup(configuration: configuration)
        let ended = ended
        Task.detached {
            do {
                try await group.run()
                begun.put(.failure(CancellationError()))
            } catch {
                begun.put(.failure(error))
            }
            ended.signal()
        }
        return group
    }

    private static func builder(_ options: PageServerOptions) throws -> HTTPServerBuilder {
        var configuration = HTTP1Channel.Configuration(idleTimeout: .seconds(Int64(options.limits.idleSeconds)))
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: options.limits.headerBytes, maxHeaderListSize: options.limits.headerBytes, maxHeaderFieldCount: options.limits.headers)
        guard let files = options.tls else { return .http1(configuration: configuration) }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(files.certificates)
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var tls = TLSConfiguration.makeServerConfiguration(certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
            tls.minimumTLSVersion = .tlsv12
            // What the framework makes only when it begins to listen: a key that belongs to another certificate is told now, and as what it is.
            _ = try TLSChannel(HTTP1Channel(responder: { _, _, _ in }), tlsConfiguration: tls)
            return try .tls(.http1(configuration: configuration), tlsConfiguration: tls)
        } catch {
            throw PageServerError(
                .certificate, "The certificate \(files.certificates) and the key \(files.key) cannot be used. Both have to be PEM files, and belong together.", cause: "\(error)")
        }
    }
}

/// What came of listening, for the thread that waits for it.
private final class Begun: Sendable {
    private let outcome = Mutex<Result<Int, any Error>?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    /// The first outcome counts.
    func put(_ result: Result<Int, any Error>) {
        outcome.withLock { $0 = $0 ?? result }
        ready.signal()
    }

    func wait() throws -> Int {
        ready.wait()
        return try outcome.withLock { try ($0 ?? .failure(CancellationError())).get() }
    }
}

extension DispatchSemaphore {
    /// Between two looks at what others do.
    fileprivate func waitBriefly() {
        if wait(timeout: .now() + .milliseconds(10)) == .success { signal() }
    }
}

import CLibwebsockets
import ReplicationEngine

/// One libwebsockets context and everything that its callbacks touch.
///
/// Confined to the thread that runs it, and therefore not Sendable: that thread creates, runs and destroys
/// it. Other threads leave work in the `mailbox`.
final class ServiceLoop {
    let configuration: LoopConfiguration
    let mailbox: Mailbox
    private let handler: @Sendable (TransportEvent) -> Void

    var context: OpaquePointer?
    /// By the number that the library carries for us as "opaque user data". The library holds no pointer
    /// to any object of ours but this loop, which outlives the context.
    private(set) var connections: [Int: Connection] = [:]
    /// How many of `connections` have completed their handshake.
    private(set) var openCount = 0
    var deadlines = DeadlineQueue()
    lazy var timer = LoopTimer { [unowned self] in timerFired() }
    let strings = CStrings()
    lazy var protocols = ProtocolTable(names: configuration.subprotocols, limits: limits, strings: strings)
    /// One vhost per set of trusted certificates; a vhost has one TLS client context.
    var clientVhosts: [String: OpaquePointer] = [:]

    private(set) var isStopping = false
    private var stopDeadline = UInt64.max
    private var signalsBeforeDestroy: SignalDispositions?
    private var hasDelivered = false
    private var isDraining = false
    /// Reused for every frame that is written.
    var frame: [UInt8] = []

    var limits: TransportLimits { configuration.limits }
    var now: UInt64 { UInt64(lws_now_usecs()) / 1000 }

    init(configuration: LoopConfiguration, mailbox: Mailbox, handler: @escaping @Sendable (TransportEvent) -> Void) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.handler = handler
    }

    /// Serves until the mailbox asks to stop and everything is closed.
    func run() {
        guard let context else { preconditionFailure("the loop runs after it was created") }
        while signalsBeforeDestroy == nil, lws_service(context, 0) >= 0 {}
        // The first call, inside the loop, closed the sockets; this one frees the rest.
        destroyContext(context)
        signalsBeforeDestroy?.restore()
        self.context = nil
        for connection in Array(connections.values) { finish(connection, .lost("The transport was stopped.")) }
    }

    /// Frees what a failed `create()` left behind.
    func discard() {
        guard let context else { return }
        destroyContext(context)
        signalsBeforeDestroy?.restore()
        self.context = nil
    }

    private func destroyContext(_ context: OpaquePointer) {
        mailbox.detach()
        timer.cancel()
        if signalsBeforeDestroy == nil { signalsBeforeDestroy = SignalDispositions() }
        lws_context_destroy(context)
    }

    // MARK: Connections

    func add(_ connection: Connection) {
        connections[connection.key] = connection
        schedule(connection)
    }

    func didOpen(_ connection: Connection, peer: String) {
        connection.phase = .open
        connection.wasOpened = true
        connection.heard = now
        openCount += 1
        schedule(connection)
        deliver(.opened(connection.id, peer: peer))
    }

    /// Takes the connection out of the table, and delivers its last event. The socket is not touched any
    /// more afterwards, because the library is about to free it.
    func finish(_ connection: Connection, _ reason: CloseReason) {
        guard connections.removeValue(forKey: connection.key) != nil else { return }
        connection.socket = nil
        mailbox.remove(connection.id)
        if connection.wasOpened { openCount -= 1 }
        // A peer that never completed its handshake with a listener is unknown to the receiver.
        if connection.wasOpened || connection.endpoint != nil { deliver(.closed(connection.id, reason)) }
        if isStopping, connections.isEmpty { wakeTimer(at: now) }
    }

    func deliver(_ event: TransportEvent) {
        hasDelivered = true
        handler(event)
    }

    // MARK: Work that others left

    /// Looks for work that the receiver of an event left while it was running.
    func drainAfterEvents() {
        guard hasDelivered, !isDraining else { return }
        hasDelivered = false
        drain(includingConnects: false)
    }

    func drain(includingConnects: Bool) {
        guard context != nil, signalsBeforeDestroy == nil, !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        let work = mailbox.takeWork(includingConnects: includingConnects)
        for (id, endpoint) in work.connects { connect(id, to: endpoint) }
        for id in work.touched {
            if let connection = connections[Int(id.rawValue)] { attend(to: connection) }
        }
        if work.isStopping, !isStopping { beginStop() }
    }

    private func attend(to connection: Connection) {
        if let reason = mailbox.closing(of: connection.id) {
            beginClose(connection, reason)
        } else if connection.isOpen, let socket = connection.socket {
            lws_callback_on_writable(socket)
        }
    }

    // MARK: Stopping

    private func beginStop() {
        isStopping = true
        stopDeadline = now + UInt64(limits.closeMilliseconds)
        for connection in Array(connections.values) {
            let reason = CloseReason.local(code: 1001, reason: "going away")
            mailbox.close(connection.id, reason: reason)
            beginClose(connection, mailbox.closing(of: connection.id) ?? reason)
        }
        wakeTimer(at: connections.isEmpty ? now : stopDeadline)
    }

    private func timerFired() {
        checkDeadlines()
        if isStopping, connections.isEmpty || now >= stopDeadline {
            guard signalsBeforeDestroy == nil, let context else { return }
            destroyContext(context)
        } else {
            drainAfterEvents()
        }
    }
}

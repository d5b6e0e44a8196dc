import CLibwebsockets
import ReplicationEngine

/// One transport's share of a libwebsockets context, and everything that the library's callbacks touch.
///
/// Confined to the thread that runs the context, and therefore not Sendable. Other threads leave work in
/// the `mailbox`.
final class ServiceLoop {
    let configuration: LoopConfiguration
    let mailbox: Mailbox
    private let handler: @Sendable (TransportEvent) -> Void

    let context: OpaquePointer
    let timer: LoopTimer
    /// By the number that the library carries for us as "opaque user data".
    private(set) var connections: [Int: Connection] = [:]
    /// How many of `connections` have completed their handshake.
    private(set) var openCount = 0
    var deadlines = DeadlineQueue()
    let strings = CStrings()
    lazy var protocols = ProtocolTable(names: configuration.subprotocols, limits: limits, strings: strings)
    /// One vhost per set of trusted certificates; a vhost has one TLS client context.
    var clientVhosts: [String: OpaquePointer] = [:]
    /// Every vhost that was made and not yet freed.
    var vhosts: Set<OpaquePointer> = []
    /// Where a listener accepts connections; nil for a connector, and once it is closed.
    var door: Door?

    private(set) var isStopping = false
    /// True once nothing is left to serve.
    private(set) var isOver = false
    private var stopDeadline = UInt64.max
    private var stopStep = StopStep.closing
    private var hasDelivered = false
    private var isDraining = false
    /// Reused for every frame that is written.
    var frame: [UInt8] = []

    var limits: TransportLimits { configuration.limits }
    var now: UInt64 { UInt64(lws_now_usecs()) / 1000 }

    init(
        configuration: LoopConfiguration, mailbox: Mailbox, handler: @escaping @Sendable (TransportEvent) -> Void,
        context: OpaquePointer, timer: LoopTimer
    ) {
        self.configuration = configuration
        self.mailbox = mailbox
        self.handler = handler
        self.context = context
        self.timer = timer
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
        if isStopping { wakeTimer(at: now) }
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
        guard !isOver, !isDraining else { return }
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

    private enum StopStep {
        /// Connections say goodbye, until the deadline.
        case closing
        /// The deadline has passed, and the library was told to drop what is left.
        case dropping
        /// All is closed. libuv frees sockets at the end of its turn; the next turn is waited for.
        case freeing
    }

    private func beginStop() {
        isStopping = true
        stopDeadline = now + UInt64(limits.closeMilliseconds)
        closeDoor()
        for connection in Array(connections.values) {
            let reason = CloseReason.local(code: 1001, reason: "going away")
            mailbox.close(connection.id, reason: reason)
            beginClose(connection, mailbox.closing(of: connection.id) ?? reason)
        }
        wakeTimer(at: isEmpty ? now : stopDeadline)
    }

    private var isEmpty: Bool { connections.isEmpty && door == nil }

    /// Called by the thread's timer. Afterwards the loop may be over.
    func timerFired() {
        checkDeadlines()
        if isStopping { continueStop() }
        if !isOver { drainAfterEvents() }
    }

    private func continueStop() {
        let now = now
        switch stopStep {
        case .closing where isEmpty, .dropping where isEmpty:
            stopStep = .freeing
            stopDeadline = now + LibrarySizes.turnMilliseconds
        case .closing where now >= stopDeadline:
            stopStep = .dropping
            for connection in Array(connections.values) { kill(connection) }
            stopDeadline = now + UInt64(limits.closeMilliseconds)
        case .freeing where now >= stopDeadline, .dropping where now >= stopDeadline:
            return end()
        case .closing, .dropping, .freeing:
            break
        }
        wakeTimer(at: stopDeadline)
    }

    /// Gives back what the loop took of the context. Nothing of the library calls it afterwards.
    func end() {
        isOver = true
        mailbox.detach()
        timer.cancel()
        // A vhost that is still in use is not freed, and stays in the set.
        for vhost in vhosts { lws_vhost_destroy(vhost) }
        for connection in Array(connections.values) { finish(connection, .lost("The transport was stopped.")) }
        guard !isClean else { return }
        // The library goes on reading them.
        _ = Unmanaged.passRetained(protocols)
        _ = Unmanaged.passRetained(strings)
    }

    /// True if the context is as it was before this loop.
    var isClean: Bool { vhosts.isEmpty && door == nil }
}

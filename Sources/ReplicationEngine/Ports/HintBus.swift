import ReplicationCore

/// Tells the gateways of one store that somebody committed. Hints are lossy and carry no data: whoever gets
/// one reads the store, and whoever misses one finds out with the next hint or with a commit of its own.
public protocol HintBus: Sendable {
    /// Tells the other gateways, and never waits for them.
    func publish(_ hint: CommitHint, from gateway: GatewayID)

    /// Gives every hint of other gateways from now on to `receive`, on any thread.
    func subscribe(_ gateway: GatewayID, _ receive: @escaping @Sendable (CommitHint) -> Void)

    func unsubscribe(_ gateway: GatewayID)
}

/// The scopes that a commit touched, and the head after it.
public struct CommitHint: Sendable, Equatable {
    public var scopes: Set<Scope>
    public var head: CommitSequence
    /// It changed who may do what, or what may be kept: what is so of every connected replica has to be read anew.
    public var concernsReplicas: Bool

    public init(scopes: Set<Scope>, head: CommitSequence, concernsReplicas: Bool = false) {
        self.scopes = scopes
        self.head = head
        self.concernsReplicas = concernsReplicas
    }
}

/// Names one of the processes, or parts of a process, that serve devices from the same store.
public struct GatewayID: Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

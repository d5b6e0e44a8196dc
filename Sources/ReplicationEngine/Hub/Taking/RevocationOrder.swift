import ReplicationCore

/// An administrator's order to take access away, or to give it back.
public struct RevocationOrder: Sendable {
    public var target: Target
    public var reason: String
    public var administrator: String
    /// Gives access back.
    public var isReinstating: Bool

    public enum Target: Sendable, Equatable {
        /// A replica's id, site or name.
        case device(String)
        /// A user's row id, name or e-mail address.
        case user(String)
    }

    public init(_ target: Target, reason: String, administrator: String, isReinstating: Bool = false) {
        self.target = target
        self.reason = reason
        self.administrator = administrator
        self.isReinstating = isReinstating
    }
}

/// What came of it.
public struct RevocationOutcome: Sendable {
    /// The devices whose access has changed.
    public var replicas: [ReplicaID] = []
    /// Nil for the order about one device.
    public var user: RowID?
    /// Of whom, for people.
    public var name: String
    /// How the devices are called.
    public var devices: [String] = []
    public var isReinstating: Bool
}

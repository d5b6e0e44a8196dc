import ReplicationCore

/// What a service of the hub remembers for itself: links, mails under way, how far it has read the log.
///
/// It is written with the commits that it belongs to and read by the service alone; no device and no log ever has it.
public struct ServiceRecord: Sendable, Equatable {
    public var key: ServiceKey
    /// The row that it belongs to; with the row it is taken away.
    public var owner: RowID?
    /// When it has to be looked at, in Unix milliseconds; nil: not by itself.
    public var due: UInt64?
    /// As the service writes it.
    public var value: [UInt8]

    public init(_ key: ServiceKey, owner: RowID? = nil, due: UInt64? = nil, value: [UInt8]) {
        self.key = key
        self.owner = owner
        self.due = due
        self.value = value
    }
}

public struct ServiceKey: Sendable, Hashable {
    /// Such as `link`.
    public var kind: String
    public var bytes: [UInt8]

    public init(_ kind: String, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}

public enum ServiceChange: Sendable, Equatable {
    /// In the place of one with the same key, if there is one.
    case put(ServiceRecord)
    case remove(ServiceKey)
}

/// What can be read of services' records.
public protocol ServiceReader {
    func serviceRecord(_ key: ServiceKey) throws -> ServiceRecord?
    /// Those of a kind that belong to a row, by key, at most `limit`.
    func serviceRecords(of kind: String, owner: RowID, limit: Int) throws -> [ServiceRecord]
    /// Those of a kind that are due at or before a moment, the longest due first, at most `limit`.
    func serviceRecords(of kind: String, dueBy moment: UInt64, limit: Int) throws -> [ServiceRecord]
    /// When the next of a kind is due.
    func nextDue(of kind: String) throws -> UInt64?
}

/// Something that a service wants written.
public struct ServiceWork: Sendable {
    /// Decides on the state at the head. It may run twice, and depends on nothing but what it reads and was made with.
    public var decide: @Sendable (any HubReader, CommitMoment) throws -> ServicePlan
    /// Runs once the work is durable, or was refused whole; on the thread that commits, so it must not wait for anything.
    public var done: @Sendable (ServiceOutcome) -> Void

    public init(
        decide: @escaping @Sendable (any HubReader, CommitMoment) throws -> ServicePlan,
        done: @escaping @Sendable (ServiceOutcome) -> Void
    ) {
        self.decide = decide
        self.done = done
    }
}

public enum ServiceOutcome: Sendable {
    case done
    /// Nothing of it was written. The reason is for people.
    case refused(String)
}

/// What a service writes, all or nothing.
public struct ServicePlan: Sendable {
    /// Names what is done, so that it is done once: another plan of the same name writes nothing.
    public var identity: ChangesetID
    /// Rows that are made or changed, as an import does, in one changeset of the hub's own; none if it is empty.
    public var rows: [ImportBatch.Row]
    public var records: [ServiceChange]

    public init(_ identity: ChangesetID, rows: [ImportBatch.Row] = [], records: [ServiceChange] = []) {
        self.identity = identity
        self.rows = rows
        self.records = records
    }
}

import ReplicationCore
import ReplicationEngine

/// Whoever watches the nodes of a simulation. Methods are called right after what they tell.
protocol Observer: AnyObject {
    /// A rule was broken.
    func violation(of check: String, _ what: String)

    /// The hub has committed.
    func committed(_ committed: Committed, in store: any HubStore) throws
    /// The hub was restored from a backup, while these devices were there. Comes before `hubStarted`.
    func hubRestored(_ hub: HubIdentity, _ devices: [DeviceNode])
    /// Rows have been purged, with the commit of this sequence. Comes before `committed`.
    func purged(_ rows: [RowKey], at sequence: CommitSequence)
    /// Rows must be nowhere any more. Comes before `committed`; may be told again.
    func erased(_ rows: [RowKey])
    /// The hub is up again after a stop.
    func hubStarted(_ hub: HubNode) throws

    /// A device's user has written.
    func wrote(_ device: DeviceNode, _ commit: LocalCommit, in store: any DeviceStore) throws
    /// A device has taken in what the hub sent about these rows.
    func received(_ device: DeviceNode, _ rows: Set<RowKey>, in store: any DeviceStore) throws
    /// A device has a verdict.
    func judged(_ device: DeviceNode, _ report: VerdictReport)
    /// A device was started again, from its own files or from a copy of an earlier time.
    func deviceStarted(_ device: DeviceNode, isRestored: Bool, in store: any DeviceStore) throws
    /// A device's files were copied.
    func backedUp(_ device: DeviceNode)
    /// A device's last copy was put on a second phone.
    func cloned(_ device: DeviceNode, as clone: DeviceNode)
    /// A device compared digests.
    func compared(_ device: DeviceNode, _ report: DigestReport)
    /// A device has caught up, and compared what it keeps count of with what the hub does.
    func held(_ device: DeviceNode, _ report: HeldReport) throws
}

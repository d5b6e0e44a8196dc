import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What is under way between the hub and a viewer. Each lane keeps its order; between lanes anything may overtake.
struct Link: Sendable {
    /// Commits are pushed; otherwise the viewer asks for pages.
    var isLive = false
    /// Up to where the hub has sent.
    var sent = CatchUpCursor.start
    var data: [Parcel] = []
    var receipts: [WireReceipt] = []
    /// The last counter that went up in this connection.
    var uploaded: UInt64 = 0
    /// The next message has a sum that waits for a verdict.
    var isWaiting = false
    /// Nothing was said yet: the hub has not compared the streams.
    var needsHello = false
}

/// A message with changes, and what the oracle must know of it.
struct Parcel: Sendable {
    let message: WireChanges
    /// The head when the hub made it.
    let position: UInt64
    let rows: [Int]
    let evicted: [Int]
    let complete: UInt64?
}

/// A device: the replica as a value, and its store.
struct Device: Sendable {
    var replica: DeviceReplica
    let store: any DeviceStore
    var link = Link()
    /// By changeset.
    var numbers: [ChangesetID: Int] = [:]
    /// How many writes were made here.
    var written = 0
}

/// A device's files at some moment, and what the oracle knew of its user then.
struct Copy: Sendable {
    let store: MemoryDeviceState
    let viewer: Oracle.Viewer
}

/// Two people behind one replica, each before a page of their own: one stream, and contexts that differ.
struct Gateway: Sendable {
    let record: ReplicaRecord
    var counter: UInt64 = 0
    var root: [UInt8] = []
    var clock = HybridClock()
    var uploaded = 0
    var outbox: [(screen: Int, number: Int, envelope: WireEnvelope)] = []
    var screens: [Screen] = [Screen(), Screen()]
}

/// One person's page: what it was rendered from, and what was sent off from it.
struct Screen: Sendable {
    var confirmed: [Int: RowState] = [:]
    var pending = PendingWrites()
    var receipts: [WireReceipt] = []
    var written = 0
}

/// What can happen next.
public enum Step: Hashable, Sendable, CustomStringConvertible {
    case write(viewer: Int, CellName)
    /// The hub takes the next changeset of a replica.
    case upload(replica: Int)
    /// A verdict reaches its writer.
    case answer(viewer: Int)
    /// The hub reads a page for a device; a page behind a gateway is rendered anew.
    case request(viewer: Int)
    /// The next message with changes reaches a device.
    case deliver(viewer: Int)
    /// The connection is lost and the program starts again.
    case cut(device: Int)
    /// A device's files are copied.
    case backUp(device: Int)
    /// A device goes back to its last copy. What it wrote since is lost with it, as far as the hub has not got it.
    case goBack(device: Int)
    /// The office takes a row out of a replica's scopes, or gives it back.
    case move(row: Int, replica: Int, isIn: Bool)

    public var description: String {
        switch self {
        case .write(let viewer, let cell): "\(viewer) writes \(cell)"
        case .upload(let replica): "the hub takes a changeset of replica \(replica)"
        case .answer(let viewer): "a verdict reaches \(viewer)"
        case .request(let viewer): "the hub reads for \(viewer)"
        case .deliver(let viewer): "changes reach \(viewer)"
        case .cut(let device): "\(device) is cut off and restarts"
        case .backUp(let device): "\(device) is copied"
        case .goBack(let device): "\(device) is restored from its copy"
        case .move(let row, let replica, let isIn): "row \(row) \(isIn ? "enters" : "leaves") replica \(replica)"
        }
    }
}

/// What should not be: found by comparing with the oracle.
public struct Deviation: Error, CustomStringConvertible {
    public let what: String
    public var description: String { what }
}

import ReplicationCore
import WireProtocol

/// A changeset from a device, decoded, on its way into a commit.
public struct Submission: Sendable {
    /// The replica that the connection proved to be.
    public var replica: ReplicaID
    /// The site under which its session was opened; nil where there is no session that could be out of date.
    public var site: Site?
    public var counter: UInt64
    public var predecessor: [UInt8]
    /// The opaque byte string.
    public let bytes: [UInt8]
    public var evidence: ClockEvidence?
    /// That the hub gave for it in earlier epochs, as its sender says.
    public var formerReceipts: [WireReceipt]
    public let content: Content
    /// Of the changeset; derived from the bytes if they are none.
    let identity: ChangesetID
    /// The Merkle root; the hash of the bytes if they are no changeset.
    let root: [UInt8]

    public enum Content: Sendable {
        case decoded(DecodedChangeset)
        /// The bytes are no changeset; they are kept in quarantine, whole.
        case undecodable(WireError)
    }

    /// What it counts for in its device's upload window, in bytes, with what was sent along with it.
    public internal(set) var weight: Int

    /// Decodes what an envelope holds.
    public init(replica: ReplicaID, site: Site? = nil, envelope: WireEnvelope) {
        weight = envelope.weight
        self.replica = replica
        self.site = site
        counter = envelope.counter
        predecessor = Array(envelope.predecessor)
        bytes = Array(envelope.changeset)
        formerReceipts = envelope.formerReceipts
        if envelope.hasClock {
            evidence = ClockEvidence(
                hubMilliseconds: envelope.clock.hubMilliseconds,
                uncertaintyMilliseconds: envelope.clock.uncertaintyMilliseconds)
        }
        do throws(WireError) {
            let changeset = try ChangesetCodec.decode(bytes)
            content = .decoded(changeset)
            identity = changeset.header.identity
            root = changeset.root
        } catch {
            content = .undecodable(error)
            identity = DerivedIdentifier.make("undecodable", [bytes])
            root = ContentHash.of(bytes)
        }
    }

    /// Rows were erased from it before it came.
    var isErasedForm: Bool {
        switch content {
        case .decoded(let changeset): changeset.erasedRows > 0
        case .undecodable: false
        }
    }

    /// What can be told of it: bytes that are no changeset have one verdict for all of them.
    var operationCount: Int {
        switch content {
        case .decoded(let changeset): changeset.operationCount
        case .undecodable: 1
        }
    }
}

/// What became of a submission.
public enum SubmissionOutcome: Sendable {
    /// It has its verdicts: now, or from an earlier time.
    case receipt(WireReceipt, counter: UInt64)
    /// Changesets before it are missing; the stream goes on after this counter.
    case gap(after: UInt64)
    /// The stream has split: the replica goes on under another site.
    case fork(Site)
    /// The replica is not enrolled here.
    case unknownReplica
}

/// The time of a commit, and what belongs to it.
public struct CommitMoment: Sendable {
    /// The hub's wall clock, in Unix milliseconds.
    public var wallMilliseconds: UInt64

    public init(wallMilliseconds: UInt64) { self.wallMilliseconds = wallMilliseconds }
}

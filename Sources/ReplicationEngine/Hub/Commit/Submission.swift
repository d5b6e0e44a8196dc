import ReplicationCore
import WireProtocol

/// A changeset from a device, decoded, on its way into a commit.
public struct Submission: Sendable {
    /// The replica that the connection proved to be.
    public var replica: ReplicaID
    public var counter: UInt64
    public var predecessor: [UInt8]
    /// The opaque byte string.
    public var bytes: [UInt8]
    public var evidence: ClockEvidence?
    public var content: Content

    public enum Content: Sendable {
        case decoded(DecodedChangeset)
        /// The bytes are no changeset; they are kept in quarantine, whole.
        case undecodable(WireError)
    }

    /// Decodes what an envelope holds.
    public init(replica: ReplicaID, envelope: WireEnvelope) {
        self.replica = replica
        counter = envelope.counter
        predecessor = Array(envelope.predecessor)
        bytes = Array(envelope.changeset)
        if envelope.hasClock {
            evidence = ClockEvidence(
                hubMilliseconds: envelope.clock.hubMilliseconds,
                uncertaintyMilliseconds: envelope.clock.uncertaintyMilliseconds)
        }
        do throws(WireError) {
            content = .decoded(try ChangesetCodec.decode(bytes))
        } catch {
            content = .undecodable(error)
        }
    }

    var identity: ChangesetID {
        switch content {
        case .decoded(let changeset): changeset.header.identity
        case .undecodable: DerivedIdentifier.make("undecodable", [bytes])
        }
    }

    /// What can be told of it: bytes that are no changeset have one verdict for all of them.
    var operationCount: Int {
        switch content {
        case .decoded(let changeset): changeset.operationCount
        case .undecodable: 1
        }
    }

    var root: [UInt8] {
        switch content {
        case .decoded(let changeset): changeset.root
        case .undecodable: ContentHash.of(bytes)
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
    /// The replica is not enrolled, or its access was taken away.
    case unknownReplica
}

/// The time of a commit, and what belongs to it.
public struct CommitMoment: Sendable {
    /// The hub's wall clock, in Unix milliseconds.
    public var wallMilliseconds: UInt64

    public init(wallMilliseconds: UInt64) { self.wallMilliseconds = wallMilliseconds }
}

import ReplicationCore
import WireProtocol

/// What the hub keeps of one connection.
struct HubSession: Sendable {
    var phase: Phase
    let peer: String

    enum Phase: Sendable {
        /// Nothing was said yet.
        case opened
        /// Asked to be enrolled; the commit is under way.
        case enrolling
        /// Said hello; its record is being read.
        case greeting(WireHello, receivedMilliseconds: UInt64)
        /// Has to prove itself.
        case challenged(WireHello, ReplicaRecord, Set<Scope>, nonce: [UInt8])
        /// Its stream has split; it is being given a new site.
        case forking
        case open(OpenSession)
        /// Asks what would happen, and changes nothing.
        case previewing(PreviewSubject)
        /// An administrator on this machine.
        case control
        /// Was told to go; what still arrives is ignored.
        case ending
    }
}

/// The state of a session after Welcome.
struct OpenSession: Sendable {
    var replica: ReplicaRecord
    var scopes: Set<Scope>
    var delivery: Delivery
    /// A read is under way for it.
    var isReading = false
    /// The first message of the next catch-up carries `restart`.
    var needsRestart = false
    /// The receipts of releases up to here were sent.
    var receiptsUpTo = CommitSequence.zero
    /// Bytes of changesets in the uploads that have no verdict yet, oldest first.
    var unansweredUploads: [Int] = []
    var unansweredBytes: Int { unansweredUploads.reduce(0, +) }
    /// Changes that the device has not confirmed, oldest first.
    private(set) var unconfirmed: [Unconfirmed] = []
    private(set) var unconfirmedBytes = 0
    /// Digests that wait until everything before them is sent.
    var waitingDigests: WireDigests?
    /// A digest is being computed for it.
    var isDigesting = false
    /// The digest to compute next.
    var nextDigestRequest: UInt64?

    enum Delivery: Sendable {
        /// Reads pages from here on.
        case behind(ChangeCursor)
        /// Holds everything up to the hub's head; commits up to `from` were in the last page.
        case live(from: CommitSequence)
    }

    struct Unconfirmed: Sendable {
        let cursor: [UInt8]
        let bytes: Int
        let complete: CommitSequence?
    }

    var hasCredit: Bool { unconfirmedBytes < ProtocolLimits.changesWindowBytes }

    /// Names what the cursor depends on besides the sequence: with other scopes, another role or another
    /// schema, catch-up starts anew.
    func fingerprint(schema: Schema) -> [UInt8] {
        let text = scopes.sorted().map(\.description).joined(separator: " ")
        return Array(ContentHash.of(Array("\(replica.role) \(schema.version) \(text)".utf8)).prefix(8))
    }

    mutating func sent(_ cursor: [UInt8], bytes: Int, complete: CommitSequence?) {
        unconfirmed.append(Unconfirmed(cursor: cursor, bytes: bytes, complete: complete))
        unconfirmedBytes += bytes
    }

    /// Takes credit back up to and including a cursor.
    /// - Returns: the sequence that the device is now complete up to, if it rose.
    mutating func confirm(_ cursor: [UInt8]) -> CommitSequence? {
        guard let index = unconfirmed.lastIndex(where: { $0.cursor == cursor }) else { return nil }
        let complete = unconfirmed[...index].compactMap(\.complete).max()
        for message in unconfirmed[...index] { unconfirmedBytes -= message.bytes }
        unconfirmed.removeFirst(index + 1)
        return complete
    }
}

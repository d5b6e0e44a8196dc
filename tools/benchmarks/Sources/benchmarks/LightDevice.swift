import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A device that keeps nothing: it enrols, proves itself, uploads what was prepared, and confirms what
/// arrives. On the wire it cannot be told from a real one.
struct LightDevice: Sendable {
    enum Phase: Sendable {
        case away
        case enrolling(code: String, publicKey: [UInt8], privateKey: [UInt8])
        case enrolled
        case greeted
        case open
    }

    struct Identity: Sendable {
        var replica: ReplicaID
        var hub: ReplicaID
        var site: Site
        var user: RowID
        var privateKey: [UInt8]
    }

    var phase = Phase.away
    var connection: ConnectionID?
    var isOpening = false
    var identity: Identity?
    var isCaughtUp = false
    /// When it was complete, on the machine's clock, in nanoseconds.
    var completedAt: UInt64?
    /// It takes what it is sent and never says that it has it, as if its line had gone dead.
    var isStalled = false
    /// Uploads that wait for room, by index, and those that have no verdict yet.
    private var prepared: [PreparedUpload] = []
    private var next = 0
    private var answered = 0
    private var unansweredBytes = 0

    mutating func prepare(_ uploads: [PreparedUpload]) {
        precondition(next == prepared.count && unansweredBytes == 0, "the uploads before are not answered")
        prepared = uploads
        next = 0
        answered = 0
    }

    /// The next upload, if the hub has room for it: the rule of a real device.
    mutating func takeUpload() -> PreparedUpload? {
        let room = ProtocolLimits.uploadWindowBytes - unansweredBytes
        guard next < prepared.count, room >= ProtocolLimits.uploadTargetBytes || unansweredBytes == 0 else { return nil }
        defer { next += 1 }
        unansweredBytes += prepared[next].changesetBytes
        return prepared[next]
    }

    /// One message of verdicts answers one upload.
    mutating func tookVerdicts(_ receipts: Int) -> Bool {
        guard answered < next, prepared[answered].changesets == receipts else { return false }
        unansweredBytes -= prepared[answered].changesetBytes
        answered += 1
        return true
    }

    func hello() -> WireHello {
        var hello = WireHello()
        hello.protocolMinimum = ProtocolLimits.versions.lowerBound
        hello.protocolMaximum = ProtocolLimits.versions.upperBound
        hello.replica = Data(identity?.replica.bytes ?? [])
        hello.site = identity?.site ?? 0
        hello.epoch = 1
        hello.schemaVersion = 1
        hello.app = "benchmarks"
        return hello
    }
}

/// An upload as bytes, made before the clock starts.
struct PreparedUpload: Sendable {
    let frame: [UInt8]
    let changesets: Int
    let changesetBytes: Int
}

/// Writes a device's stream: what its changesets are, and which bytes they become.
struct DeviceStream {
    let user: RowID
    private var counter: UInt64 = 0
    private var root: [UInt8] = []
    private var identifiers = IdentifierGenerator()
    private var random = SystemRandomNumberGenerator()

    init(user: RowID) { self.user = user }

    /// A row to write: a new one, or one whose cells the device was shown at a sequence.
    struct Row {
        var id: RowID
        /// Tells texts of different rows apart.
        var number: Int
        var seen: CommitSequence?
    }

    /// - Returns: uploads of the size that a real device makes.
    mutating func uploads(
        _ rows: [Row], perChangeset: Int, round: Int, basis: CommitSequence,
        largest: Int = ProtocolLimits.uploadTargetBytes
    ) throws -> [PreparedUpload] {
        var uploads: [PreparedUpload] = []
        var message = WireUpload()
        var bytes = 0
        func flush() {
            guard !message.envelopes.isEmpty else { return }
            uploads.append(PreparedUpload(
                frame: WireFrame.bytes(.upload(message)), changesets: message.envelopes.count, changesetBytes: bytes))
            message = WireUpload()
            bytes = 0
        }
        for start in stride(from: 0, to: rows.count, by: perChangeset) {
            let envelope = try envelope(rows[start..<min(start + perChangeset, rows.count)], round, basis)
            let size = envelope.changeset.count
            if bytes + size > largest || message.envelopes.count == ProtocolLimits.changesetsPerUpload { flush() }
            message.envelopes.append(envelope)
            bytes += size
        }
        flush()
        return uploads
    }

    private mutating func envelope(
        _ rows: ArraySlice<Row>, _ round: Int, _ basis: CommitSequence
    ) throws -> WireEnvelope {
        var operations: [CellOperation] = []
        func append(_ row: Row, _ group: UInt32, _ action: Action) {
            operations.append(CellOperation(
                position: UInt32(operations.count), key: RowKey(collection: BenchmarkSchema.item, row: row.id),
                part: Part(group: group), action: action, context: Context(sequence: row.seen ?? .zero)))
        }
        for row in rows {
            if row.seen == nil {
                append(row, 0, .create)
                append(row, BenchmarkSchema.owner, .set([.reference(user)]))
            }
            for group in BenchmarkSchema.texts {
                append(row, group, .set([.text(BenchmarkSchema.sample(row.number, round, group))]))
            }
        }
        let milliseconds = UInt64(Date().timeIntervalSince1970 * 1_000)
        let header = ChangesetHeader(
            identity: identifiers.next(milliseconds: milliseconds, random: &random), author: user,
            role: BenchmarkSchema.role, stamp: HybridTime(milliseconds: milliseconds), schemaVersion: 1, basis: basis)
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        let (bytes, changesetRoot) = try ChangesetCodec.encode(header, operations, saltSeed: salt)
        counter += 1
        var envelope = WireEnvelope()
        envelope.counter = counter
        envelope.predecessor = Data(root)
        envelope.changeset = Data(bytes)
        var clock = WireClockEvidence()
        clock.hubMilliseconds = milliseconds
        clock.uncertaintyMilliseconds = 5
        envelope.clock = clock
        root = changesetRoot
        return envelope
    }
}

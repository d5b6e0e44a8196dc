import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// The other side of a device's protocol, just enough of it to test with: it merges what comes, and the
/// test decides when verdicts and changes are sent. It judges nothing but what it is told to refuse.
struct ScriptedHub {
    static let id = ReplicaID(high: 7, low: 7)
    let schema = TestSchema.schema
    private(set) var rows: [RowKey: RowState] = [:]
    private(set) var number: UInt64 = 0
    private(set) var received: [ChangesetID] = []
    private(set) var lastCounter: UInt64 = 0
    private var site: Site = 3
    var refuse: (CellOperation) -> Refusal? = { _ in nil }
    /// Verdicts and changes that were not sent yet.
    private(set) var receipts: [ChangesetID: WireReceipt] = [:]
    var nextSite: Site?
    /// Every session in which something is uploaded ends with another site.
    var forksAlways = false
    /// The version of its schema that it tells devices.
    var schemaVersion: UInt32 = 1
    private var lastRoot: [UInt8] = []
    /// What it says that every backup holds.
    var safe: CommitSequence?
    /// It was restored: what it has of the epochs before this one.
    var restored: (epoch: UInt32, kept: [CommitSequence])?
    /// Uploads are lost on the way.
    var isDeaf = false

    var head: CommitSequence { CommitSequence(epoch: 1, number: number) }

    // MARK: What others write

    /// Another replica writes; its context is what stands.
    mutating func write(_ key: RowKey, _ part: Part, _ action: Action, seen: CommitSequence? = nil) {
        number += 1
        merge(
            key, part, action, Context(sequence: seen ?? rows[key]?[part]?.sequence ?? .zero),
            identity: ChangesetID(high: 99, low: number), dot: Dot(site: 9, counter: number))
    }

    mutating func create(_ key: RowKey, _ groups: [UInt32: [Value]]) {
        number += 1
        let identity = ChangesetID(high: 99, low: number), dot = Dot(site: 9, counter: number)
        merge(key, .liveness, .create, Context(), identity: identity, dot: dot)
        for (group, values) in groups { merge(key, Part(group: group), .set(values), Context(), identity: identity, dot: dot) }
    }

    /// A derived sum as the hub computes it, naming how far a device's stream is contained.
    mutating func setTally(_ key: RowKey, group: UInt32, _ tally: Tally) {
        number += 1
        rows[key, default: RowState(key: key)][Part(group: group)] = CellState(
            part: Part(group: group), sequence: head, tally: tally)
    }

    /// A cell that devices are not sent any more.
    mutating func forget(_ key: RowKey, _ part: Part) { rows[key]?.cells.removeAll { $0.part == part } }

    // MARK: The protocol

    mutating func receive(_ message: WireMessage) -> [WireMessage.OneOf_Body] {
        switch message.body {
        case .hello:
            var challenge = WireChallenge()
            challenge.nonce = Data(repeating: 1, count: 32)
            challenge.hub = Data(Self.id.bytes)
            challenge.receivedMilliseconds = 5_000_000
            challenge.sentMilliseconds = 5_000_000
            return [.challenge(challenge)]
        case .proof:
            if let nextSite {
                self.nextSite = nil
                return [fork(to: nextSite)]
            }
            var welcome = WireWelcome()
            welcome.protocol = 1
            welcome.epoch = restored?.epoch ?? 1
            welcome.kept = restored?.kept.map { WireSequence($0) } ?? []
            if let safe { welcome.safe = WireSequence(safe) }
            welcome.schemaVersion = schemaVersion
            welcome.lastCounter = lastCounter
            welcome.role = 1
            welcome.head = WireSequence(head)
            welcome.uploadWindow = 1 << 20
            return [.welcome(welcome)]
        case .upload where isDeaf: return []
        case .upload where forksAlways: return [changes(), fork(to: site + 1)]
        case .upload(let upload):
            for envelope in upload.envelopes {
                if envelope.counter == lastCounter + 1, lastCounter > 0, Array(envelope.predecessor) != lastRoot {
                    return [verdicts(), fork(to: site + 1)]
                }
                take(envelope)
            }
            return []
        case .digestRequest(let request): return [.digests(digests(request.request))]
        default: return []
        }
    }

    private mutating func fork(to site: Site) -> WireMessage.OneOf_Body {
        self.site = site
        lastCounter = 0
        lastRoot = []
        var fork = WireFork()
        fork.site = site
        return .fork(fork)
    }

    /// Bytes that are no changeset have their place, and a verdict.
    private mutating func takeUnreadable(_ bytes: [UInt8], _ dot: Dot) {
        let identity: ChangesetID = DerivedIdentifier.make("undecodable", [bytes])
        lastRoot = ContentHash.of(bytes)
        guard !received.contains(identity) else { return }
        number += 1
        received.append(identity)
        let receipt = Receipt(
            identity: identity, dot: dot, root: lastRoot, sequence: head,
            verdicts: [Verdict(outcome: .refused(Refusal(.undecodable, "not a changeset")))])
        receipts[identity] = try? ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))
    }

    private mutating func take(_ envelope: WireEnvelope) {
        lastCounter = max(lastCounter, envelope.counter)
        guard let changeset = try? ChangesetCodec.decode(Array(envelope.changeset)) else {
            return takeUnreadable(Array(envelope.changeset), Dot(site: site, counter: envelope.counter))
        }
        if envelope.counter == lastCounter { lastRoot = changeset.root }
        // Exactly once: the identity decides.
        if received.contains(changeset.header.identity) { return }
        received.append(changeset.header.identity)
        number += 1
        let dot = Dot(site: site, counter: envelope.counter)
        var verdicts: [Verdict] = []
        for operation in changeset.operations.sorted(by: { $0.position < $1.position }) {
            if let refusal = refuse(operation) {
                verdicts.append(Verdict(outcome: .refused(refusal)))
                continue
            }
            merge(operation.key, operation.part, operation.action, operation.context,
                identity: changeset.header.identity, dot: dot)
            verdicts.append(Verdict(
                outcome: .accepted, sequence: rows[operation.key]?[operation.part]?.sequence ?? .zero,
                effective: HybridTime(milliseconds: number)))
        }
        let receipt = Receipt(
            identity: changeset.header.identity, dot: dot, root: changeset.root, sequence: head, verdicts: verdicts)
        receipts[receipt.identity] = try? ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))
    }

    /// What had waited of a changeset is accepted now.
    mutating func release(_ identity: ChangesetID) throws -> WireMessage.OneOf_Body {
        number += 1
        guard let known = receipts[identity] else { return .verdicts(WireVerdicts()) }
        var receipt = try ReceiptCodec.decode(known)
        receipt.sequence = head
        for index in receipt.verdicts.indices {
            guard case .refused(let refusal) = receipt.verdicts[index].outcome, refusal.rule.waitsForRow else { continue }
            receipt.verdicts[index] = Verdict(outcome: .accepted, sequence: head)
        }
        var message = WireVerdicts()
        message.receipts = [try ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))]
        return .verdicts(message)
    }

    private mutating func merge(
        _ key: RowKey, _ part: Part, _ action: Action, _ context: Context, identity: ChangesetID, dot: Dot
    ) {
        let write = Write(
            identity: identity, dot: dot, author: RowID(high: 1, low: 1), role: 1, rank: 0,
            effective: HybridTime(milliseconds: number), sequence: head)
        let policy = schema.collection(key.collection)?.policy(of: part) ?? .lastWriter
        var row = rows[key] ?? RowState(key: key)
        _ = Merge.apply(
            IncomingWrite(write: write, context: context, action: action), to: &row, part: part, policy: policy)
        rows[key] = row
    }

    // MARK: What it sends, when the test says so

    func verdicts() -> WireMessage.OneOf_Body {
        var message = WireVerdicts()
        message.receipts = received.compactMap { receipts[$0] }
        return .verdicts(message)
    }

    /// Whole rows; complete at the head unless the test says otherwise.
    func changes(
        _ keys: [RowKey]? = nil, evicted: [RowKey] = [], complete: CommitSequence? = nil, isRestart: Bool = false
    ) -> WireMessage.OneOf_Body {
        var message = WireChanges()
        message.cursor = Data([1, UInt8(truncatingIfNeeded: number)])
        message.complete = WireSequence(complete ?? head)
        message.restart = isRestart
        for key in (keys ?? Array(rows.keys)).sorted() {
            guard let row = rows[key], let collection = schema.collection(key.collection) else { continue }
            var batch = WireCollectionChanges()
            batch.collection = key.collection
            var change = RowChangeCodec.encode(row, in: collection)
            change.whole = true
            batch.rows = [change]
            message.collections.append(batch)
        }
        for key in evicted {
            var batch = WireCollectionChanges()
            batch.collection = key.collection
            batch.evicted = [Data(key.row.bytes)]
            message.collections.append(batch)
        }
        return .changes(message)
    }

    private func digests(_ request: UInt64) -> WireDigests {
        var sum = DigestSum()
        for row in rows.values { for cell in row.cells { sum.add(CellDigest(of: cell, in: row.key)) } }
        var scope = WireScopeDigest()
        scope.scope = "replica"
        scope.rows = UInt64(rows.count)
        scope.cells = sum.cells
        scope.sum = Data(sum.bytes)
        var message = WireDigests()
        message.request = request
        message.at = WireSequence(head)
        message.scopes = [scope]
        return message
    }
}

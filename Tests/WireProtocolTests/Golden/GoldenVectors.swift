import Crypto
import Foundation
import ReplicationCore
import TestSupport
@testable import WireProtocol

/// Bytes and what they mean, for other implementations: `Fixtures/wire/v1/`. Everything is fixed, so the
/// files change only with the protocol.
enum GoldenVectors {
    static let files: [(name: String, content: JSON)] = [
        ("changesets", .array(changesets.map(\.json))), ("envelope", envelope), ("packed-clocks", packedClocks),
        ("receipt", receipt), ("cell-digests", digests), ("proof", proof), ("derived-identifiers", derived),
        ("frames", frames), ("row-seals", rowSeals), ("fingerprints", fingerprints),
    ]

    // MARK: Changesets

    struct ChangesetVector {
        let name: String
        let header: ChangesetHeader
        let operations: [CellOperation]
        var erased: Set<RowKey> = []

        func made() throws -> (bytes: [UInt8], root: [UInt8]) {
            let (bytes, root) = try ChangesetCodec.encode(header, operations, saltSeed: Samples.seed)
            return (erased.isEmpty ? bytes : try ChangesetCodec.erase(rows: erased, from: bytes), root)
        }

        var json: JSON {
            do {
                let (bytes, root) = try made()
                return .object([
                    ("name", .text(name)), ("bytes", .hex(bytes)), ("root", .hex(root)),
                    ("header", Describe.header(header)),
                    ("operations", .array(operations.filter { !erased.contains($0.key) }.map { Describe.operation($0) })),
                ])
            } catch {
                preconditionFailure("a fixed changeset cannot be written: \(error)")
            }
        }
    }

    static let changesets: [ChangesetVector] = [
        ChangesetVector(name: "plain", header: Samples.header(), operations: Samples.plain),
        ChangesetVector(name: "empty", header: Samples.header(2), operations: []),
        ChangesetVector(name: "pending", header: Samples.header(3), operations: Samples.operations([
            (Samples.key(1), Part(group: 1), .set([.text("caf\u{E9}"), .text("cafe\u{301}")]), Samples.seen(66, pending: [7, 8])),
            (Samples.key(1), Part(group: 2), .set([.null, .integer(.min), .real(-0.5), .bytes([])]), Samples.seen(5, epoch: 1)),
        ])),
        ChangesetVector(name: "delete with covering", header: Samples.header(4), operations: Samples.operations([
            (Samples.key(1), .liveness, .delete(covering: [
                SeenCell(part: .liveness, context: Samples.seen(60)), SeenCell(part: Part(group: 1), context: Samples.seen(66, pending: [3])),
                SeenCell(part: Part(group: 5, element: "red"), context: Samples.seen(9, epoch: 1)),
            ]), Samples.seen(60)),
            (Samples.key(2), .liveness, .restore, Samples.seen(61)),
        ])),
        ChangesetVector(name: "set", header: Samples.header(5), operations: Samples.operations([
            (Samples.key(1), Part(group: 5, element: "red"), .add, Samples.seen(0)),
            (Samples.key(1), Part(group: 5, element: "gr\u{FC}n"), .remove, Samples.seen(64)),
        ])),
        ChangesetVector(name: "counter", header: Samples.header(6), operations: Samples.operations([
            (Samples.key(1), Part(group: 6), .increment(5), Samples.seen(0)),
            (Samples.key(2), Part(group: 6), .increment(-9_007_199_254_740_993), Samples.seen(0)),
        ])),
        ChangesetVector(
            name: "atomic, interleaved rows, job, mends and resolves",
            header: {
                var header = Samples.header(7, isAtomic: true)
                header.job = Samples.changeset(70)
                header.mends = Samples.changeset(71)
                return header
            }(),
            operations: [
                CellOperation(position: 0, key: Samples.key(1), part: Part(group: 1), action: .set([.boolean(false)]), context: Samples.seen(3), resolves: [Samples.row(80)]),
                CellOperation(position: 1, key: Samples.key(2), part: Part(group: 1), action: .set([.boolean(true)]), context: Samples.seen(3)),
                CellOperation(position: 2, key: Samples.key(1), part: Part(group: 2), action: .set([.integer(1)]), context: Samples.seen(3)),
            ]),
        ChangesetVector(name: "erased", header: Samples.header(), operations: Samples.plain, erased: [Samples.key(1)]),
        ChangesetVector(name: "values by key", header: Samples.header(8), operations: Samples.operations([
            (Samples.key(1), Part(group: 9, element: "loyalty"), .set([.text("gold")]), Samples.seen(0)),
            (Samples.key(1), Part(group: 9, element: "size"), .set([.integer(-3)]), Samples.seen(64)),
            (Samples.key(2), Part(group: 9, element: "loyalty"), .set([.null]), Samples.seen(64, pending: [7])),
        ])),
    ]

    private static var envelope: JSON {
        var envelope = WireEnvelope()
        envelope.counter = 12
        envelope.predecessor = Data([UInt8](repeating: 0xCD, count: 32))
        envelope.changeset = Data(bytes { try changesets[1].made().bytes })
        envelope.clock.hubMilliseconds = 1_760_000_000_456
        envelope.clock.uncertaintyMilliseconds = 25
        return .object([
            ("bytes", .hex(bytes { try envelope.serializedBytes() })), ("counter", .big(envelope.counter)),
            ("predecessor", .hex(envelope.predecessor)), ("changeset", .hex(envelope.changeset)),
            ("hubMilliseconds", .big(envelope.clock.hubMilliseconds)), ("uncertaintyMilliseconds", .number(25)),
        ])
    }

    /// What cannot fail for fixed input.
    static func bytes(_ make: () throws -> [UInt8]) -> [UInt8] {
        do {
            return try make()
        } catch {
            preconditionFailure("a fixed vector cannot be written: \(error)")
        }
    }

    // MARK: Cells

    static let rows: [RowState] = {
        var random = SplitMix64(seed: 1)
        return (0..<12).map { _ in PackedRows.row(&random) } + restored + [PackedRows.keyed]
    }()

    /// Rows with writes that a restored hub took in again.
    private static let restored: [RowState] = {
        var random = SplitMix64(seed: 2)
        let places = [CommitSequence(epoch: 1, number: 95), CommitSequence(epoch: 2, number: 300_000)]
        return (1...2).map { count in
            var row = PackedRows.row(&random)
            for cell in row.cells.indices {
                for sibling in row.cells[cell].siblings.indices {
                    row.cells[cell].siblings[sibling].write.sequence = CommitSequence(epoch: 3, number: UInt64(cell + 1))
                    row.cells[cell].siblings[sibling].write.former = FormerPlaces(places.prefix(count))
                }
                if row.cells[cell].sequence.epoch < 3 { row.cells[cell].sequence = CommitSequence(epoch: 3, number: UInt64(cell + 1)) }
            }
            return row
        }
    }()

    private static var packedClocks: JSON {
        .array(rows.map { row in
            .object([
                ("clock", .hex(PackedClock.encode(row, in: PackedRows.collection))),
                ("shown", .array(row.cells.compactMap { cell in
                    PackedClock.shownOutside(of: cell, in: PackedRows.collection).map { values in
                        .object([("group", .number(Int(cell.part.group))), ("values", .array(values.map { Describe.value($0) }))])
                    }
                })),
                ("cells", .array(row.cells.map { Describe.cell($0) })),
            ])
        })
    }

    private static var digests: JSON {
        .array(rows.prefix(4).map { row in
            var all = DigestSum()
            let cells: [JSON] = row.cells.map { cell in
                var sum = DigestSum()
                sum.add(CellDigest(of: cell, in: row.key))
                all.add(CellDigest(of: cell, in: row.key))
                return .object([("cell", Describe.cell(cell)), ("digest", .hex(sum.bytes))])
            }
            return .object([
                ("collection", .number(Int(row.key.collection))), ("row", .text(row.key.row.description)),
                ("cells", .array(cells)), ("sum", .hex(all.bytes)),
            ])
        })
    }

    /// Of more and more rows, by rising key.
    private static var fingerprints: JSON {
        var fingerprint = RangeFingerprint()
        return .array(rows.prefix(4).sorted { $0.key < $1.key }.map { row in
            let digest = RowDigest(of: row.key, cells: row.cells.map { CellDigest(of: $0, in: row.key) })
            fingerprint.add(digest)
            return .object([
                ("key", .hex(row.key.packed)), ("cells", .array(row.cells.map { Describe.cell($0) })),
                ("digest", .hex(digest.bytes)), ("fingerprint", .hex(fingerprint.value.bytes)),
            ])
        })
    }

    // MARK: Receipts and identities

    private static var receipt: JSON {
        do {
            let wire = try ReceiptCodec.encode(Receipts.rich, seal: Receipts.seal)
            return .object([
                ("key", .hex(0..<32)), ("body", .hex(wire.body)), ("seal", .hex(wire.seal)),
                ("identity", .text(Receipts.rich.identity.description)), ("root", .hex(Receipts.rich.root)),
                ("site", .number(3)), ("counter", .big(UInt64(12))), ("sequence", Describe.sequence(Receipts.rich.sequence)),
                ("verdicts", .array(Receipts.rich.verdicts.map { Describe.verdict($0) })),
            ])
        } catch {
            preconditionFailure("a fixed receipt cannot be written: \(error)")
        }
    }

    static let rowSeal = RowSeal(hub: ReplicaID(high: 1, low: 2), key: Receipts.key)

    /// A row of collection 9 as it goes to devices of schema version 3.
    static func sealedRow(_ row: RowState) -> WireRowChange {
        var change = WireRowChange()
        change.row = Data(row.key.row.bytes)
        change.clock = Data(PackedClock.encode(row, in: PackedRows.collection))
        change.values = row.cells.flatMap { PackedClock.shownOutside(of: $0, in: PackedRows.collection) ?? [] }.map { WireValue($0) }
        change.whole = row.cells.count.isMultiple(of: 2)
        rowSeal.seal(&change, in: 9, version: 3)
        return change
    }

    private static var rowSeals: JSON {
        .array(rows.prefix(4).map { row in
            let sealed = sealedRow(row)
            var bare = sealed
            bare.seal = Data()
            return .object([
                ("key", .hex(0..<32)), ("hub", .text(ReplicaID(high: 1, low: 2).description)),
                ("schemaVersion", .number(3)), ("collection", .number(9)),
                ("rowChange", .hex(bytes { try bare.serializedBytes() })), ("seal", .hex(sealed.seal)),
                ("sealed", .hex(bytes { try sealed.serializedBytes() })),
            ])
        })
    }

    static let proofKey = [UInt8](1...32)

    private static var proof: JSON {
        let hub = ReplicaID(high: 1, low: 2), replica = ReplicaID(high: 3, low: 4)
        let nonce = [UInt8](0x40..<0x60)
        do {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: proofKey)
            return .object([
                ("privateKey", .hex(proofKey)), ("publicKey", .hex(key.publicKey.rawRepresentation)),
                ("hub", .text(hub.description)), ("replica", .text(replica.description)), ("nonce", .hex(nonce)),
                ("message", .hex(ReplicaProof.message(hub: hub, replica: replica, nonce: nonce))),
            ])
        } catch {
            preconditionFailure("a fixed key cannot be read: \(error)")
        }
    }

    private static var derived: JSON {
        let cases: [(String, [[UInt8]])] = [
            ("conflict", [[1, 2], [3]]), ("conflict", [[1], [2, 3]]), ("consequence", [Samples.changeset(1).bytes]),
            ("review", []), ("derived row stock", [[], [0]]),
        ]
        return .array(cases.map { purpose, parts in
            let id: RowID = DerivedIdentifier.make(purpose, parts)
            return .object([
                ("purpose", .text(purpose)), ("parts", .array(parts.map { .hex($0) })), ("identifier", .text(id.description)),
            ])
        })
    }

    // MARK: Frames

    static let messages: [(name: String, body: WireMessage.OneOf_Body)] = {
        var hello = WireHello()
        hello.protocolMinimum = 1
        hello.protocolMaximum = 1
        hello.replica = Data(ReplicaID(high: 3, low: 4).bytes)
        hello.site = 5
        hello.epoch = 2
        hello.schemaVersion = 3
        hello.lastCounter = 12
        hello.lastRoot = Data([UInt8](repeating: 0xAB, count: 32))
        hello.cursor = Data([UInt8](0..<20))
        hello.capabilities = ["a"]
        hello.app = "example 1.0"
        hello.sentMilliseconds = 1_760_000_000_000
        var challenge = WireChallenge()
        challenge.nonce = Data([UInt8](0x40..<0x60))
        challenge.hub = Data(ReplicaID(high: 1, low: 2).bytes)
        challenge.receivedMilliseconds = 1_760_000_000_010
        challenge.sentMilliseconds = 1_760_000_000_011
        var welcome = WireWelcome()
        welcome.protocol = 1
        welcome.epoch = 2
        welcome.schemaVersion = 3
        welcome.lastCounter = 12
        welcome.user = Data(Samples.row(900).bytes)
        welcome.role = 2
        welcome.scopes = ["all:all", "user:\(Samples.row(900))"]
        welcome.safe = WireSequence(CommitSequence(epoch: 2, number: 70))
        welcome.head = WireSequence(CommitSequence(epoch: 2, number: 80))
        welcome.uploadWindow = 2 << 20
        return [("hello", .hello(hello)), ("challenge", .challenge(challenge)), ("welcome", .welcome(welcome))] + live
    }()

    /// Live values, and the changes lane in fragments.
    private static let live: [(name: String, body: WireMessage.OneOf_Body)] = {
        var sent = WireSignal()
        sent.signal = 1
        sent.row = Data(Samples.row(13).bytes)
        sent.fields = SignalCodec.fields([2: .text("dispatcher"), 1: .integer(1_760_000_900_000), 3: .null])
        sent.ttlMilliseconds = 60_000
        sent.clock = WireClockEvidence(ClockEvidence(hubMilliseconds: 1_760_000_000_000, uncertaintyMilliseconds: 8))
        var given = sent
        given.ageMilliseconds = 40
        given.order = 7
        given.sender = Data(Samples.row(900).bytes)
        var withdrawn = WireSignal()
        withdrawn.signal = 1
        withdrawn.row = sent.row
        withdrawn.withdrawn = true
        var dropped = WireSignalDropped()
        dropped.signal = 1
        dropped.row = sent.row
        dropped.reason = .signalDropTooFrequent
        dropped.retryAfterMilliseconds = 50
        var fragment = WireFragment()
        fragment.data = Data([UInt8](0..<16))
        fragment.last = true
        var received = WireReceived()
        received.bytes = 1 << 33
        return [
            ("signal-sent", .signal(sent)), ("signal-given", .signal(given)), ("signal-withdrawn", .signal(withdrawn)),
            ("signal-dropped", .signalDropped(dropped)), ("fragment", .fragment(fragment)), ("received", .received(received)),
        ]
    }()

    static func frame(_ body: WireMessage.OneOf_Body) -> WireFrame {
        var message = WireMessage()
        message.body = body
        var frame = WireFrame()
        frame.messages = [message]
        return frame
    }

    private static var frames: JSON {
        .array(messages.map { name, body in
            .object([
                ("name", .text(name)), ("bytes", .hex(bytes { try frame(body).serializedBytes() })),
                // Protobuf's own JSON mapping.
                ("json", .text(String(decoding: bytes { Array(try frame(body).jsonUTF8Data()) }, as: UTF8.self))),
            ])
        })
    }
}

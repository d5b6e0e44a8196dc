import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

struct ChangesetCodecTests {
    @Test(arguments: 0..<40)
    func roundTrips(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<10 {
            let (header, operations) = Samples.changeset(&random)
            let (bytes, root) = try ChangesetCodec.encode(header, operations, saltSeed: random.bytes(16))
            let decoded = try ChangesetCodec.decode(bytes)
            #expect(decoded.header == header)
            #expect(decoded.meaning == operations)
            #expect(decoded.undecodable.isEmpty)
            #expect(decoded.root == root && root.count == 32)
            #expect(decoded.operationCount == operations.count)
        }
    }

    @Test func theRootFollowsFromTheBytesAlone() throws {
        let a = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        let b = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        #expect(a.bytes == b.bytes && a.root == b.root)
        let otherSalt = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed.reversed())
        #expect(otherSalt.root != a.root)
        let otherHeader = try ChangesetCodec.encode(Samples.header(2), Samples.plain, saltSeed: Samples.seed)
        #expect(otherHeader.root != a.root)
    }

    @Test func everyFlippedBitChangesTheRootOrFails() throws {
        let delete = Samples.operations([
            (Samples.key(3), .liveness, .delete(covering: [
                SeenCell(part: Part(group: 5, element: "x"), context: Samples.seen(9, epoch: 1, pending: [4])),
            ]), Samples.seen(9)),
            (Samples.key(4), Part(group: 5, element: "x"), .add, Samples.seen(0, pending: [7])),
        ])
        var flips = 0
        for operations in [Samples.plain, delete] {
            let (bytes, root) = try ChangesetCodec.encode(Samples.header(), operations, saltSeed: Samples.seed)
            for form in [bytes, try ChangesetCodec.erase(rows: [operations[0].key], from: bytes)] {
                for bit in 0..<form.count * 8 {
                    var changed = form
                    changed[bit / 8] ^= 1 << UInt8(bit % 8)
                    flips += 1
                    if let decoded = decoded(changed), decoded.root == root {
                        Issue.record("bit \(bit) of \(Hex.text(form)) is not covered")
                    }
                }
            }
        }
        #expect(flips > 5_000)
    }

    /// What the bytes say, or nil if they are refused with the module's error.
    private func decoded(_ bytes: [UInt8]) -> DecodedChangeset? {
        do throws(WireError) {
            return try ChangesetCodec.decode(bytes)
        } catch {
            return nil
        }
    }

    // MARK: Erasure

    @Test(arguments: 1...6)
    func erasingKeepsTheRootAndHidesTheBytes(rows: Int) throws {
        let secret = "the person's name"
        let operations = Samples.operations((1...rows).map {
            (Samples.key(UInt64($0)), Part(group: 1), .set([.text("\(secret) \($0)")]), Samples.seen(0))
        })
        let (bytes, root) = try ChangesetCodec.encode(Samples.header(), operations, saltSeed: Samples.seed)
        for mask in 1..<(1 << rows) {
            let erased = Set((1...rows).filter { mask >> ($0 - 1) & 1 == 1 }.map { Samples.key(UInt64($0)) })
            let after = try ChangesetCodec.erase(rows: erased, from: bytes)
            let decoded = try ChangesetCodec.decode(after)
            #expect(decoded.root == root)
            #expect(decoded.operations == operations.filter { !erased.contains($0.key) })
            #expect(decoded.header == Samples.header())
            #expect(!contains(after, Samples.seed), "with the seed, a guess could be checked")
            for row in 1...rows {
                #expect(contains(after, Array("\(secret) \(row)".utf8)) == !erased.contains(Samples.key(UInt64(row))))
            }
            // In steps as at once.
            var steps = bytes
            for key in erased { steps = try ChangesetCodec.erase(rows: [key], from: steps) }
            #expect(steps == after)
        }
    }

    @Test func keptRowsKeepTheirSalts() throws {
        let (bytes, _) = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        let before = try WireChangeset(serializedBytes: bytes)
        let erased = try WireChangeset(serializedBytes: ChangesetCodec.erase(rows: [Samples.key(1)], from: bytes))
        var salts = LeafSalt.Source(seed: Samples.seed)
        #expect(Array(erased.headerSalt) == salts.salt(of: 0).bytes)
        #expect(Array(erased.rows[1].salt) == salts.salt(of: 2).bytes)
        #expect(erased.rows[1].operations == before.rows[1].operations)
        #expect(erased.rows[0].salt.isEmpty && erased.rows[0].operations.isEmpty)
    }

    @Test func aWrongSeedIsFound() throws {
        let (bytes, _) = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        var changeset = try WireChangeset(serializedBytes: bytes)
        changeset.saltSeed[0] ^= 1
        let changed: [UInt8] = try changeset.serializedBytes()
        #expect { try ChangesetCodec.decode(changed) } throws: { ($0 as? WireError)?.code == .mismatch }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    // MARK: What this version does not know

    @Test func anUnknownKindIsRefusedAlone() throws {
        let (bytes, _) = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        var changeset = try WireChangeset(serializedBytes: bytes)
        var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
        block.operations[1].kind = .UNRECOGNIZED(99)
        changeset.rows[0].operations = try block.serializedData()
        let decoded = try ChangesetCodec.decode(changeset.serializedBytes())
        #expect(decoded.operations.map(\.position) == [0, 2])
        #expect(decoded.undecodable[1]?.rule == .undecodable)
        #expect(decoded.operationCount == 3)
    }

    @Test(arguments: [OperationKindCase.add, .increment])
    func operandsOfTheWrongKindAreRefusedAlone(_ kind: OperationKindCase) throws {
        let (bytes, _) = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed)
        var changeset = try WireChangeset(serializedBytes: bytes)
        var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
        block.operations[1].kind = kind == .add ? .add : .increment
        changeset.rows[0].operations = try block.serializedData()
        let decoded = try ChangesetCodec.decode(changeset.serializedBytes())
        #expect(decoded.undecodable[1]?.rule == .wrongType)
    }

    enum OperationKindCase { case add, increment }
}

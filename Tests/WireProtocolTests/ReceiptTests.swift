import Crypto
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

struct ReceiptTests {
    @Test func roundTripsAndIsSealed() throws {
        let wire = try ReceiptCodec.encode(Receipts.rich, seal: Receipts.seal)
        #expect(try ReceiptCodec.decode(wire) == Receipts.rich)
        #expect(ReceiptCodec.isSealed(wire, key: Receipts.key))
        #expect(!ReceiptCodec.isSealed(wire, key: SymmetricKey(data: [UInt8](1..<33))))
        for bit in 0..<wire.body.count * 8 {
            var changed = wire
            changed.body[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!ReceiptCodec.isSealed(changed, key: Receipts.key))
        }
        var cut = wire
        cut.seal.removeLast()
        #expect(!ReceiptCodec.isSealed(cut, key: Receipts.key))
    }

    @Test func generatedReceiptsRoundTrip() throws {
        var random = SplitMix64(seed: 31)
        for _ in 0..<300 {
            let sequence = CommitSequence(epoch: 1, number: random.next() % 50 + 1)
            let receipt = Receipt(
                identity: Samples.changeset(random.next() % 100), dot: Dot(site: 2, counter: random.next() % 9),
                root: random.bytes(32), sequence: sequence,
                verdicts: (0..<random.next() % 8).map { _ in
                    if random.oneIn(4) {
                        return Verdict(outcome: .refused(Refusal(
                            Refusal.Rule.allCases[Int(random.next() % 22)], "because")))
                    }
                    return Verdict(
                        outcome: [.accepted, .conflict, .review][Int(random.next() % 3)],
                        sequence: random.oneIn(2) ? sequence : CommitSequence(epoch: 1, number: random.next() % 5),
                        rank: UInt32(random.next() % 2), effective: HybridTime(milliseconds: random.next() % 3 + 1),
                        isLate: random.oneIn(4))
                })
            #expect(try ReceiptCodec.decode(ReceiptCodec.encode(receipt, seal: Receipts.seal)) == receipt)
        }
    }

    @Test func plainVerdictsCostNothing() throws {
        func size(_ count: Int) throws -> Int {
            let sequence = CommitSequence(epoch: 1, number: 9)
            return try ReceiptCodec.encode(Receipt(
                identity: Samples.changeset(1), dot: Dot(site: 1, counter: 1), root: [UInt8](repeating: 1, count: 32),
                sequence: sequence,
                verdicts: Array(repeating: Verdict(outcome: .accepted, sequence: sequence, effective: HybridTime(milliseconds: 4)), count: count)
            ), seal: Receipts.seal).body.count
        }
        #expect(try size(100) == size(1))
    }

    @Test func refusesWhatNoHubWrites() throws {
        func code(_ change: (inout WireReceiptBody) -> Void) throws -> WireError.Code? {
            let wire = try ReceiptCodec.encode(Receipts.rich, seal: Receipts.seal)
            var body = try WireReceiptBody(serializedBytes: wire.body)
            change(&body)
            var changed = wire
            changed.body = try body.serializedData()
            do throws(WireError) {
                _ = try ReceiptCodec.decode(changed)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(try code { _ in } == nil)
        #expect(try code { $0.identity = .init() } == .malformed)
        #expect(try code { $0.root.removeLast() } == .malformed)
        #expect(try code { $0.operations = .max } == .malformed)
        #expect(try code { $0.operations = 1 } == .malformed)
        #expect(try code { $0.verdicts[0].outcome = .UNRECOGNIZED(7) } == .malformed)
        // A rule of a later hub is no error.
        #expect(try code { $0.verdicts[2].rule = 999 } == nil)
    }
}

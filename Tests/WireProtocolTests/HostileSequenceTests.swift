import Crypto
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

/// Sequences that no hub can have given: they end where they are read, because no store can keep them.
struct HostileSequenceTests {
    static let hostile: [CommitSequence] = [
        CommitSequence(epoch: 0, number: 1), CommitSequence(epoch: 0, number: .max),
        CommitSequence(epoch: 1, number: 1 << 48), CommitSequence(epoch: 1, number: .max),
        CommitSequence(epoch: 0x8000, number: 1), CommitSequence(epoch: .max, number: .max),
    ]

    @Test func whatAHubCanGive() {
        for sequence in Self.hostile { #expect(!sequence.isPossible, "\(sequence)") }
        #expect(CommitSequence.zero.isPossible)
        #expect(CommitSequence(epoch: 1, number: 0).isPossible, "the head before the first commit")
        #expect(CommitSequence(epoch: 0x7FFF, number: (1 << 48) - 1).isPossible)
    }

    @Test(arguments: hostile)
    func aBasis(sequence: CommitSequence) throws {
        var header = Samples.header()
        header.basis = sequence
        let bytes = try ChangesetCodec.encode(header, Samples.plain, saltSeed: Samples.seed).bytes
        do throws(WireError) {
            _ = try ChangesetCodec.decode(bytes)
            Issue.record("\(sequence) was read")
        } catch {
            #expect(error.code == .malformed)
        }
    }

    /// A context is refused by itself, and the rest of the changeset stands.
    @Test(arguments: hostile)
    func whatAWriterHasSeen(sequence: CommitSequence) throws {
        var header = Samples.header()
        // Epoch 0 in an operation stands for the epoch of the basis.
        if sequence.epoch == 0 { header.basis = .zero }
        let seen = Context(sequence: sequence)
        let bytes = try ChangesetCodec.encode(header, Samples.operations([
            (Samples.key(1), Part(group: 1), .set([.null]), seen),
            (Samples.key(1), Part(group: 2), .set([.null]), Context()),
            (Samples.key(2), .liveness, .delete(covering: [SeenCell(part: Part(group: 1), context: seen)]), Context()),
        ]), saltSeed: Samples.seed).bytes
        let changeset = try ChangesetCodec.decode(bytes)
        #expect(changeset.undecodable.mapValues(\.rule) == [0: .impossibleContext, 2: .impossibleContext])
        #expect(changeset.operations.map(\.position) == [1])
        #expect(changeset.operationCount == 3)
    }

    @Test(arguments: hostile)
    func aReceipt(sequence: CommitSequence) throws {
        var receipt = Receipts.rich
        receipt.verdicts[0].sequence = sequence
        for receipt in [receipt, Receipt(
            identity: receipt.identity, dot: receipt.dot, root: receipt.root, sequence: sequence, verdicts: [])] {
            let bytes = try ReceiptCodec.encode(receipt, seal: Receipts.seal)
            do throws(WireError) {
                _ = try ReceiptCodec.decode(bytes)
                Issue.record("\(sequence) was read")
            } catch {
                #expect(error.code == .malformed)
            }
        }
    }
}

import Crypto
import ReplicationCore
import WireProtocol

/// Receipts with every kind of verdict, under a fixed key.
enum Receipts {
    static let key = SymmetricKey(data: [UInt8](0..<32))
    static let seal = ReceiptSeal(key: key)

    static let rich = Receipt(
        identity: Samples.changeset(1), dot: Dot(site: 3, counter: 12), root: [UInt8](repeating: 0xAB, count: 32),
        sequence: CommitSequence(epoch: 2, number: 80),
        verdicts: [
            Verdict(outcome: .accepted, sequence: CommitSequence(epoch: 2, number: 80), effective: HybridTime(milliseconds: 50)),
            Verdict(outcome: .conflict, sequence: CommitSequence(epoch: 2, number: 80), rank: 2, effective: HybridTime(milliseconds: 50)),
            Verdict(outcome: .review, sequence: CommitSequence(epoch: 2, number: 80), effective: HybridTime(milliseconds: 51), isLate: true),
            Verdict(outcome: .refused(Refusal(.outsideDomain, "Level is 9."))),
            Verdict(outcome: .accepted, sequence: CommitSequence(epoch: 1, number: 7), effective: HybridTime(milliseconds: 50)),
            Verdict(outcome: .accepted, sequence: .zero, effective: HybridTime(milliseconds: 50)),
        ])
}

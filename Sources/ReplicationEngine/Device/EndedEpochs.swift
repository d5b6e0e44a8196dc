import ReplicationCore
import WireProtocol

/// What a device knows of the hub's restores: which of the epochs that they ended the hub still has how far.
public struct EndedEpochs: Sendable, Equatable {
    /// The hub's epoch when it said so.
    public var epoch: UInt32
    /// The last sequence that the hub still has of each; one that is not listed is lost whole.
    public var kept: [CommitSequence]

    public init(epoch: UInt32 = 0, kept: [CommitSequence] = []) {
        self.epoch = epoch
        self.kept = kept
    }

    init(epoch: UInt32, _ wire: [WireSequence]) throws(WireError) {
        self.epoch = epoch
        kept = []
        guard wire.count <= Int(CommitSequence.highestEpoch) else { throw WireError(.malformed, "more epochs ended than there can be") }
        for sequence in wire { kept.append(try sequence.core()) }
    }

    /// Up to where the hub has each epoch that a restore ended, by rising epoch: what comes after in it is lost.
    var lastKept: [CommitSequence] {
        (1..<max(epoch, 1)).map { epoch in kept.first { $0.epoch == epoch } ?? CommitSequence(epoch: epoch, number: 0) }
    }

    /// True of a place that the hub has lost.
    public func isLost(_ sequence: CommitSequence) -> Bool { kept.isLost(sequence, epoch: epoch) }
}

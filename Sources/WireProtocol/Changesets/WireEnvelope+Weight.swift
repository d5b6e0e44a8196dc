import SwiftProtobuf

extension WireEnvelope {
    /// What it counts for in an upload window, in bytes: its changeset and the receipts that go with it, and never
    /// nothing, since it takes a place in the log whatever it holds.
    public var weight: Int {
        let receipts = formerReceipts.reduce(0) { $0 + $1.body.count + $1.seal.count }
        return max(ProtocolLimits.leastChangesetWeight, changeset.count) + receipts
    }
}

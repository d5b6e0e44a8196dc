import Foundation
import ReplicationCore

extension ChangesetCodec {
    static func wire(_ header: ChangesetHeader, saltSeed: [UInt8]) -> WireChangesetHeader {
        var out = WireChangesetHeader()
        out.identity = Data(header.identity.bytes)
        out.author = Data(header.author.bytes)
        out.role = header.role
        out.stamp = header.stamp.rawValue
        out.schemaVersion = header.schemaVersion
        out.basis = WireSequence(header.basis)
        out.saltCommitment = Data(LeafSalt.commitment(toSeed: saltSeed))
        out.atomic = header.isAtomic
        if let job = header.job { out.job = Data(job.bytes) }
        if let mends = header.mends { out.mends = Data(mends.bytes) }
        if let cause = header.cause { out.cause = Data(cause.bytes) }
        if let discards = header.discards { out.discards = Data(discards.bytes) }
        if let releases = header.releases { out.releases = Data(releases.bytes) }
        if let act = header.act { out.act = WireAdministrativeAct(act) }
        if let salvages = header.salvages { out.salvages = Data(salvages.bytes) }
        return out
    }
}

extension WireSequence {
    public init(_ sequence: CommitSequence) {
        self.init()
        epoch = sequence.epoch
        number = sequence.number
    }

    /// The sequence, if a hub can have given it.
    public func core() throws(WireError) -> CommitSequence {
        let sequence = CommitSequence(epoch: epoch, number: number)
        guard sequence.isPossible else { throw WireError(.malformed, "no hub has given the sequence \(sequence)") }
        return sequence
    }
}

extension WireValue {
    public init(_ value: Value) {
        self.init()
        switch value {
        case .null: break
        case .boolean(let value): boolean = value
        case .integer(let value): integer = value
        case .real(let value): real = value
        case .text(let value): text = value
        case .bytes(let value): bytes = Data(value)
        }
    }

    /// The value, in its only form.
    public func core() throws(WireError) -> Value {
        switch kind {
        case nil: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .real(let value):
            guard let normalized = Value.normalized(real: value) else {
                throw WireError(.malformed, "a real is not finite")
            }
            return normalized
        case .text(let value): return .text(value)
        case .bytes(let value): return .bytes(Array(value))
        }
    }
}

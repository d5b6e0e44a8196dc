import ReplicationCore
import WireProtocol

extension DeviceReplica {
    /// Keeps what was refused of a changeset. Of what had waited, only operations that the user has not dealt with
    /// meanwhile are refused again.
    ///
    /// - Parameter former: the receipt that the hub gave and has lost.
    /// - Returns: what the user has to be told of.
    func quarantine(
        _ changeset: DecodedChangeset, _ receipt: Receipt, after former: Receipt?, isFirst: Bool,
        in store: any DeviceTransaction
    ) throws -> [RefusedOperation] {
        let held = isFirst ? [:] : try refusals(of: receipt.identity, in: store)
        if !isFirst { try store.removeRefusals(of: receipt.identity) }
        var told: [RefusedOperation] = []
        for operation in changeset.operations {
            guard case .refused(let refusal)? = receipt.verdict(at: operation.position)?.outcome,
                isFirst || held[operation.position] != nil || former?.verdict(at: operation.position)?.isAccepted ?? false
            else { continue }
            // Told, but not kept: there is nothing to be mended.
            let isKept = refusal.rule != .erased
            let entry = RefusedOperation(
                identity: receipt.identity, position: operation.position, key: operation.key, refusal: refusal,
                remedy: refusal.rule.remedy)
            if isKept { try store.put(entry) }
            if held[operation.position] != entry { told.append(entry) }
        }
        return told
    }

    /// Lets what an answered changeset mends leave quarantine: the rule of the hub, which does the same.
    func settleMended(
        by changeset: DecodedChangeset, _ verdicts: [Verdict], in store: any DeviceTransaction
    ) throws {
        var mending = Mending(changeset.aimed(at: schema), verdicts)
        var next = changeset.header.mends
        var seen: Set<ChangesetID> = []
        while let identity = next, seen.insert(identity).inserted, let entry = try store.outboxEntry(identity) {
            let mended = try ChangesetCodec.decode(entry.changeset).aimed(at: schema)
            let refused = try refusals(of: identity, in: store)
            let settled = mending.settled(refused.values.map { ($0.position, $0.refusal.rule) }, of: mended)
            try store.removeRefusals(of: identity)
            for operation in refused.values where !settled.contains(operation.position) { try store.put(operation) }
            mending.cells.formUnion(Mending(mended, []).cells)
            next = mending.isWhole ? mended.header.mends : nil
        }
    }

    private func refusals(
        of identity: ChangesetID, in store: any DeviceReader
    ) throws -> [UInt32: RefusedOperation] {
        Dictionary(
            try store.refusals().filter { $0.identity == identity }.map { ($0.position, $0) },
            uniquingKeysWith: { first, _ in first })
    }
}

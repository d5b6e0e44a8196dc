import Crypto
import Foundation
import ReplicationCore

/// Receipts as bytes under the hub's seal.
public enum ReceiptCodec {
    public static func encode(_ receipt: Receipt, seal: ReceiptSeal) throws(WireError) -> WireReceipt {
        var body = WireReceiptBody()
        body.identity = Data(receipt.identity.bytes)
        body.root = Data(receipt.root)
        body.site = receipt.dot.site
        body.counter = receipt.dot.counter
        body.sequence = WireSequence(receipt.sequence)
        body.operations = UInt32(receipt.verdicts.count)
        let common = receipt.verdicts.first { $0.outcome == .accepted }?.effective ?? .zero
        body.effective = common.rawValue
        for (position, verdict) in receipt.verdicts.enumerated() {
            let isPlain = verdict.outcome == .accepted && verdict.sequence == receipt.sequence
                && verdict.rank == 0 && verdict.effective == common && !verdict.isLate
            if !isPlain { body.verdicts.append(wire(verdict, UInt32(position), receipt.sequence, common)) }
        }
        do {
            var out = WireReceipt()
            out.body = try body.serializedData()
            out.seal = seal.code(for: out.body)
            return out
        } catch {
            throw WireError(.malformed, "\(error)")
        }
    }

    /// True if this hub made the receipt.
    public static func isSealed(_ receipt: WireReceipt, key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(receipt.seal, authenticating: receipt.body, using: key)
    }

    public static func decode(_ receipt: WireReceipt) throws(WireError) -> Receipt {
        let body: WireReceiptBody
        do {
            body = try WireReceiptBody(serializedBytes: receipt.body)
        } catch {
            throw WireError(.malformed, "not a receipt: \(error)")
        }
        guard let identity = ChangesetID(bytes: body.identity), body.root.count == 32,
            body.operations <= ProtocolLimits.operationsPerChangeset
        else { throw WireError(.malformed, "a receipt lacks identity or root") }
        let sequence = try body.sequence.core()
        let plain = Verdict(
            outcome: .accepted, sequence: sequence, effective: HybridTime(rawValue: body.effective))
        var verdicts = Array(repeating: plain, count: Int(body.operations))
        for verdict in body.verdicts {
            guard verdict.position < body.operations else {
                throw WireError(.malformed, "a verdict on an operation that is not there")
            }
            verdicts[Int(verdict.position)] = try core(verdict, plain)
        }
        return Receipt(
            identity: identity, dot: Dot(site: body.site, counter: body.counter), root: Array(body.root),
            sequence: sequence, verdicts: verdicts)
    }

    private static func wire(
        _ verdict: Verdict, _ position: UInt32, _ sequence: CommitSequence, _ effective: HybridTime
    ) -> WireOperationVerdict {
        var out = WireOperationVerdict()
        out.position = position
        switch verdict.outcome {
        case .accepted: out.outcome = .accepted
        case .conflict: out.outcome = .acceptedWithConflict
        case .review: out.outcome = .acceptedWithReview
        case .refused(let refusal):
            out.outcome = .refused
            out.rule = refusal.rule.rawValue
            out.detail = refusal.detail
            out.remedy = refusal.rule.remedy
            return out
        }
        if verdict.sequence != sequence { out.sequence = WireSequence(verdict.sequence) }
        out.rank = verdict.rank
        if verdict.effective != effective { out.effective = verdict.effective.rawValue }
        out.late = verdict.isLate
        return out
    }

    private static func core(_ wire: WireOperationVerdict, _ plain: Verdict) throws(WireError) -> Verdict {
        var verdict = plain
        switch wire.outcome {
        case .accepted: verdict.outcome = .accepted
        case .acceptedWithConflict: verdict.outcome = .conflict
        case .acceptedWithReview: verdict.outcome = .review
        case .refused:
            // A rule of a later hub is kept with its text; only its number is not known here.
            let rule = Refusal.Rule(rawValue: wire.rule) ?? .undecodable
            return Verdict(outcome: .refused(Refusal(rule, wire.detail)))
        case .UNRECOGNIZED(let number):
            throw WireError(.malformed, "unknown outcome \(number)")
        }
        if wire.hasSequence { verdict.sequence = try wire.sequence.core() }
        verdict.rank = wire.rank
        if wire.effective != 0 { verdict.effective = HybridTime(rawValue: wire.effective) }
        verdict.isLate = wire.late
        return verdict
    }
}

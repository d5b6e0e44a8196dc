import MailTransport

extension HandoverOutcome {
    var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }
    var refusedForNow: HandoverTrouble? {
        if case .refusedForNow(let trouble) = self { trouble } else { nil }
    }
    var refusedForGood: HandoverTrouble? {
        if case .refusedForGood(let trouble) = self { trouble } else { nil }
    }
    var unknown: HandoverTrouble? {
        if case .unknown(let trouble) = self { trouble } else { nil }
    }
}

/// What customers are written about.
public enum MessageKind: String, Sendable, CaseIterable {
    case signatureRequest = "signature_request"
    case signatureReminder = "signature_reminder"
    case oneTimeCode = "one_time_code"
    case signedCopy = "signed_copy"
    case visitBooked = "visit_booked"
    case visitDayBefore = "visit_day_before"
    case visitOnTheWay = "visit_on_the_way"
    case visitArrivalChanged = "visit_arrival_changed"
    case visitDone = "visit_done"
    case visitCanceled = "visit_canceled"

    /// Without these there is no such message.
    public var needed: Set<MessageFact> {
        switch self {
        case .signatureRequest, .signatureReminder: [.sender, .link, .documents]
        case .oneTimeCode: [.sender, .code, .minutes]
        case .signedCopy: [.sender, .documents]
        case .visitBooked, .visitDayBefore, .visitCanceled: [.sender, .window]
        case .visitOnTheWay: [.sender]
        case .visitArrivalChanged: [.sender, .arrival]
        case .visitDone: [.sender, .link]
        }
    }

    /// All that a template of this kind may name. A one-time code is never sent with a link: whoever has learnt that codes come with links follows
    /// those of others too.
    public var known: Set<MessageFact> {
        let others: Set<MessageFact> =
            switch self {
            case .signatureRequest: [.asker, .note, .done, .expires]
            case .signatureReminder: [.asker, .expires]
            case .oneTimeCode: [.documents]
            case .signedCopy: [.link, .attachment, .expires]
            case .visitBooked, .visitDayBefore: [.link, .title, .site, .technician]
            case .visitOnTheWay: [.link, .title, .site, .technician, .arrival]
            case .visitArrivalChanged: [.link, .title, .site, .technician, .formerArrival]
            case .visitDone: [.title, .technician]
            case .visitCanceled: [.title, .site]
            }
        return needed.union(others).union([.reader])
    }
}

import CustomerMessages
import CustomerPages
import ReplicationCore
import ReplicationEngine

/// Decides what a customer is told of a visit, from what stands in the store.
struct VisitKeeper {
    let records: HubRecords
    let rules: CustomerRules
    /// Unix time in milliseconds.
    let now: UInt64
    /// For a link, if a message brings one.
    let token: LinkToken
    let box: SecretBox

    func draft(for id: RowID) throws -> DeskDraft {
        var draft = DeskDraft()
        let former = try VisitRecord.read(id.bytes, records.reader)
        guard let row = try records.row("appointment", id), let visit = try Visit(row, records), let window = visit.window, let reader = try Reader(visit, records) else {
            if let former { draft.remove(former) }
            try cancelMessages(of: id, &draft)
            return draft
        }
        // What was long over when the hub first heard of it is nobody's news.
        guard former != nil || window.to > Int64(now) else { return draft }
        var record = former ?? VisitRecord(appointment: id, window: window, booked: now)
        if record.window != window {
            record = VisitRecord(appointment: id, window: window, booked: now)
            try cancelMessages(of: id, &draft)
        }
        let schedule = try CustomerSchedule(rules, zone: records.timeZone(of: visit.order))
        try tell(visit, reader, schedule, &record, &draft)
        if record != former { try draft.put(record) }
        return draft
    }

    /// Whom to write to, and how; nil if nobody can be written to, or does not want to be.
    struct Reader {
        let channel: String
        let address: String

        init?(_ visit: Visit, _ records: HubRecords) throws {
            guard let contact = try visit.order.reference("contact").flatMap({ try records.row("contact", $0) }), contact.text("consent") != "withdrawn" else { return nil }
            if let email = contact.address(.email) {
                (channel, address) = ("email", email)
            } else if let phone = contact.address(.sms) {
                (channel, address) = ("sms", phone)
            } else {
                return nil
            }
        }
    }

    private func tell(_ visit: Visit, _ reader: Reader, _ schedule: CustomerSchedule, _ record: inout VisitRecord, _ draft: inout DeskDraft) throws {
        let time = Int64(now)
        record.at = nil
        switch visit.status {
        case "scheduled", "dispatched", "en_route":
            var due = try schedule.visit.due(
                bookedAt: Int64(record.booked), startsAt: record.window.from, sent: Set(record.sent.compactMap { MessageKind(rawValue: $0) }), now: time)
            if !rules.visit.isConfirmed { due.removeAll { $0.kind == .visitBooked } }
            if visit.status == "en_route" { due = [] }
            if let first = due.first, first.at <= time {
                try write(first.kind, visit, reader, &record, &draft)
                // What follows is looked at anew, with this one sent.
                record.at = now + DeskLimits.pause
                return
            }
            record.at = due.first.map { UInt64($0.at) }
            try tellArrival(visit, reader, schedule, &record, &draft)
        case "completed", "posted":
            guard !record.sent.contains(MessageKind.visitDone.rawValue) else { return }
            try cancelMessages(of: visit.row.id, &draft)
            if rules.visit.isDoneTold { try write(.visitDone, visit, reader, &record, &draft) }
        default: try cancelMessages(of: visit.row.id, &draft)
        }
    }

    /// What was to be told of it, and was not handed over, is no news any more.
    private func cancelMessages(of visit: RowID, _ draft: inout DeskDraft) throws {
        for message in try records.rows("message", where: "appointment", names: visit) { DeskMessage.cancel(message, &draft) }
    }

    /// Whether a message is about a visit, and its reader does not want to be written to any more.
    static func isUnwanted(_ message: HubRow, _ records: HubRecords) throws -> Bool {
        guard message.reference("appointment") != nil, let order = try message.reference("work_order").flatMap({ try records.row("work_order", $0) }) else { return false }
        return try order.reference("contact").flatMap { try records.row("contact", $0) }?.text("consent") == "withdrawn"
    }

    private func tellArrival(_ visit: Visit, _ reader: Reader, _ schedule: CustomerSchedule, _ record: inout VisitRecord, _ draft: inout DeskDraft) throws {
        guard rules.arrival.most > 0 else { return }
        var notices = ArrivalNotices(try schedule.arrival, told: record.told)
        let news = ArrivalNotices.News(
            visit.status == "en_route" ? .onTheWay : .planned, window: record.window.from...record.window.to, arrival: visit.row.integer("eta_at"))
        switch notices.take(news, at: Int64(now)) {
        case .send(let kind, let arrival, let former):
            record.told = notices.told
            try write(kind, visit, reader, arrival: arrival, former: former, &record, &draft)
        case .hold(let until): record.at = min(record.at ?? .max, UInt64(until))
        case .nothing: break
        }
    }

    private func write(
        _ kind: MessageKind, _ visit: Visit, _ reader: Reader, arrival: Int64? = nil, former: Int64? = nil, _ record: inout VisitRecord,
        _ draft: inout DeskDraft
    ) throws {
        let purpose: LinkRecord.Purpose = kind == .visitDone ? .survey : .tracking
        let language = try records.language(of: visit.order) ?? "en"
        try draft.put(LinkRecord(
            hash: token.hash, purpose: purpose, subject: visit.row.id, made: now, expires: Self.expiry(of: purpose, record.window, now), language: language))
        record.sent.append(kind.rawValue)
        try DeskMessage(
            order: visit.order.id, kind: kind.rawValue, purpose: "\(kind.rawValue) \(visit.row.id) \(record.booked) \(record.sent.count)",
            appointment: visit.row.id, channel: reader.channel, language: language, address: reader.address, token: token.text, arrival: arrival,
            formerArrival: former
        ).write(at: now, box, &draft)
    }

    private static func expiry(of purpose: LinkRecord.Purpose, _ window: VisitRecord.Window, _ now: UInt64) -> UInt64 {
        purpose == .survey ? now + DeskLimits.survey : max(UInt64(clamping: window.to), now) + DeskLimits.tracking
    }
}

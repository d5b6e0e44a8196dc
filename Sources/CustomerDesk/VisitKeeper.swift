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
    /// By which messages leave.
    let channels: Set<CustomerRules.Channel>

    func draft(for id: RowID) throws -> DeskDraft {
        var draft = DeskDraft()
        let former = try VisitRecord.read(id.bytes, records.reader)
        guard let visit = try Visit(id, records), let window = visit.window, let reader = try Reader(visit, records, by: channels) else {
            if let former { draft.remove(former) }
            try cancelMessages(of: id, &draft)
            return draft
        }
        // What was long over when the hub first heard of it is nobody's news.
        guard former != nil || window.to > Int64(now) else { return draft }
        var record = former ?? VisitRecord(appointment: id, window: window, booked: now)
        // Another visit to whoever heard of it: at another time, or one that does take place.
        let isBack = visit.isPlanned && record.sent.contains(MessageKind.visitCanceled.rawValue)
        if record.window != window || isBack {
            record = VisitRecord(appointment: id, window: window, booked: now)
            try cancelMessages(of: id, &draft)
        }
        let schedule = try CustomerSchedule(rules, zone: records.timeZone(of: visit.order))
        try tell(visit, reader, schedule, &record, &draft)
        if record != former { try draft.put(record) }
        return draft
    }

    /// Whom to write to; nil if nobody can be written to, or does not want to be.
    struct Reader {
        private let addresses: [CustomerRules.Channel: String]

        /// By which channel and where, the wanted one if they can be reached by it and messages leave by it.
        func address(by wanted: CustomerRules.Channel) -> (channel: CustomerRules.Channel, address: String)? {
            addresses[wanted].map { (wanted, $0) } ?? addresses.first.map { ($0.key, $0.value) }
        }

        init?(_ visit: Visit, _ records: HubRecords, by channels: Set<CustomerRules.Channel>) throws {
            guard let contact = try visit.order.reference("contact").flatMap({ try records.row("contact", $0) }), contact.text("consent") != "withdrawn" else { return nil }
            var addresses: [CustomerRules.Channel: String] = [:]
            addresses[.email] = contact.address(.email)
            addresses[.sms] = contact.address(.sms)
            if addresses.isEmpty { return nil }
            let open = addresses.filter { channels.contains($0.key) }
            // Where none is open, the message says what is missing.
            self.addresses = open.isEmpty ? addresses : open
        }
    }

    private func tell(_ visit: Visit, _ reader: Reader, _ schedule: CustomerSchedule, _ record: inout VisitRecord, _ draft: inout DeskDraft) throws {
        let time = Int64(now)
        record.at = nil
        switch visit.status {
        case _ where visit.isPlanned:
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
        case "canceled": try tellCanceled(visit, reader, schedule, &record, &draft)
        default: try cancelMessages(of: visit.row.id, &draft)
        }
    }

    /// Whoever has heard of a visit hears that it does not take place, if that is still to come.
    private func tellCanceled(_ visit: Visit, _ reader: Reader, _ schedule: CustomerSchedule, _ record: inout VisitRecord, _ draft: inout DeskDraft) throws {
        let kind = MessageKind.visitCanceled
        let messages = try records.rows("message", where: "appointment", names: visit.row.id)
        for message in messages where message.text("kind") != kind.rawValue { DeskMessage.cancel(message, &draft) }
        // One that was tried may have arrived, whatever is known of it.
        let heard = messages.filter { $0.text("state") == "sent" || $0.text("state") == "waiting" && ($0.text("kind") == kind.rawValue || ($0.integer("tries") ?? 0) > 0) }
        let last = heard.max { ($0.integer("made_at") ?? 0, $0.id) < ($1.integer("made_at") ?? 0, $1.id) }
        guard rules.visit.isCanceledTold, let last, last.text("kind") != kind.rawValue else { return }
        let allowed = try schedule.quiet.nextAllowed(after: Int64(now))
        guard allowed < record.window.to else { return }
        if allowed <= Int64(now) { try write(kind, visit, reader, &record, &draft) } else { record.at = UInt64(allowed) }
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
        let isAboutArrival = kind == .visitOnTheWay || kind == .visitArrivalChanged
        guard let (channel, address) = reader.address(by: isAboutArrival ? rules.arrival.channel : rules.visit.channel) else { return }
        let language = try records.language(of: visit.order) ?? "en"
        // Of a visit that does not take place there is nothing to be seen.
        let purpose: LinkRecord.Purpose? = kind == .visitCanceled ? nil : kind == .visitDone ? .survey : .tracking
        if let purpose {
            try draft.put(LinkRecord(
                hash: token.hash, purpose: purpose, subject: visit.row.id, made: now, expires: Self.expiry(of: purpose, record.window, now), language: language))
        }
        record.sent.append(kind.rawValue)
        try DeskMessage(
            order: visit.order.id, kind: kind.rawValue, purpose: "\(kind.rawValue) \(visit.row.id) \(record.booked) \(record.sent.count)",
            appointment: visit.row.id, channel: channel.rawValue, language: language, address: address, token: purpose == nil ? nil : token.text, arrival: arrival,
            formerArrival: former
        ).write(at: now, box, &draft)
    }

    private static func expiry(of purpose: LinkRecord.Purpose, _ window: VisitRecord.Window, _ now: UInt64) -> UInt64 {
        purpose == .survey ? now + DeskLimits.survey : max(UInt64(clamping: window.to), now) + DeskLimits.tracking
    }
}

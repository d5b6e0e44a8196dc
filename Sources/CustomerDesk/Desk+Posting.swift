import CustomerMessages
import CustomerPages
import Documents
import Foundation
import MailTransport
import ReplicationCore
import ReplicationEngine
import Synchronization

/// Handing messages over.
extension Desk {
    func sendDueMessages() throws {
        guard let post = options.post else { return }
        while isRunning {
            let now = now
            let due = try store.read { try MailRecord.read(dueBy: now, limit: DeskLimits.dueAtOnce, $0) }
            var isHeldUp = false
            for mail in due where isRunning {
                do { try send(mail, by: post) } catch {
                    isHeldUp = true
                    options.log("a message could not be taken up: \(error)")
                }
            }
            if isHeldUp || due.count < DeskLimits.dueAtOnce { return }
        }
    }

    /// One try. That it begins is on record before it does, and what came of it afterwards: whoever stops in between leaves a message of
    /// which nobody knows, and it is sent again with the same identity, by which servers and programs fold the two.
    func send(_ mail: MailRecord, by post: Post) throws {
        let started = now
        let tries = mail.tries + 1
        let isBegun = Mutex(false)
        try settle { records, _ in
            var draft = DeskDraft()
            isBegun.withLock { $0 = false }
            // It may have been canceled meanwhile.
            guard var mail = try MailRecord.read(mail.keyBytes, records.reader), mail.tries < tries else { return draft }
            if let message = try records.row("message", mail.message), try VisitKeeper.isUnwanted(message, records) {
                DeskMessage.cancel(message, &draft)
                return draft
            }
            isBegun.withLock { $0 = true }
            mail.tries = tries
            mail.next = started + DeskLimits.unanswered
            try draft.put(mail)
            draft.write("message", mail.message, ["tries": .integer(Int64(tries)), "next_try": .integer(Int64(mail.next))])
            return draft
        }
        guard isBegun.withLock({ $0 }) else { return }
        do {
            let composed = try store.read { try MessageWriter(desk: self, records: HubRecords($0, schema)).compose(mail, post) }
            note(try handOver(composed, post), of: mail)
        } catch where error is DeskError || error is MessageError || error is MailError {
            // It will not be better the next time.
            note(.refusedForGood(HandoverTrouble(.local, "The message cannot be made: \(error)")), of: mail)
        } catch {
            note(.refusedForNow(HandoverTrouble(.local, "What the message is made of cannot be read: \(error)")), of: mail)
        }
    }

    private func handOver(_ composed: MessageWriter.Composed, _ post: Post) throws -> HandoverOutcome {
        switch composed {
        case .mail(let message): SMTPClient.send(message, to: post.server, cancellation: cancellation)
        case .sms(let text, let number):
            if let gateway = post.gateway {
                try gateway.send(text, to: number, cancellation: cancellation)
            } else {
                .refusedForGood(HandoverTrouble(.configuration, "No gateway for short messages is set up. Start the hub with one: converge serve --sms FILE"))
            }
        }
    }

    func note(_ outcome: HandoverOutcome, of mail: MailRecord) {
        let state: String, trouble: String?
        let next = RetryPlan.next(after: mail.tries + 1, dueAt: Int64(mail.first), failedAt: Int64(now), message: mail.message.description)
        switch outcome {
        case .accepted: (state, trouble) = ("sent", nil)
        case .refusedForGood(let why): (state, trouble) = ("failed", why.explanation)
        case .refusedForNow(let why), .unknown(let why):
            // An end that the hub wanted itself says nothing of the server.
            if why.cause == .cancelled { return }
            (state, trouble) = (next == nil ? "failed" : "waiting", why.explanation)
        }
        do {
            try settle { records, now in
                var draft = DeskDraft()
                let waiting = try MailRecord.read(mail.keyBytes, records.reader)
                // One that was canceled while it was under way stays so, unless it has gone.
                guard let message = try records.row("message", mail.message), waiting != nil || state == "sent" else { return draft }
                draft.write("message", message.id, [
                    "state": .text(state), "trouble": trouble.map { .text(String($0.prefix(500))) } ?? .null,
                    "sent_at": state == "sent" ? .integer(Int64(now)) : .null,
                ])
                if state == "waiting", let next, var waiting {
                    waiting.next = UInt64(next)
                    try draft.put(waiting)
                    draft.write("message", message.id, ["next_try": .integer(next)])
                } else {
                    draft.remove(mail)
                    draft.write("message", message.id, ["next_try": .null])
                }
                try MessageOutcome(records: records, now: now).note(state, trouble, of: message, mail, &draft)
                return draft
            }
        } catch {
            options.log("what became of a message could not be written; it is tried again: \(error)")
        }
        if trouble != nil { options.log("a message was not handed over: \(trouble ?? "")") }
    }
}

/// What follows for a request when a message about it was handed over, or was not.
struct MessageOutcome {
    let records: HubRecords
    let now: UInt64

    func note(_ state: String, _ trouble: String?, of message: HubRow, _ mail: MailRecord, _ draft: inout DeskDraft) throws {
        guard let request = try message.reference("request").flatMap({ try records.row("signature_request", $0) }),
            let kind = message.text("kind"), kind.hasPrefix("signature_re")
        else { return }
        guard let link = try mail.link.flatMap({ try LinkRecord.read($0, records.reader) }) else { return }
        let isReminder = kind == "signature_reminder"
        // Of a link that is over, the request has another by now, or wants none.
        let isLive = link.ended == nil
        let isAwaited = isLive && !isReminder && request.text("state") == "waiting"
        switch state {
        case "sent":
            if isAwaited {
                draft.write("signature_request", request.id, ["state": .text("sent"), "sent_at": .integer(Int64(now)), "trouble": .null])
            } else if isLive, request.text("trouble") != nil {
                draft.write("signature_request", request.id, ["trouble": .null])
            }
            for document in link.documents {
                DeskEvent(request: request, order: mail.order, document: document.id, formHash: document.formHash, at: now)
                    .write(isReminder ? .reminded : .sent, part: message.id.description, &draft)
            }
        case "failed":
            // A reminder that does not arrive changes nothing about the link that did.
            if isAwaited {
                draft.write("signature_request", request.id, ["state": .text("failed"), "trouble": trouble.map { .text(String($0.prefix(500))) } ?? .null])
            } else if isLive {
                draft.write("signature_request", request.id, ["trouble": trouble.map { .text(String($0.prefix(500))) } ?? .null])
            }
        default:
            if isLive { draft.write("signature_request", request.id, ["trouble": trouble.map { .text(String($0.prefix(500))) } ?? .null]) }
        }
    }
}

import CustomerPages
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A message to a customer, before it is in the store.
struct DeskMessage {
    var order: RowID
    var kind: String
    /// What it is for: the same thing is written once.
    var purpose: String
    var request: RowID?
    var appointment: RowID?
    var channel: String
    var language: String
    var address: String
    /// The token of the link that it brings.
    var token: String?
    var code: String?
    var arrival: Int64?
    var formerArrival: Int64?

    var id: RowID { DerivedIdentifier.make("message", [Array(purpose.utf8)]) }

    func write(at now: UInt64, _ box: SecretBox, _ draft: inout DeskDraft) throws {
        draft.write("message", id, [
            "work_order": .reference(order), "kind": .text(kind), "purpose": .text(purpose), "request": request.map { .reference($0) } ?? .null,
            "appointment": appointment.map { .reference($0) } ?? .null, "channel": .text(channel), "language": .text(language),
            "made_at": .integer(Int64(now)), "address": .text(address), "state": .text("waiting"), "tries": .integer(0), "next_try": .integer(Int64(now)),
        ])
        try draft.put(MailRecord(
            message: id, order: order, first: now, next: now, link: token.flatMap { LinkToken(text: $0)?.hash }, secret: try secret(box), arrival: arrival,
            formerArrival: formerArrival))
    }

    private func secret(_ box: SecretBox) throws -> [UInt8]? {
        token == nil && code == nil ? nil : try box.seal(.init(token: token, code: code), for: id)
    }

    /// What has not been handed over is not sent any more.
    static func cancel(_ message: HubRow, _ draft: inout DeskDraft) {
        guard message.text("state") == "waiting" else { return }
        draft.write("message", message.id, ["state": .text("canceled"), "next_try": .null])
        draft.records.append(.remove(ServiceKey(MailRecord.kind, message.id.bytes)))
    }
}

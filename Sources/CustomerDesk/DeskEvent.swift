import CustomerPages
import Documents
import ReplicationCore
import WireProtocol

/// What happened through a link, for the ledger of events.
struct DeskEvent {
    var request: HubRow
    var order: RowID
    var document: RowID
    var formHash: [UInt8]
    /// Unix time in milliseconds.
    var at: UInt64
    var visitor: Visitor?
    /// Who did it, as they said; the person who was asked, if nobody else.
    var person: String?
    var hashBefore: [UInt8]?
    var hashAfter: [UInt8]?

    /// - Parameter part: what parts it from another event of the kind: one of each is written.
    func write(_ kind: SignatureEvent.Kind, part: String = "", note: String? = nil, _ draft: inout DeskDraft) {
        let place = request.text("place") ?? ""
        let event = SignatureEvent(
            order: order, document: document, place: place, person: person ?? request.text("signer_name") ?? "", formHash: formHash,
            milliseconds: Int64(at))
        var fields = event.fields(kind, note: note)
        fields["request"] = .reference(request.id)
        if let visitor {
            fields["address"] = .text(String(visitor.address.prefix(64)))
            fields["agent"] = .text(String(visitor.agent.prefix(300)))
        }
        if let hashBefore { fields["hash_before"] = .bytes(hashBefore) }
        if let hashAfter { fields["hash_after"] = .bytes(hashAfter) }
        let id: RowID = DerivedIdentifier.make(
            "signature event", [request.id.bytes, document.bytes, Array(kind.rawValue.utf8), Array(part.utf8)])
        draft.write("signature_event", id, fields)
    }
}

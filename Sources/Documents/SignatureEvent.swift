import ReplicationCore

/// What happened to a document on its way to a signature, as a row of `signature_event`.
public struct SignatureEvent: Sendable {
    public var order: RowID
    public var document: RowID
    /// In the document, as its form names it.
    public var place: String
    /// Who it is about, as they said.
    public var person: String
    public var formHash: [UInt8]
    /// Unix time.
    public var milliseconds: Int64

    public enum Kind: String, Sendable, CaseIterable {
        case sent, reminded, opened, presented, consented, signed, declined, withdrawn, expired, undelivered, completed
        case codeSent = "code_sent"
        case codeVerified = "code_verified"
    }

    public init(order: RowID, document: RowID, place: String, person: String, formHash: [UInt8], milliseconds: Int64) {
        self.order = order
        self.document = document
        self.place = place
        self.person = person
        self.formHash = formHash
        self.milliseconds = milliseconds
    }

    public func fields(_ kind: Kind, note: String? = nil) -> [String: Value] {
        var fields: [String: Value] = [
            "work_order": .reference(order), "document": .reference(document), "event": .text(kind.rawValue),
            "happened_at": .integer(milliseconds), "place": .text(place), "person": .text(person), "form_hash": .bytes(formHash),
        ]
        if let note { fields["note"] = .text(note) }
        return fields
    }
}

extension DocumentForm {
    /// What becomes of a document that was signed in these places: where more than one has to sign, the first signature is not the end of it.
    public func state(signedAt names: Set<String>) -> String { places.allSatisfy { names.contains($0.name) } ? "signed" : "viewed" }
}

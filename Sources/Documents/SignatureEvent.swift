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
    /// Shared by the events of documents that were signed together; nil where there is one document.
    public var session: RowID?
    /// The program or device that it happened on; nil where nobody knows.
    public var agent: String?

    public enum Kind: String, Sendable, CaseIterable {
        case sent, reminded, opened, presented, consented, signed, declined, withdrawn, expired, undelivered, completed
        case codeSent = "code_sent"
        case codeVerified = "code_verified"
    }

    public init(order: RowID, document: RowID, place: String, person: String, formHash: [UInt8], milliseconds: Int64, session: RowID? = nil) {
        self.order = order
        self.document = document
        self.place = place
        self.person = person
        self.formHash = formHash
        self.milliseconds = milliseconds
        self.session = session
    }

    public func fields(_ kind: Kind, note: String? = nil) -> [String: Value] {
        var fields: [String: Value] = [
            "work_order": .reference(order), "document": .reference(document), "event": .text(kind.rawValue),
            "happened_at": .integer(milliseconds), "place": .text(place), "person": .text(person), "form_hash": .bytes(formHash),
        ]
        if let agent { fields["agent"] = .text(agent) }
        if let note { fields["note"] = .text(note) }
        if let session { fields["session"] = .text(session.description) }
        return fields
    }
}

extension DocumentForm {
    /// What becomes of a document that was signed in these places: where more than one has to sign, the first signature is not the end of it.
    /// Optional places are waited for by nobody.
    public func state(signedAt names: Set<String>) -> String {
        places.allSatisfy { $0.isOptional || names.contains($0.name) } && places.contains { names.contains($0.name) } ? "signed" : "viewed"
    }
}

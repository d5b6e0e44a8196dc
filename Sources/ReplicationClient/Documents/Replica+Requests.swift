import Documents
import ReplicationCore
import ReplicationEngine

/// Signatures of people who are not there: the hub sends them a link.
extension Replica {
    /// Asks for a signature. The link is sent when the hub has the request and what the documents say.
    ///
    /// - Parameters:
    ///   - documents: of one order, at most 20.
    ///   - asking: who is to sign where, and by which link.
    ///   - id: the request's row; a new one without it.
    /// - Returns: the request, whose state tells what became of it.
    /// - Throws: `ReplicaError`: `noSuchDocument` also if they belong to several orders; `noSuchPlace`. `DeviceError`.
    @discardableResult
    public func requestSignature(of documents: [RowID], _ asking: SignatureAsking, as id: RowID? = nil) throws -> RowID {
        let orders = Set(try open(documents, at: asking.place).map(\.order))
        guard let order = orders.first, orders.count == 1 else {
            throw ReplicaError(.noSuchDocument, "A request is about one or more documents of the same order.")
        }
        var request: RowID?
        try write { transaction in
            let row = try transaction.create("signature_request", id: id, asking.fields(order))
            for document in documents { try transaction.add("signature_request", row, "documents", document.description) }
            request = row
        }
        guard let request else { throw ReplicaError(.stopped, "The request was not written.") }
        return request
    }

    /// Has a link sent again; the former ones lead nowhere then.
    public func sendAgain(_ request: RowID) throws {
        let now = wallTime
        try write { try $0.set("signature_request", request, ["again_at": .integer(now)]) }
    }

    /// Takes a request back: its links lead nowhere from when the hub knows.
    public func withdrawRequest(_ request: RowID) throws {
        try write { try $0.set("signature_request", request, ["standing": .text("withdrawn")]) }
    }
}

/// Who is to sign, and how they are reached.
public struct SignatureAsking: Sendable {
    /// In the documents, as their forms name it.
    public var place: String
    public var name: String
    /// Without one, that of the contact.
    public var email: String?
    public var phone: String?
    public var contact: RowID?
    /// BCP 47; without one, the documents'.
    public var language: String?
    /// A personal line.
    public var message: String?

    public init(
        place: String, name: String, email: String? = nil, phone: String? = nil, contact: RowID? = nil, language: String? = nil, message: String? = nil
    ) {
        self.place = place
        self.name = name
        self.email = email
        self.phone = phone
        self.contact = contact
        self.language = language
        self.message = message
    }

    fileprivate func fields(_ order: RowID) -> [String: Value] {
        var fields: [String: Value] = ["work_order": .reference(order), "place": .text(place), "signer_name": .text(name)]
        for (field, text) in [("signer_email", email), ("signer_phone", phone), ("language", language), ("message", message)] {
            if let text { fields[field] = .text(text) }
        }
        if let contact { fields["contact"] = .reference(contact) }
        return fields
    }
}

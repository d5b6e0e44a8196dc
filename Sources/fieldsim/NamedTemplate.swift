import Documents
import ReplicationClient
import ReplicationCore

extension Replica {
    /// The template that somebody means by a word: a kind of document, one of the company's templates, or one of those that ship.
    ///
    /// - Returns: nil if there is none; of a kind, if the company has none for this order.
    /// - Throws: `DocumentError`.
    func template(called name: String, about order: RowID) throws -> DocumentTemplate? {
        if let kind = DocumentKind(rawValue: name) { return try template(kind: kind, about: order) }
        if let template = try template(named: name) { return template }
        return try DocumentTemplate.shipped[name].map { try DocumentTemplate.read($0) }
    }
}

import Crypto
import Foundation
import ReplicationCore

/// A form as bytes, by which it is signed: JSON as RFC 8785 writes it, so that every language comes to the same ones.
///
/// Members stand in the order of their names, there is no white space, and the only numbers are integers.
public struct CanonicalForm: Equatable, Sendable {
    public static let mediaType = "application/vnd.converge.form+json"

    public let form: DocumentForm
    public let bytes: [UInt8]
    /// SHA-256 of the bytes: what signatures name.
    public let hash: [UInt8]

    /// - Throws: `DocumentError`: `tooLarge`; `notCanonical` for lists that `DocumentMaker` does not make.
    public init(_ form: DocumentForm) throws {
        try Self.check(form)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = [UInt8](try encoder.encode(form))
        guard bytes.count <= DocumentLimits.formBytes else {
            throw DocumentError(.tooLarge, "The document \(form.title.prefix(60)) has \(bytes.count) bytes without its pictures; at most \(DocumentLimits.formBytes) are taken. Let its template show less.")
        }
        self.form = form
        self.bytes = bytes
        hash = Array(SHA256.hash(data: bytes))
    }

    /// Lists can be long, and are compared again and again: each once, with its rows in order, and no more than a document has.
    private static func check(_ form: DocumentForm) throws {
        guard form.listed.count <= DocumentLimits.lists, form.listed.reduce(0, { $0 + $1.rows.count }) <= DocumentLimits.listedRows else {
            throw DocumentError(.tooLarge, "The document \(form.title.prefix(60)) lists more than \(DocumentLimits.lists) times, or more than \(DocumentLimits.listedRows) rows. Let its template show less.")
        }
        let names = Set(form.listed.map { [$0.collection, $0.field, $0.row] })
        let isSound = !form.hasEmptyLists && names.count == form.listed.count && form.listed.allSatisfy { list in
            let rows = list.rows.map { RowID($0) }
            return RowID(list.row)?.description == list.row && zip(rows, list.rows).allSatisfy { $0?.description == $1 }
                && zip(rows, rows.dropFirst()).allSatisfy { a, b in a.flatMap { a in b.map { a < $0 } } ?? false }
        }
        guard isSound else { throw DocumentError(.notCanonical, "The document \(form.title.prefix(60)) has lists that nobody makes: empty, twice the same, or with rows out of order.") }
    }

    /// Reads bytes that somebody else made.
    /// - Throws: `DocumentError`: `tooLarge`, or `notCanonical` for whatever `init(_:)` would not have written.
    public init(reading bytes: [UInt8]) throws {
        guard bytes.count <= DocumentLimits.formBytes else {
            throw DocumentError(.tooLarge, "A document's form has at most \(DocumentLimits.formBytes) bytes; these are \(bytes.count).")
        }
        let form: DocumentForm
        do {
            form = try JSONDecoder().decode(DocumentForm.self, from: Data(bytes))
        } catch {
            throw DocumentError(.notCanonical, "This is no document's form: \(error)")
        }
        try self.init(form)
        guard self.bytes == bytes else {
            throw DocumentError(.notCanonical, "This is a document's form with other bytes than its content has: members in another order, white space, or members that are not known here. What was signed cannot be told from it.")
        }
    }
}

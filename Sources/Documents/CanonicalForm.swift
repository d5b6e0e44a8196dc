import Crypto
import Foundation

/// A form as bytes, by which it is signed: JSON as RFC 8785 writes it, so that every language comes to the same ones.
///
/// Members stand in the order of their names, there is no white space, and the only numbers are integers.
public struct CanonicalForm: Equatable, Sendable {
    public static let mediaType = "application/vnd.converge.form+json"

    public let form: DocumentForm
    public let bytes: [UInt8]
    /// SHA-256 of the bytes: what signatures name.
    public let hash: [UInt8]

    /// - Throws: `DocumentError.Code.tooLarge`.
    public init(_ form: DocumentForm) throws {
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

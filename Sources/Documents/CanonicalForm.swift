import Crypto
import Foundation

/// A form as bytes, by which it is signed: JSON as RFC 8785 writes it, so that every language comes to the same ones.
///
/// Members stand in the order of their names, there is no white space, and the only numbers are integers.
public struct CanonicalForm: Hashable, Sendable {
    public static let mediaType = "application/vnd.converge.form+json"

    public let bytes: [UInt8]
    /// SHA-256 of the bytes: what signatures name.
    public var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// - Throws: `DocumentError.Code.tooLarge`.
    public init(_ form: DocumentForm) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = [UInt8](try encoder.encode(form))
        guard bytes.count <= DocumentLimits.formBytes else {
            throw DocumentError(.tooLarge, "The document \(form.title.prefix(60)) has \(bytes.count) bytes without its pictures; at most \(DocumentLimits.formBytes) are taken. Let its template show less.")
        }
        self.bytes = bytes
    }

    /// Reads bytes that somebody else made.
    /// - Throws: `DocumentError`: `tooLarge`, or `notCanonical` for whatever `init(_:)` would not have written.
    public static func read(_ bytes: [UInt8]) throws -> DocumentForm {
        guard bytes.count <= DocumentLimits.formBytes else {
            throw DocumentError(.tooLarge, "A document's form has at most \(DocumentLimits.formBytes) bytes; these are \(bytes.count).")
        }
        let form: DocumentForm
        do {
            form = try JSONDecoder().decode(DocumentForm.self, from: Data(bytes))
        } catch {
            throw DocumentError(.notCanonical, "This is no document's form: \(error)")
        }
        guard try CanonicalForm(form).bytes == bytes else {
            throw DocumentError(.notCanonical, "This is a document's form with other bytes than its content has: members in another order, white space, or members that are not known here. What was signed cannot be told from it.")
        }
        return form
    }
}

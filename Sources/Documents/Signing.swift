import Crypto
import ReplicationCore

/// Who signs a document, and how.
public struct Signing: Sendable {
    /// The place in the document, as its form names it.
    public var place: String
    public var name: String
    /// Such as "Head of operations"; may be empty.
    public var role: String
    public var mark: Mark

    public enum Mark: Sendable {
        case drawn(SignatureStrokes)
        /// The name that was typed stands for the signature.
        case typed

        fileprivate var bytes: [UInt8]? {
            switch self {
            case .drawn(let strokes): strokes.bytes
            case .typed: SignatureStrokes([]).bytes
            }
        }

        fileprivate var method: String { if case .drawn = self { "drawn" } else { "typed" } }
    }

    public init(place: String, name: String, role: String = "", mark: Mark) {
        self.place = place
        self.name = name
        self.role = role
        self.mark = mark
    }
}

extension Signing {
    /// Of a row of `signature`.
    ///
    /// - Parameters:
    ///   - event: where and when it was given.
    ///   - consent: the words that were agreed to.
    /// - Throws: `DocumentError.Code.tooLarge`.
    public func fields(of event: SignatureEvent, consent: String) throws -> [String: Value] {
        guard let strokes = mark.bytes else {
            throw DocumentError(.tooLarge, "A drawn signature has at most \(SignatureStrokes.points) points and \(SignatureStrokes.lines) lines. Let them draw it anew.")
        }
        return [
            "work_order": .reference(event.order), "document": .reference(event.document), "document_hash": .bytes(event.formHash),
            "signer_name": .text(name), "strokes": .bytes(strokes), "signed_at": .integer(event.milliseconds), "place": .text(place),
            "method": .text(mark.method), "signer_role": role.isEmpty ? .null : .text(role), "consent": .text(consent),
        ]
    }

    /// SHA-256 of what was signed, followed by the signature: names of fields in their order, each with its value as JSON.
    ///
    /// - Parameters:
    ///   - fields: of a row of `signature`, as `fields(of:consent:)` gives them.
    ///   - hash: of the form.
    public static func hash(of fields: [String: Value], after hash: [UInt8]) -> [UInt8] {
        let text = fields.sorted { $0.key < $1.key }.map { "\(ValueJSON.string($0.key)):\(ValueJSON.text(of: $0.value))" }.joined(separator: ",")
        return Array(SHA256.hash(data: hash + Array("{\(text)}".utf8)))
    }
}

/// Why no document can be made.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The template's text is wrong; `message` says where.
        case template
        /// The row that the document is about is not held, or was deleted.
        case noSubject
        /// A bound of `DocumentLimits` is crossed.
        case tooLarge
        /// Bytes are not the canonical bytes of a form.
        case notCanonical
    }

    public let code: Code
    /// What happened, where, and what to do.
    public let message: String
    public var description: String { message }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

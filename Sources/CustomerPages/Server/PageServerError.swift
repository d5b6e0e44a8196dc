/// Why pages cannot be served.
public struct PageServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Code: Hashable, Sendable {
        /// Another program listens on the port, or it may not be listened on.
        case address
        /// Certificate or key cannot be read, or do not belong together.
        case certificate
        /// The public URL is none that a mail can lead to.
        case publicURL
        /// It was started before; a stopped server is not started again.
        case state
        /// A file that the program carries is wrong: a mistake of its makers.
        case files
    }

    public let code: Code
    /// What happened, where, and what to do.
    public let message: String
    /// What a library said of it; empty if none did.
    public let cause: String
    public var description: String { cause.isEmpty ? message : "\(message) (\(cause))" }

    public init(_ code: Code, _ message: String, cause: String = "") {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

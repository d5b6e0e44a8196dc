/// What is wrong with bytes from outside.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Code
    /// What and where, without the bytes themselves.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public enum Code: String, Hashable, Sendable {
        /// The bytes end before the value does.
        case truncated
        /// The bytes say something that the format does not allow.
        case malformed
        /// More than `ProtocolLimits` allow.
        case tooLarge
        /// A hash or seal does not match the bytes.
        case mismatch
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}

/// Why a text is not the address of a hub.
public struct EndpointError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with the text.
    public enum Code: Sendable, Equatable {
        /// It begins with neither `wss://` nor `ws://`.
        case scheme
        /// There is no host, or one that cannot be a host name or an IP address.
        case host
        /// The port is not a number from 1 to 65535.
        case port
        /// The path does not begin with `/`, or contains a character that a request line cannot carry.
        case path
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

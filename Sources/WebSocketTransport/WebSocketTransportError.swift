/// Why a listener or a connector could not be started, or a connect could not be attempted.
///
/// What happens to a connection later is an event (`TransportEvent.closed`), never an error.
public struct WebSocketTransportError: Error, Equatable, CustomStringConvertible {
    /// What a caller can react to differently.
    public enum Code: Sendable, Equatable {
        /// Another process, or this one, listens on the port.
        case portInUse
        /// The address is not one of this machine's, or cannot be read.
        case addressNotAvailable
        /// The port needs a privilege that this process does not have.
        case permissionDenied
        /// Plain `ws` beyond this machine without `allowInsecure`.
        case insecureAddress
        /// A certificate or key file is missing or cannot be read.
        case certificateUnreadable
        /// The files can be read, but are no PEM certificate and key that belong together.
        case certificateRejected
        /// The libuv plugin of libwebsockets is not installed.
        case eventLoopMissing
        /// The limits contradict each other.
        case inconsistentLimits
        /// The endpoint cannot be written into a request.
        case invalidEndpoint
        /// The transport has been stopped.
        case stopped
        /// libwebsockets or the system refused for another reason, which the message quotes.
        case startFailed
    }

    public let code: Code
    /// What happened, where, and what to do about it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// What a replica cannot do for its app.
public struct ReplicaError: Error, Sendable, Equatable, CustomStringConvertible {
    public let code: Code
    /// What happened, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: String, Sendable {
        /// It did not happen before the deadline. Nothing is lost; it goes on.
        case timedOut
        /// There is no connection, and nobody asked for one.
        case offline
        /// Going online needs somebody to act first.
        case blocked
        /// The hub did not enrol this device.
        case notEnrolled
        case unreachable
        /// The replica was stopped.
        case stopped
        /// A row does not have the column, or holds something else in it.
        case noSuchValue
        /// There is no such document, or none that was made from a template.
        case noSuchDocument
        /// A document has no such place to sign.
        case noSuchPlace
        /// Somebody has signed there.
        case signedAlready
        /// It has not come to this device yet.
        case notHere
    }

    public var description: String { message }
}

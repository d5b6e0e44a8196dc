/// What an HTTP server answered. Any status is an answer; redirects are not followed.
public struct HTTPAnswer: Sendable, Hashable, PersonalData {
    public let status: Int
    /// The media type with its parameters, as the server gave it.
    public let contentType: String?
    public let body: [UInt8]

    public var description: String { "status \(status), \(body.count) bytes" }
}

/// Why a device's folder or its line cannot be used.
public struct FieldDeviceError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The folder holds no enrolled device.
        case notEnrolled
        /// There is no such weather, or the line cannot be made.
        case link
    }

    public let code: Code
    /// What happened, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

import ReplicationCore

/// What a device's replica cannot do.
public struct DeviceError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    /// What happened, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: Sendable, Equatable {
        /// The write breaks a rule: the same refusal that the hub would give.
        case refused(Refusal)
        /// The app names a collection or field that the schema does not have.
        case unknownName
        /// Another living row has the same values of fields that are unique.
        case notUnique
        /// The write is over the limits of a changeset. Split it.
        case tooLarge
        /// Nothing of the changeset is in this device's quarantine.
        case notRefused
        /// There is no session with the hub.
        case notConnected
        /// The device is not enrolled.
        case notEnrolled
        /// The hub's schema and the device's cannot be told from each other.
        case otherSchema
        /// The hub sent something that this device cannot read.
        case malformed
    }

    static func refused(_ refusal: Refusal) -> DeviceError {
        DeviceError(.refused(refusal), "\(refusal.detail) \(refusal.rule.remedy)")
    }

    public var description: String { message }
}

/// What an administrator did that is no write of a cell. It stands in the log with who and why, and holds no values.
public struct AdministrativeAct: Hashable, Sendable {
    public var kind: Kind
    /// Who typed it, as the operating system of the hub's machine knows them.
    public var administrator: String
    /// As it was typed. It stays in the log for ever.
    public var reason: String
    /// The replica or the user whose access it is about: 16 bytes, or none.
    public var subject: [UInt8]
    /// How many rows it took away.
    public var rows: UInt64
    /// The hash over them, 32 bytes, or none.
    public var rowsHash: [UInt8]

    public init(
        _ kind: Kind, administrator: String, reason: String, subject: [UInt8] = [], rows: UInt64 = 0,
        rowsHash: [UInt8] = []
    ) {
        self.kind = kind
        self.administrator = administrator
        self.reason = reason
        self.subject = subject
        self.rows = rows
        self.rowsHash = rowsHash
    }

    /// Stable numbers: they stand in the log.
    public enum Kind: UInt32, Hashable, Sendable {
        /// Takes access away from a device, or from a user with all devices.
        case revoke = 1
        /// Gives it back.
        case reinstate = 2
        /// Takes the values of deleted rows away.
        case purge = 3
        /// Takes rows away wherever they stand.
        case erase = 4
        /// A day begins in a time zone: not an administrator's doing, but the hub's own. `reason` names zone and day.
        case beginDay = 5
    }
}

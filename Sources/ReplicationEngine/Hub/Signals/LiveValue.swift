import ReplicationCore

/// A live value as services of the hub's own process are shown it.
public struct LiveValue: Sendable, Equatable {
    /// The signal's name in the schema.
    public var signal: String
    /// The topic's row.
    public var row: RowID
    /// By the names of the signal's fields.
    public var values: [String: Value]
    /// When it runs out, in Unix milliseconds by the hub's clock.
    public var endMilliseconds: UInt64

    public func integer(_ field: String) -> Int64? { values[field]?.integer }
    public func real(_ field: String) -> Double? { values[field]?.real }
}

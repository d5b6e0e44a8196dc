import ReplicationCore

/// What a device asks about what it should hold. It is answered behind everything that the device has to be sent before,
/// and of exactly that point: only then can the device compare.
public enum SyncQuestion: Sendable, Equatable {
    /// What all of it amounts to.
    case digests(request: UInt64)
    /// Which parts of these ranges differ.
    case ranges(request: UInt64, [RowRange])
    /// What these rows are. By rising key.
    case rows(request: UInt64, [RowKey])
}

import ReplicationCore

/// SHA-256 of the digests of a row's cells, in their order.
public struct RowDigest: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// - Parameter cells: of the row's cells, in the order of the row.
    public init(of key: RowKey, cells: [CellDigest]) {
        var out = ByteWriter(capacity: 48 + 32 * cells.count)
        out.raw(Array("converge.v1 row".utf8))
        out.raw(key.packed)
        for cell in cells { withUnsafeBytes(of: cell.words) { out.raw(Array($0)) } }
        bytes = ContentHash.of(out.bytes)
    }

    /// Nil unless there are 32 bytes.
    public init?(bytes: some Swift.Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }
}

/// What two replicas compare in place of many rows: each row's digest, hashed behind what the rows before it gave. Whoever
/// finds different rows with one fingerprint has found two texts with one SHA-256.
public struct RangeFingerprint: Sendable {
    public private(set) var value = Value()

    /// A fingerprint, with the number of rows that it is of.
    public struct Value: Hashable, Sendable {
        public fileprivate(set) var rows: UInt64 = 0
        /// 32 bytes; zeros for no row.
        public fileprivate(set) var bytes = [UInt8](repeating: 0, count: 32)

        fileprivate init() {}

        /// Nil unless there are 32 bytes.
        public init?(rows: UInt64, bytes: some Swift.Collection<UInt8>) {
            guard bytes.count == 32 else { return nil }
            self.rows = rows
            self.bytes = Array(bytes)
        }
    }

    public init() {}

    /// Adds the next row by rising key.
    public mutating func add(_ row: RowDigest) {
        value.bytes = ContentHash.of(value.bytes + row.bytes)
        value.rows += 1
    }
}

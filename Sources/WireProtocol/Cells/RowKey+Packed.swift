import ReplicationCore

extension RowKey {
    /// Collection (4 bytes, most significant first) and id (16): in the order of their bytes keys are in their own order.
    public var packed: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: collection >> (24 - 8 * $0)) } + row.bytes }

    /// Nil unless there are 20 bytes.
    public init?(packed bytes: some Swift.Collection<UInt8>) {
        guard bytes.count == 20, let row = RowID(bytes: bytes.dropFirst(4)) else { return nil }
        self.init(collection: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, row: row)
    }
}

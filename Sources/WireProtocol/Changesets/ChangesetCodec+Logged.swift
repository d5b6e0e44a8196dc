import Foundation
import ReplicationCore

/// The bytes of log entries: changesets, bytes that are none and are kept as they came, and what is left of such bytes
/// when they must not be kept. Nothing here throws: a log is read whatever was once written to it.
extension ChangesetCodec {
    /// A changeset; nil for bytes that are none.
    public static func readable(_ bytes: [UInt8]) -> DecodedChangeset? {
        do throws(WireError) {
            return try decode(bytes)
        } catch {
            return nil
        }
    }

    /// The root of an entry, as its bytes show it: of a changeset its Merkle root, of other bytes their hash, and of bytes
    /// that were dropped the hash that was kept.
    public static func root(ofLogged bytes: [UInt8]) -> [UInt8] {
        readable(bytes)?.root ?? keptHash(bytes) ?? ContentHash.of(bytes)
    }

    /// An entry's bytes without rows that nobody may keep. Bytes that are no changeset have no parts that could be taken
    /// out of them, and are dropped whole.
    ///
    /// - Parameter root: of the entry; it stays.
    public static func erase(rows: Set<RowKey>, fromLogged bytes: [UInt8], root: [UInt8]) -> [UInt8] {
        if keptHash(bytes) != nil { return bytes }
        if readable(bytes) == nil { return dropped(root: root) }
        do throws(WireError) {
            return try erase(rows: rows, from: bytes)
        } catch {
            return dropped(root: root)
        }
    }

    /// What stands in the place of bytes that are no changeset and must not be kept: no header, and one row of which the
    /// hash is left. It is no changeset either.
    public static func dropped(root: [UInt8]) -> [UInt8] {
        // A field of length 32 in a block of length 34: tags 3 (rows) and 3 (erased leaf), both of wire type 2.
        precondition(root.count == 32, "a root has 32 bytes")
        return [0x1a, 34, 0x1a, 32] + root
    }

    private static func keptHash(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.count == 36 && bytes.starts(with: [0x1a, 34, 0x1a, 32]) ? Array(bytes[4...]) : nil
    }

    /// Whether the id of one of these rows stands anywhere in bytes that are no changeset.
    public static func mentions(_ rows: Set<RowID>, in bytes: [UInt8]) -> Bool {
        guard !rows.isEmpty, bytes.count >= 16 else { return false }
        var high: UInt64 = 0, low: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
            if index >= 15, rows.contains(RowID(high: high, low: low)) { return true }
        }
        return false
    }

    /// What can be made out in bytes that are no changeset: the operations of the blocks that can be read, those of a row
    /// together. A row whose operations cannot be read stands there with one that says nothing.
    public static func legible(in bytes: [UInt8]) -> [CellOperation] {
        var found: [CellOperation] = []
        do {
            let header = ChangesetHeader(
                identity: .zero, author: .zero, role: 0, stamp: .zero, schemaVersion: 0, basis: .zero)
            for block in try WireChangeset(serializedBytes: bytes).rows.prefix(ProtocolLimits.operationsPerChangeset) {
                found += legible(in: block, header)
            }
        } catch {
            // Not even the frame of a changeset.
        }
        return found
    }

    private static func legible(in block: WireRowBlock, _ header: ChangesetHeader) -> [CellOperation] {
        do {
            let operations = try WireRowOperations(serializedBytes: block.operations)
            guard let row = RowID(bytes: operations.row) else { return [] }
            let nothing = CellOperation(
                position: 0, key: RowKey(collection: operations.collection, row: row), part: .liveness, action: .restore,
                context: Context())
            let legible = block.operations.withUnsafeBytes { bytes in
                var reader = OperationReader(header: header, rowCount: 1, byteCount: bytes.count)
                do throws(WireError) {
                    try reader.read(bytes)
                } catch {
                    // Those before the one that cannot be read count.
                }
                return reader.operations
            }
            return [nothing] + legible
        } catch {
            return []
        }
    }
}

import Foundation
import ReplicationCore

/// Collects the rows and departures of a `Changes` message as they go, and writes the message around them in one pass.
public struct ChangesWriter {
    private var parts: [Part] = []

    private struct Part {
        let collection: UInt32
        var rows = ByteWriter()
        var evicted = ByteWriter()
    }

    public init() {}

    /// - Parameter change: a serialized `RowChange`.
    public mutating func append(_ change: UnsafeRawBufferPointer, of collection: UInt32) {
        let place = place(of: collection)
        parts[place].rows.lengthAndBytes(Tag.row, change)
    }

    public mutating func append(evicted key: RowKey) {
        let place = place(of: key.collection)
        parts[place].evicted.byte(Tag.evicted)
        parts[place].evicted.byte(16)
        parts[place].evicted.fixed64(key.row.high)
        parts[place].evicted.fixed64(key.row.low)
    }

    public mutating func removeAll() { parts.removeAll(keepingCapacity: true) }

    /// A frame with the message.
    ///
    /// - Parameter header: everything else that the message has.
    public func frame(_ header: WireChanges) -> [UInt8] {
        var first = WireChanges()
        first.cursor = header.cursor
        if header.hasComplete { first.complete = header.complete }
        first.live = header.live
        var rest = header
        rest.cursor = Data()
        rest.clearComplete()
        rest.live = false
        // Fields by rising number, as the generated type writes them.
        let before = Self.bytes(first), behind = Self.bytes(rest)
        let heads = parts.map { part in
            var head = ByteWriter(capacity: 16)
            if part.collection != 0 {
                head.byte(Tag.collection)
                head.varint(UInt64(part.collection))
            }
            return head.bytes
        }
        let sizes = zip(parts, heads).map { $0.rows.bytes.count + $0.evicted.bytes.count + $1.count }
        var size = before.count + behind.count
        for part in sizes { size += 1 + ByteWriter.size(ofVarint: UInt64(part)) + part }
        let message = 1 + ByteWriter.size(ofVarint: UInt64(size)) + size
        var out = ByteWriter(capacity: 16 + message)
        out.byte(Tag.message)
        out.varint(UInt64(message))
        out.byte(Tag.changes)
        out.varint(UInt64(size))
        out.raw(before)
        for (index, part) in parts.enumerated() {
            out.byte(Tag.collections)
            out.varint(UInt64(sizes[index]))
            out.raw(heads[index])
            out.raw(part.rows.bytes)
            out.raw(part.evicted.bytes)
        }
        out.raw(behind)
        return out.bytes
    }

    private mutating func place(of collection: UInt32) -> Int {
        if let known = parts.firstIndex(where: { $0.collection == collection }) { return known }
        parts.append(Part(collection: collection))
        return parts.count - 1
    }

    private static func bytes(_ header: WireChanges) -> [UInt8] {
        do {
            return try header.serializedBytes()
        } catch {
            // Only messages with unset required fields or over 2 GiB cannot be serialized; this is neither.
            preconditionFailure("a message of the hub's own cannot be serialized: \(error)")
        }
    }

    /// The fields of `Frame`, `Message`, `Changes` and `CollectionChanges` with their formats.
    private enum Tag {
        static let message: UInt8 = 1 << 3 | 2
        static let changes: UInt8 = 13 << 3 | 2
        static let collections: UInt8 = 4 << 3 | 2
        static let collection: UInt8 = 1 << 3
        static let row: UInt8 = 2 << 3 | 2
        static let evicted: UInt8 = 3 << 3 | 2
    }
}

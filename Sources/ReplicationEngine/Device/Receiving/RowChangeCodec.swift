import Foundation
import ReplicationCore
import WireProtocol

/// A row's cells as they travel: a packed clock with the shown values beside it.
public enum RowChangeCodec {
    public static func encode(_ row: RowState, in collection: ReplicationCore.Collection) -> WireRowChange {
        var change = WireRowChange()
        change.row = Data(row.key.row.bytes)
        change.clock = Data(PackedClock.encode(row, in: collection))
        var values: [WireValue] = []
        values.reserveCapacity(row.cells.count)
        for cell in row.cells {
            for value in PackedClock.shownOutside(of: cell, in: collection) ?? [] { values.append(WireValue(value)) }
        }
        change.values = values
        return change
    }

    /// - Throws: `WireError` for bytes that are no such row.
    public static func decode(
        _ change: WireRowChange, key: RowKey, in collection: ReplicationCore.Collection
    ) throws(WireError) -> RowState {
        var rest = change.values[...]
        let row = try PackedClock.decode(Array(change.clock), key: key) { number throws(WireError) in
            guard let count = collection.group(number)?.fields.count, rest.count >= count else {
                throw WireError(.malformed, "a row change lacks the values of group \(number)")
            }
            var values: [Value] = []
            for value in rest.prefix(count) { values.append(try value.core()) }
            rest = rest.dropFirst(count)
            return values
        }
        guard rest.isEmpty else { throw WireError(.malformed, "a row change has values that belong to no cell") }
        guard row.cells.allSatisfy(\.sequence.isPossible) else {
            throw WireError(.malformed, "a row change has a sequence that no hub has given")
        }
        return row
    }
}

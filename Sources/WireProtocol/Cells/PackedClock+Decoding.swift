import ReplicationCore

extension PackedClock {
    /// Reads a row's cells.
    ///
    /// - Parameters:
    ///   - bytes: a packed clock.
    ///   - shown: gives the shown values of a group, by the group's number, from where they stand.
    /// - Throws: `WireError` for bytes that are no packed clock.
    public static func decode(
        _ bytes: [UInt8], key: RowKey, shown: (UInt32) throws(WireError) -> [Value]
    ) throws(WireError) -> RowState {
        do {
            return try bytes.withUnsafeBytes { try decode(buffer: $0, key: key, shown: shown) }
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "\(error)")
        }
    }

    private static func decode(
        buffer: UnsafeRawBufferPointer, key: RowKey, shown: (UInt32) throws(WireError) -> [Value]
    ) throws(WireError) -> RowState {
        var reader = ByteReader(buffer)
        guard try reader.byte() == version else {
            throw WireError(.malformed, "packed clock of an unknown version")
        }
        let writeCount = try reader.count(ofAtLeast: 46)
        var writes: [Write] = []
        writes.reserveCapacity(writeCount)
        for _ in 0..<writeCount { writes.append(try decodeWrite(&reader)) }
        let cellCount = try reader.count(ofAtLeast: 3)
        var row = RowState(key: key)
        row.cells.reserveCapacity(cellCount)
        for _ in 0..<cellCount {
            let cell = try decodeCell(&reader, writes: writes, shown: shown)
            if let last = row.cells.last, !(last.part < cell.part) {
                throw WireError(.malformed, "cells of a packed clock are out of order")
            }
            row.cells.append(cell)
        }
        guard reader.remaining == 0 else { throw WireError(.malformed, "bytes follow a packed clock") }
        return row
    }

    static func decodeWrite(_ reader: inout ByteReader) throws(WireError) -> Write {
        let identity: ChangesetID = try reader.identifier()
        let author: RowID = try reader.identifier()
        let role = try reader.varint32()
        let dot = Dot(site: try reader.varint32(), counter: try reader.varint())
        let rank = try reader.varint32()
        let effective = HybridTime(rawValue: try reader.fixed64())
        let epoch = try reader.varint32()
        let sequence = CommitSequence(epoch: epoch & 0xFFFF, number: try reader.varint())
        return Write(
            identity: identity, dot: dot, author: author, role: role, rank: rank, effective: effective,
            sequence: sequence, former: try decodeFormer(&reader, count: epoch >> formerCountShift, before: sequence))
    }

    private static func decodeFormer(
        _ reader: inout ByteReader, count: UInt32, before sequence: CommitSequence
    ) throws(WireError) -> FormerPlaces? {
        if count == 0 { return nil }
        guard Int(count) <= reader.remaining / 2 else { throw WireError(.truncated, "packed bytes end early") }
        var places: [CommitSequence] = []
        for _ in 0..<count {
            let place = CommitSequence(epoch: try reader.varint32(), number: try reader.varint())
            guard place.isPossible, place != .zero, place.epoch > places.last?.epoch ?? 0, place.epoch < sequence.epoch else {
                throw WireError(.malformed, "the former places of a write are out of order")
            }
            places.append(place)
        }
        return FormerPlaces(places)
    }

    private static func decodeCell(
        _ reader: inout ByteReader, writes: [Write], shown: (UInt32) throws(WireError) -> [Value]
    ) throws(WireError) -> CellState {
        var cell = CellState(part: try decodePart(&reader))
        let flags = try reader.byte()
        guard flags < 4 else { throw WireError(.malformed, "unknown flags in a packed clock") }
        if flags & 2 == 0 {
            cell.sequence = CommitSequence(epoch: try reader.varint32(), number: try reader.varint())
        }
        let count = try reader.count(ofAtLeast: 2)
        cell.siblings.reserveCapacity(count)
        var identities: Set<ChangesetID> = []
        for _ in 0..<count {
            let index = try reader.varint()
            guard index < UInt64(writes.count) else {
                throw WireError(.malformed, "a packed clock names a write that it does not hold")
            }
            let write = writes[Int(index)]
            // A changeset writes a cell at most once: its identity tells which sibling is shown.
            if count > 1 {
                if let last = cell.siblings.last, write.dot < last.write.dot {
                    throw WireError(.malformed, "siblings of a packed cell are out of order")
                }
                guard identities.insert(write.identity).inserted else {
                    throw WireError(.malformed, "a write stands twice in a packed cell")
                }
            }
            let content = try decodeContent(&reader, part: cell.part, shown: shown)
            cell.siblings.append(Sibling(write: write, content: content))
        }
        if flags & 2 != 0 {
            guard let newest = cell.siblings.lazy.map(\.write.sequence).max() else {
                throw WireError(.malformed, "a packed cell without siblings has no sequence")
            }
            cell.sequence = newest
        }
        if flags & 1 != 0 { cell.tally = try decodeTally(&reader) }
        return cell
    }

    static func decodePart(_ reader: inout ByteReader) throws(WireError) -> Part {
        let head = try reader.varint()
        guard let group = UInt32(exactly: head >> 1) else {
            throw WireError(.malformed, "a group number is longer than 32 bits")
        }
        return Part(group: group, element: head & 1 == 0 ? nil : try reader.text())
    }

    private static func decodeTally(_ reader: inout ByteReader) throws(WireError) -> Tally {
        var tally = Tally(sum: try reader.zigzag())
        let count = try reader.count(ofAtLeast: 2)
        for _ in 0..<count {
            let dot = Dot(site: try reader.varint32(), counter: try reader.varint())
            if let last = tally.contained.last, last.site >= dot.site {
                throw WireError(.malformed, "sites of a tally are out of order")
            }
            tally.contained.append(dot)
        }
        return tally
    }

    private static func decodeContent(
        _ reader: inout ByteReader, part: Part, shown: (UInt32) throws(WireError) -> [Value]
    ) throws(WireError) -> Sibling.Content {
        guard let kind = ContentKind(rawValue: try reader.byte()) else {
            throw WireError(.malformed, "unknown kind of content in a packed clock")
        }
        switch kind {
        case .shownValues:
            guard part.element == nil else { throw WireError(.malformed, "a value by key stands outside the packed clock") }
            return .values(try shown(part.group))
        case .values:
            let count = try reader.count(ofAtLeast: 1)
            var values: [Value] = []
            for _ in 0..<count { values.append(try decodeValue(&reader)) }
            return .values(values)
        case .present: return .present
        case .alive: return .alive
        case .deleted:
            let count = try reader.count(ofAtLeast: 4)
            var covering: [SeenCell] = []
            for _ in 0..<count {
                let part = try decodePart(&reader)
                let sequence = CommitSequence(epoch: try reader.varint32(), number: try reader.varint())
                let pendingCount = try reader.count(ofAtLeast: 16)
                var pending: [ChangesetID] = []
                for _ in 0..<pendingCount { pending.append(try reader.identifier()) }
                covering.append(SeenCell(part: part, context: Context(sequence: sequence, pending: pending)))
            }
            return .deleted(covering: covering)
        }
    }

    static func decodeValue(_ reader: inout ByteReader) throws(WireError) -> Value {
        switch try reader.byte() {
        case 0: return .null
        case 1: return .boolean(false)
        case 2: return .boolean(true)
        case 3: return .integer(try reader.zigzag())
        case 4:
            let value = Double(bitPattern: try reader.fixed64())
            guard let normalized = Value.normalized(real: value), normalized == .real(value) else {
                throw WireError(.malformed, "a packed real is not finite or not normal")
            }
            return normalized
        case 5: return .text(try reader.text())
        case 6:
            let count = try reader.count(ofAtLeast: 1)
            return .bytes(try reader.raw(count))
        default: throw WireError(.malformed, "unknown kind of packed value")
        }
    }
}

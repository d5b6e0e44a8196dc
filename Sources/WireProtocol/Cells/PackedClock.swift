import ReplicationCore

/// The clocks of a row's cells as bytes: one column in the store and one field on the wire.
///
/// The shown values stand elsewhere (in real columns; in `RowChange.values`); everything else of the
/// cells is in here. A write that made several cells is written once. The grammar is in
/// `Protocol/README.md`, section "Packed clock"; golden vectors are in `Fixtures/wire/v1/`.
public enum PackedClock {
    static let version: UInt8 = 1

    /// - Parameter collection: tells which sibling of a cell is shown.
    public static func encode(_ row: RowState, in collection: ReplicationCore.Collection) -> [UInt8] {
        var writes = PackedWrites()
        var cells = ByteWriter(capacity: row.cells.count * 8)
        for index in row.cells.indices {
            let cell = row.cells[index]
            encode(cell, shown: placeOfShownOutside(of: cell, in: collection), &writes, into: &cells)
        }
        var out = ByteWriter(capacity: 8 + writes.all.count * 64 + cells.bytes.count)
        out.byte(version)
        out.varint(UInt64(writes.all.count))
        for write in writes.all { encode(write, into: &out) }
        out.varint(UInt64(row.cells.count))
        out.raw(cells.bytes)
        return out.bytes
    }

    /// The shown values of a cell, if they stand outside the clock. Values that the columns cannot hold as they
    /// are, because another schema's writer knew more or fewer of them, stand in the clock like those of any other
    /// sibling.
    public static func shownOutside(of cell: CellState, in collection: ReplicationCore.Collection) -> [Value]? {
        placeOfShownOutside(of: cell, in: collection).flatMap { cell.siblings[$0].values }
    }

    /// The index of the sibling with those values.
    private static func placeOfShownOutside(of cell: CellState, in collection: ReplicationCore.Collection) -> Int? {
        // A row has one column for all keys: their values stand in the clock.
        guard cell.part.element == nil, let group = collection.group(cell.part.group), let shown = Shown.index(of: cell, policy: group.policy),
            case .values(let values) = cell.siblings[shown].content, values.count == group.fields.count
        else { return nil }
        return shown
    }

    static func encode(_ write: Write, into out: inout ByteWriter) {
        out.fixed64(write.identity.high)
        out.fixed64(write.identity.low)
        out.fixed64(write.author.high)
        out.fixed64(write.author.low)
        out.varint(UInt64(write.role))
        out.varint(UInt64(write.dot.site))
        out.varint(write.dot.counter)
        out.varint(UInt64(write.rank))
        out.fixed64(write.effective.rawValue)
        let former = write.former?.places ?? []
        out.varint(UInt64(write.sequence.epoch) | UInt64(former.count) << formerCountShift)
        out.varint(write.sequence.number)
        for place in former {
            out.varint(UInt64(place.epoch))
            out.varint(place.number)
        }
    }

    /// How many former places a write has stands above its epoch, which takes 15 bits.
    static let formerCountShift: UInt64 = 16

    private static func encode(
        _ cell: CellState, shown: Int?, _ writes: inout PackedWrites, into out: inout ByteWriter
    ) {
        encode(cell.part, into: &out)
        var newest: CommitSequence?
        for index in cell.siblings.indices {
            newest = max(newest ?? .zero, cell.siblings[index].write.sequence)
        }
        let isNewest = newest == cell.sequence
        out.byte((cell.tally != nil ? 1 : 0) | (isNewest ? 2 : 0))
        if !isNewest {
            out.varint(UInt64(cell.sequence.epoch))
            out.varint(cell.sequence.number)
        }
        out.varint(UInt64(cell.siblings.count))
        for index in cell.siblings.indices {
            out.varint(UInt64(writes.place(of: cell.siblings[index].write)))
            encode(cell.siblings[index].content, isShown: index == shown, into: &out)
        }
        if let tally = cell.tally { encode(tally, into: &out) }
    }

    static func encode(_ part: Part, into out: inout ByteWriter) {
        out.varint(UInt64(part.group) << 1 | (part.element == nil ? 0 : 1))
        if let element = part.element { out.lengthAndText(element) }
    }

    static func encode(_ tally: Tally, into out: inout ByteWriter) {
        out.zigzag(tally.sum)
        out.varint(UInt64(tally.contained.count))
        for dot in tally.contained {
            out.varint(UInt64(dot.site))
            out.varint(dot.counter)
        }
    }

    static func encode(_ content: Sibling.Content, isShown: Bool, into out: inout ByteWriter) {
        switch content {
        case .values where isShown:
            out.byte(ContentKind.shownValues.rawValue)
        case .values(let values):
            out.byte(ContentKind.values.rawValue)
            out.varint(UInt64(values.count))
            for value in values { encode(value, into: &out) }
        case .present: out.byte(ContentKind.present.rawValue)
        case .alive: out.byte(ContentKind.alive.rawValue)
        case .deleted(let covering):
            out.byte(ContentKind.deleted.rawValue)
            out.varint(UInt64(covering.count))
            for seen in covering {
                encode(seen.part, into: &out)
                out.varint(UInt64(seen.context.sequence.epoch))
                out.varint(seen.context.sequence.number)
                out.varint(UInt64(seen.context.pending.count))
                for identity in seen.context.pending {
                    out.fixed64(identity.high)
                    out.fixed64(identity.low)
                }
            }
        }
    }

    static func encode(_ value: Value, into out: inout ByteWriter) {
        switch value {
        case .null: out.byte(0)
        case .boolean(false): out.byte(1)
        case .boolean(true): out.byte(2)
        case .integer(let value):
            out.byte(3)
            out.zigzag(value)
        case .real(let value):
            out.byte(4)
            out.fixed64(value.bitPattern)
        case .text(let value):
            out.byte(5)
            out.lengthAndText(value)
        case .bytes(let value):
            out.byte(6)
            out.lengthAndRaw(value)
        }
    }

    enum ContentKind: UInt8 {
        case shownValues = 0
        case values = 1
        case present = 2
        case alive = 3
        case deleted = 4
    }
}

extension ReplicationCore.Collection {
    /// The policy by which a part merges. Liveness and groups of a newer schema are not decided by it.
    public func policy(of part: Part) -> Policy { group(part.group)?.policy ?? .lastWriter }
}

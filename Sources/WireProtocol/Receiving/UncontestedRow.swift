import ReplicationCore

/// A row that came whole and that nobody contests, read where it stands in its message, without a copy of anything. One reader
/// serves many rows of a collection, one after another; what it gives is good while the message's bytes are.
///
/// It is the same row as `RowChangeCodec` and `PackedClock` read from the bytes. What they would refuse, and whatever is not
/// written as a hub writes such a row, it does not take.
public struct UncontestedRow {
    public private(set) var id = RowID.zero
    /// What the store keeps as it came.
    public private(set) var packedClock = UnsafeRawBufferPointer(start: nil, count: 0)
    public private(set) var clock = UncontestedClock()
    /// What each column of the collection shows, in the order of its fields.
    public private(set) var columns: [BorrowedValue]

    public let collection: ReplicationCore.Collection
    /// For each group its columns; empty where values stand in the clock.
    private let columnsOfGroups: [Range<Int>]
    private var values: [BorrowedValue] = []
    /// For each cell of the clock its columns; none for the row's liveness.
    private var columnsOfCells: [Range<Int>] = []
    private var size = 0

    public init(of collection: ReplicationCore.Collection) {
        self.collection = collection
        var start = 0
        columnsOfGroups = collection.groups.map { group in
            defer { start += group.fields.count }
            return start..<(group.isSet || group.isKeyed ? start : start + group.fields.count)
        }
        columns = Array(repeating: .null, count: start)
    }

    /// - Parameter bytes: a `RowChange`.
    /// - Returns: false if it is another kind of row, or none at all; then what was read of it means nothing.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(WireError) {
            size = bytes.count
            return try readFields(bytes) && clock.read(packedClock) && placeValues()
        } catch {
            return false
        }
    }

    private mutating func readFields(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Bool {
        values.removeAll(keepingCapacity: true)
        var reader = MessageReader(bytes, level: 4)
        var row: RowID?
        var isWhole = false, hasClock = false
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .body): row = RowID(bytes: try reader.body())
            case (2, .body):
                packedClock = try reader.body()
                hasClock = true
            case (3, .body):
                guard let value = try BorrowedValue(message: try reader.body()) else { return false }
                values.append(value)
            case (4, .varint): isWhole = try reader.varint() != 0
            // What is sealed is kept as it came.
            default: return false
            }
        }
        guard let row, isWhole, hasClock else { return false }
        id = row
        return true
    }

    /// Gives each column its value: for each cell of a group, in their order, one for each of its columns.
    private mutating func placeValues() -> Bool {
        columnsOfCells.removeAll(keepingCapacity: true)
        for place in columns.indices { columns[place] = .null }
        var next = 0
        for cell in clock.cells {
            guard let range = columns(of: cell.group), values.count - next >= range.count else { return false }
            columnsOfCells.append(range)
            for column in range {
                columns[column] = values[next]
                next += 1
            }
        }
        return next == values.count
    }

    /// Nil for a group that the collection does not have, and one without columns of its own.
    private func columns(of group: UInt32) -> Range<Int>? {
        if group == 0 { return 0..<0 }
        guard let place = collection.place(ofGroup: group), !columnsOfGroups[place].isEmpty else { return nil }
        return columnsOfGroups[place]
    }

    /// Gives the digest of each cell. See `CellDigest`.
    func digests(_ body: (CellDigest) -> Void) {
        // Of a cell no more is hashed than stands in the message, and what comes before it.
        withUnsafeTemporaryAllocation(byteCount: size + 128, alignment: 8) { buffer in
            var out = BufferWriter(buffer)
            CellDigest.begin(RowKey(collection: collection.number, row: id), into: &out)
            let start = out.count
            for (place, cell) in clock.cells.enumerated() {
                out.rewind(to: start)
                write(cell, columnsOfCells[place], into: &out)
                body(CellDigest(words: ContentHash.words(of: out.written)))
            }
        }
    }

    private func write(_ cell: UncontestedClock.Cell, _ range: Range<Int>, into out: inout BufferWriter) {
        out.varint(UInt64(cell.group) << 1)
        out.varint(UInt64(cell.write.sequence.epoch))
        out.varint(cell.write.sequence.number)
        out.varint(1)
        out.raw(UnsafeRawBufferPointer(rebasing: packedClock[cell.write.bytes]))
        if cell.group == 0 {
            out.byte(PackedClock.ContentKind.alive.rawValue)
        } else {
            out.byte(PackedClock.ContentKind.values.rawValue)
            out.varint(UInt64(range.count))
            for column in range { out.value(columns[column]) }
        }
        // It has no tally.
        out.byte(0)
    }
}

extension HeldSum {
    /// Counts in a row that was not held.
    public mutating func add(_ row: UncontestedRow) {
        rows &+= 1
        row.digests { cells.add($0) }
    }
}

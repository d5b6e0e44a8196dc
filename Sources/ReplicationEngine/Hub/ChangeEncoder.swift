import Foundation
import ReplicationCore
import WireProtocol

/// Writes rows as a device of some role, and of some schema version, may see them.
public struct ChangeEncoder: Sendable {
    public let schema: Schema
    /// To the version that the devices have; nil if it is the present one.
    let lens: SchemaLens?
    /// Of the devices' schema.
    let version: UInt32
    /// How what a restore may lose is sealed; nil where nothing can be lost, or nothing of it is so yet.
    var sealing: RowSealing?

    /// - Parameters:
    ///   - schema: the hub's.
    ///   - version: of the devices' schema; nil for the present one. Versions that the schema tells nothing
    ///     of are served as the present one is.
    public init(schema: Schema, version: UInt32? = nil) {
        self.schema = schema
        self.version = version ?? schema.version
        lens = version.flatMap { schema.history.lens(from: $0) }
    }

    /// - Parameters:
    ///   - row: as it stands.
    ///   - role: of the reader.
    ///   - after: only cells that changed after this sequence; nil for the whole row. A row of which it was said after that what it
    ///     is about goes whole: who may read it now need not have had it.
    ///   - contained: what of lost time the row's cells contain.
    /// - Returns: nil if the role sees nothing of it.
    public func change(
        of row: RowState, role: UInt32, after: CommitSequence?, contained: [ContainedPlace] = []
    ) -> WireRowChange? {
        guard let collection = schema.collection(row.key.collection), schema.mayRead(role, row, of: collection) else {
            return nil
        }
        let after = after.flatMap { after in
            let decisive = schema.groupsDecidingReaders(of: collection)
            return row.cells.contains { decisive.contains($0.part.group) && $0.sequence > after } ? nil : after
        }
        if lens != nil { return olderChange(of: row, in: collection, role: role, after: after) }
        var visible = row
        let readsAll = schema.mayReadWhole(role, collection)
        if !readsAll || after != nil {
            visible.cells = row.cells.filter { cell in
                (after.map { cell.sequence > $0 } ?? true)
                    && (readsAll || schema.mayRead(role, cell.part.group, of: collection))
            }
            if visible.cells.isEmpty, after != nil { return nil }
        }
        var change = RowChangeCodec.encode(visible, in: collection)
        change.whole = after == nil
        return sealed(change, of: visible, contained)
    }

    /// A row for a device that catches up: in one change, or, where it is larger than a message should be, whole and in
    /// several. The first of these is marked as whole and so takes away what the device held; the others add to it.
    ///
    /// - Parameters:
    ///   - after: only cells that changed after this sequence; nil for the whole row.
    ///   - contained: what of lost time the row's cells contain.
    /// - Returns: nothing if the role sees nothing of it.
    func parts(
        of row: RowState, role: UInt32, after: CommitSequence?, contained: [ContainedPlace] = []
    ) -> [WireRowChange] {
        guard row.weight > HubLimits.rowPartBytes, let collection = schema.collection(row.key.collection) else {
            return change(of: row, role: role, after: after, contained: contained).map { [$0] } ?? []
        }
        guard schema.mayRead(role, row, of: collection) else { return [] }
        if lens != nil {
            return older(row, in: collection, role: role).map { parts(of: $0.row, in: $0.collection, []) { _ in true } } ?? []
        }
        return parts(of: row, in: collection, contained) { schema.mayRead(role, $0, of: collection) }
    }

    private func parts(
        of row: RowState, in collection: ReplicationCore.Collection, _ contained: [ContainedPlace], mayRead: (UInt32) -> Bool
    ) -> [WireRowChange] {
        var parts: [WireRowChange] = []
        var part = RowState(key: row.key)
        var weight = 0
        func flush() {
            var change = RowChangeCodec.encode(part, in: collection)
            change.whole = parts.isEmpty
            parts.append(sealed(change, of: part, contained))
            part.cells.removeAll(keepingCapacity: true)
            weight = 0
        }
        for cell in row.cells where mayRead(cell.part.group) {
            // No message holds such a cell. Without it the device has the rest, and its digest says that it lacks one.
            if cell.weight > ProtocolLimits.rowBytes { continue }
            if weight + cell.weight > HubLimits.rowPartBytes, !part.cells.isEmpty { flush() }
            part.cells.append(cell)
            weight += cell.weight
        }
        if !part.cells.isEmpty || parts.isEmpty { flush() }
        return parts
    }

    /// Of which rows the change is what the store holds of them.
    func ready(for role: UInt32) -> ReadyChanges {
        if lens != nil { return .none }
        let collections = schema.collections.filter { schema.mayReadWhole(role, $0) && !schema.hasReadersByRow($0) }
        return ReadyChanges(collections: Set(collections.map(\.number)), unsealedUpTo: sealing?.safe)
    }

    func mayRead(_ role: UInt32, _ key: RowKey) -> Bool {
        if let lens, lens.older.collection(key.collection) == nil { return false }
        return schema.collection(key.collection).map { schema.mayRead(role, $0) } ?? false
    }

    /// What a device that holds the row has of it; nil if the role sees nothing of it.
    func cells(of row: RowState, role: UInt32) -> [CellState]? {
        guard let collection = schema.collection(row.key.collection), schema.mayRead(role, row, of: collection) else {
            return nil
        }
        if lens != nil { return older(row, in: collection, role: role)?.row.cells }
        if schema.mayReadWhole(role, collection) { return row.cells }
        return row.cells.filter { schema.mayRead(role, $0.part.group, of: collection) }
    }

    /// A message with these rows and evictions, by collection.
    public func message(
        rows: [(collection: UInt32, change: WireRowChange)], evicted: [RowKey], cursor: [UInt8],
        complete: CommitSequence?, isLive: Bool
    ) -> WireChanges {
        var message = WireChanges()
        message.cursor = Data(cursor)
        if let complete { message.complete = WireSequence(complete) }
        message.live = isLive
        var places: [UInt32: Int] = [:]
        func place(_ collection: UInt32) -> Int {
            if let known = places[collection] { return known }
            var batch = WireCollectionChanges()
            batch.collection = collection
            message.collections.append(batch)
            places[collection] = message.collections.count - 1
            return message.collections.count - 1
        }
        for row in rows { message.collections[place(row.collection)].rows.append(row.change) }
        for key in evicted { message.collections[place(key.collection)].evicted.append(Data(key.row.bytes)) }
        return message
    }
}

extension CatchUpCursor {
    /// The opaque form that devices store: whether rows go whole, epoch and number of the base, of the begin and of the
    /// place, then the row within, most significant first.
    public var bytes: [UInt8] { bytes(part: nil) }

    /// - Parameter part: of the row that follows, so that each message has a cursor of its own. Nothing resumes
    ///   within a row.
    func bytes(part: UInt32?) -> [UInt8] {
        var out: [UInt8] = [sendsWhole || part != nil ? 1 : 0]
        func append(_ value: UInt64, _ count: UInt64) {
            for index in 0..<count { out.append(UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - index)))) }
        }
        for sequence in [base, begun, place.sequence] {
            append(UInt64(sequence.epoch), 4)
            append(sequence.number, 8)
        }
        if let row = place.row {
            append(UInt64(row.collection), 4)
            out.append(contentsOf: row.row.bytes)
        }
        if let part { append(UInt64(part), 4) }
        return out
    }

    /// Reads the opaque form. Empty is the start; nil for anything that no hub has written.
    public init?(bytes: [UInt8]) {
        if bytes.isEmpty {
            self = .start
            return
        }
        guard [37, 41, 57, 61].contains(bytes.count), bytes[0] <= 1 else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        func sequence(_ start: Int) -> CommitSequence {
            CommitSequence(epoch: UInt32(number(start..<start + 4)), number: number(start + 4..<start + 12))
        }
        let (base, begun, reached) = (sequence(1), sequence(13), sequence(25))
        guard base.isPossible, begun.isPossible, reached.isPossible, base <= reached, base <= begun else { return nil }
        self.init(place: ChangeCursor(sequence: reached), base: base, begun: begun, sendsWhole: bytes[0] == 1)
        if bytes.count >= 57, let id = RowID(bytes: bytes[41..<57]) {
            place.row = RowKey(collection: UInt32(number(37..<41)), row: id)
        }
    }
}

import ReplicationCore
import WireProtocol

/// What a device holds that the hub has sent, in short.
public struct Holdings: Sendable, Equatable {
    public var sum = DigestSum()
    public var fingerprint = RangeFingerprint().value

    public var held: HeldSum { HeldSum(rows: fingerprint.rows, cells: sum) }
}

extension DeviceReplica {
    /// Everything that the hub has sent and that the device holds, without own pending writes.
    public func holdings(in store: any DeviceReader) throws -> Holdings {
        var sum = DigestSum()
        var fingerprint = RangeFingerprint()
        try forEachRow(in: RowRange(), of: store) { row in
            let cells = Self.cells(of: row)
            for cell in cells { sum.add(cell) }
            fingerprint.add(RowDigest(of: row.key, cells: cells))
        }
        return Holdings(sum: sum, fingerprint: fingerprint.value)
    }

    /// What the device keeps count of, made from the rows where nobody knows.
    func held(in store: any DeviceTransaction) throws -> HeldSum {
        if let held = try store.held { return held }
        let held = try holdings(in: store).held
        try store.save(held: held)
        return held
    }

    /// In what the device differs from parts of the hub's rows.
    func differences(from parts: [RangePart], in store: any DeviceReader) throws -> RowDifferences {
        var differences = RowDifferences()
        for part in parts {
            switch part.content {
            case .fingerprint(let hub):
                var own = RangeFingerprint()
                try forEachRow(in: part.range, of: store) { own.add(Self.digest(of: $0)) }
                if own.value != hub { differences.ranges.append(part.range) }
            case .rows(let items):
                var theirs = Dictionary(items.map { ($0.key, $0.digest) }) { first, _ in first }
                try forEachRow(in: part.range, of: store) { row in
                    let hub = theirs.removeValue(forKey: row.key)
                    if hub == nil { differences.extra.append(row.key) }
                    if let hub, hub != Self.digest(of: row) { differences.changed.append(row.key) }
                }
                differences.missing += theirs.keys.sorted()
            }
        }
        return differences
    }

    /// Drops what cannot be read of what the hub has sent. What was written here stays.
    ///
    /// - Returns: how many rows were damaged.
    mutating func dropDamagedRows(in store: any DeviceTransaction) throws -> Int {
        var damaged: [RowKey] = []
        try forEachRow(in: RowRange(), of: store) { if $0.state == nil { damaged.append($0.key) } }
        for key in damaged { try refresh(key, confirmed: nil, in: store) }
        try storeSettled(in: store)
        // They have to be found missing.
        if !damaged.isEmpty { try store.save(verified: 0) }
        return damaged.count
    }

    /// Lets the next session begin with nothing: what is held is what the hub has to replace.
    mutating func beginAnew(in store: any DeviceTransaction) throws {
        _ = try dropDamagedRows(in: store)
        // What was counted need not be what is there.
        try store.save(held: nil)
        progress.cursor = []
        progress.isCarriedOver = true
        try store.save(progress)
    }

    private static func digest(of row: ConfirmedRow) -> RowDigest { RowDigest(of: row.key, cells: cells(of: row)) }

    /// None of a row that is damaged; no row of the hub has none.
    private static func cells(of row: ConfirmedRow) -> [CellDigest] {
        row.state?.cells.map { CellDigest(of: $0, in: row.key) } ?? []
    }

    private func forEachRow(
        in range: RowRange, of store: any DeviceReader, _ body: (ConfirmedRow) throws -> Void
    ) throws {
        for collection in schema.collections.sorted(by: { $0.number < $1.number }) {
            if let first = range.after?.collection, collection.number < first { continue }
            if let last = range.upTo?.collection, collection.number > last { break }
            var after = range.after.flatMap { $0.collection == collection.number ? $0.row : nil }
            let upTo = range.upTo.flatMap { $0.collection == collection.number ? $0.row : nil }
            while true {
                let page = try store.confirmedRows(
                    of: collection.number, after: after, upTo: upTo, limit: DeviceLimits.pageRows)
                for row in page { try body(row) }
                after = page.last?.key.row
                if page.count < DeviceLimits.pageRows { break }
            }
        }
    }
}

/// Where a device differs from the hub.
struct RowDifferences: Sendable, Equatable {
    /// There is a difference somewhere in each of these.
    var ranges: [RowRange] = []
    var missing: [RowKey] = []
    var extra: [RowKey] = []
    var changed: [RowKey] = []
}

import Foundation
import ReplicationCore
import WireProtocol

/// Answers a device's question from a snapshot of the store.
struct QuestionReading {
    let reader: any HubReader
    let encoder: ChangeEncoder
    let role: UInt32
    /// What the device's user receives in the snapshot.
    let scopes: Set<Scope>
    /// What a device that hands it in needs of a row's lost time.
    let contained: (RowKey) throws -> [ContainedPlace]

    /// - Returns: frames, in order.
    func answer(_ question: SyncQuestion) throws -> [[UInt8]] {
        switch question {
        case .digests(let request): [WireFrame.bytes(.digests(try digests(request)))]
        case .ranges(let request, let ranges): [WireFrame.bytes(.ranges(try parts(of: ranges, request)))]
        case .rows(let request, let keys): try rows(keys, request)
        }
    }

    private func digests(_ request: UInt64) throws -> WireDigests {
        var sum = DigestSum()
        var fingerprint = RangeFingerprint()
        var held = HeldRows(reader, scopes: scopes)
        while let key = try held.next() {
            guard let cells = try cells(of: key) else { continue }
            for cell in cells { sum.add(cell) }
            fingerprint.add(RowDigest(of: key, cells: cells))
        }
        var digest = WireScopeDigest()
        digest.scope = "replica"
        digest.rows = fingerprint.value.rows
        digest.cells = sum.cells
        digest.sum = Data(sum.bytes)
        digest.fingerprint = Data(fingerprint.value.bytes)
        var digests = WireDigests()
        digests.request = request
        digests.at = WireSequence(try reader.head)
        digests.scopes = [digest]
        return digests
    }

    private func parts(of ranges: [RowRange], _ request: UInt64) throws -> WireRanges {
        var answer = WireRanges()
        answer.request = request
        answer.at = WireSequence(try reader.head)
        for range in ranges { answer.parts += try parts(of: range).map(\.wire) }
        return answer
    }

    /// Parts of about the same number of rows; few rows one by one.
    private func parts(of range: RowRange) throws -> [RangePart] {
        var count = 0
        var held = HeldRows(reader, scopes: scopes, in: range)
        while try held.next() != nil { count += 1 }
        held = HeldRows(reader, scopes: scopes, in: range)
        if count <= HubLimits.rowsPerPart {
            var items: [RangePart.Item] = []
            while let key = try held.next() {
                if let cells = try cells(of: key) { items.append(RangePart.Item(key: key, digest: RowDigest(of: key, cells: cells))) }
            }
            return [RangePart(range: range, content: .rows(items))]
        }
        let most = (count + HubLimits.partsPerRange - 1) / HubLimits.partsPerRange
        var parts: [RangePart] = []
        var fingerprint = RangeFingerprint()
        var after = range.after
        var (inPart, seen) = (0, 0)
        while let key = try held.next() {
            if let cells = try cells(of: key) { fingerprint.add(RowDigest(of: key, cells: cells)) }
            inPart += 1
            seen += 1
            guard inPart == most || seen == count else { continue }
            // The last part reaches to the end of the range, so that the parts leave no gap.
            let upTo = seen == count ? range.upTo : key
            parts.append(RangePart(range: RowRange(after: after, upTo: upTo), content: .fingerprint(fingerprint.value)))
            (fingerprint, after, inPart) = (RangeFingerprint(), key, 0)
        }
        return parts
    }

    /// Nil if the device sees nothing of the row.
    private func cells(of key: RowKey) throws -> [CellDigest]? {
        guard let row = try reader.row(key), let cells = encoder.cells(of: row, role: role) else { return nil }
        return cells.map { CellDigest(of: $0, in: key) }
    }

    private func rows(_ keys: [RowKey], _ request: UInt64) throws -> [[UInt8]] {
        var messages: [WireChanges] = []
        var rows: [(collection: UInt32, change: WireRowChange)] = []
        var evicted: [RowKey] = []
        var bytes = 0
        func flush() {
            var message = encoder.message(rows: rows, evicted: evicted, cursor: [], complete: nil, isLive: false)
            message.repair = request
            messages.append(message)
            rows.removeAll(keepingCapacity: true)
            evicted.removeAll(keepingCapacity: true)
            bytes = 0
        }
        for key in keys {
            let parts = try held(key).map { encoder.parts(of: $0, role: role, after: nil, contained: try contained(key)) } ?? []
            if parts.isEmpty {
                evicted.append(key)
                bytes += 18
            }
            for part in parts {
                if bytes >= ProtocolLimits.chunkTargetBytes { flush() }
                rows.append((key.collection, part))
                bytes += part.weight
            }
        }
        flush()
        messages[messages.count - 1].repairEnds = true
        return messages.map { WireFrame.bytes(.changes($0)) }
    }

    /// Nil if the row is in none of the scopes.
    private func held(_ key: RowKey) throws -> RowState? {
        try reader.scopes(of: key).isDisjoint(with: scopes) ? nil : reader.row(key)
    }
}

import ReplicationCore
import TestSupport
import WireProtocol

/// Changesets, rows and receipts: fixed ones, and generated ones.
enum Samples {
    static func changeset(_ low: UInt64) -> ChangesetID { ChangesetID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0000 | low) }
    static func row(_ low: UInt64) -> RowID { RowID(high: 0x0199_0000_0001_7000, low: 0x8000_0000_0000_0000 | low) }
    static func key(_ low: UInt64, _ collection: UInt32 = 10) -> RowKey { RowKey(collection: collection, row: row(low)) }
    static let basis = CommitSequence(epoch: 2, number: 70)
    static let seed = [UInt8](0x10..<0x20)

    static func header(_ low: UInt64 = 1, isAtomic: Bool = false) -> ChangesetHeader {
        ChangesetHeader(
            identity: changeset(low), author: row(900), role: 2,
            stamp: HybridTime(milliseconds: 1_760_000_000_000, logical: 5), schemaVersion: 3, basis: basis,
            isAtomic: isAtomic)
    }

    static func seen(_ number: UInt64, epoch: UInt32 = 2, pending: [UInt64] = []) -> Context {
        Context(
            sequence: number == 0 ? .zero : CommitSequence(epoch: epoch, number: number),
            pending: pending.map { changeset($0) })
    }

    /// Operations at rising positions.
    static func operations(_ list: [(RowKey, Part, Action, Context)]) -> [CellOperation] {
        list.enumerated().map { index, item in
            CellOperation(position: UInt32(index), key: item.0, part: item.1, action: item.2, context: item.3)
        }
    }

    static let plain = operations([
        (key(1), .liveness, .create, seen(0)),
        (key(1), Part(group: 1), .set([.text("Pump"), .null]), seen(0)),
        (key(2), Part(group: 2), .set([.boolean(true), .integer(-5), .real(1.5), .bytes([0, 255])]), seen(66)),
    ])

    static func value(_ random: inout SplitMix64) -> Value {
        switch random.next() % 7 {
        case 0: .null
        case 1: .boolean(random.oneIn(2))
        case 2: .integer(Int64(bitPattern: random.next() >> UInt64.random(in: 0..<64, using: &random)))
        case 3: .real(Double(Int64(bitPattern: random.next()) >> 20) / 1_024)
        case 4: .text(["", "a", "caf\u{E9}", "cafe\u{301}", "\u{10FFFF}\u{0}"][Int(random.next() % 5)])
        case 5: .bytes(random.bytes(Int(random.next() % 20)))
        default: .integer([Int64.min, -1, 0, 1, .max][Int(random.next() % 5)])
        }
    }

    static func context(_ random: inout SplitMix64) -> Context {
        let number = random.next() % 4 == 0 ? 0 : random.next() % 1_000 + 1
        return Context(
            sequence: number == 0 ? .zero : CommitSequence(epoch: UInt32(random.next() % 3 + 1), number: number),
            pending: (0..<random.next() % 3).map { _ in changeset(random.next() % 100) })
    }

    static func part(_ random: inout SplitMix64) -> Part {
        Part(group: UInt32(random.next() % 5), element: random.oneIn(3) ? "e\(random.next() % 4)" : nil)
    }

    static func action(_ random: inout SplitMix64) -> (Action, String?) {
        switch random.next() % 7 {
        case 0: (.add, "x\(random.next() % 100)")
        case 1: (.remove, "x\(random.next() % 100)")
        case 2: (.increment(Int64(bitPattern: random.next())), nil)
        case 3: (.create, nil)
        case 4:
            (.delete(covering: (0..<random.next() % 4).map { _ in
                SeenCell(part: part(&random), context: context(&random))
            }), nil)
        case 5: (.restore, nil)
        default: (.set((0..<random.next() % 4).map { _ in value(&random) }), nil)
        }
    }

    static func changeset(_ random: inout SplitMix64) -> (ChangesetHeader, [CellOperation]) {
        var header = header(random.next() % 1_000, isAtomic: random.oneIn(3))
        if random.oneIn(3) { header.job = changeset(random.next()) }
        if random.oneIn(3) { header.mends = changeset(random.next()) }
        if random.oneIn(3) { header.cause = changeset(random.next()) }
        let operations = (0..<random.next() % 12).map { position in
            let (action, element) = action(&random)
            return CellOperation(
                position: UInt32(position), key: key(random.next() % 4), part: Part(group: UInt32(random.next() % 9), element: element),
                action: action, context: context(&random), resolves: random.oneIn(4) ? [row(random.next() % 9)] : [])
        }
        return (header, operations)
    }
}

extension DecodedChangeset {
    /// Everything that it means, for comparison.
    var meaning: [CellOperation] { operations.sorted { $0.position < $1.position } }
}

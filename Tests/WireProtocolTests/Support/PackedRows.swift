import ReplicationCore
import TestSupport
import WireProtocol

/// Rows with cells of every policy, as merging makes them.
enum PackedRows {
    static let lattice = Lattice(states: ["new", "done"])

    static let collection: Collection = {
        func group(_ number: UInt32, _ policy: Policy) -> Group {
            Group(number: number, name: "g\(number)", policy: policy, fields: [
                Field(name: "f\(number)", label: "F", type: .text(maximumBytes: 100)),
                Field(name: "s\(number)", label: "S", type: .integer(minimum: .min, maximum: .max)),
            ])
        }
        return Collection(number: 10, name: "things", label: "Thing", kind: .record, groups: [
            group(1, .lastWriter), group(2, .authority(roles: [1, 2])), group(3, .lattice(lattice)),
            group(4, .keepBoth), group(5, .addWinsSet), group(6, .counter), group(7, .writeOnce),
            group(8, .hubOnly),
            group(9, .derived(Derivation(rule: .sum(field: "n"), source: 11, target: .reference(field: "r")))),
            Group(number: 10, name: "g10", policy: .lastWriter, fields: [Field(name: "f10", label: "F", type: .custom)]),
        ])
    }()

    /// A row with values by key, one of them with two that had not seen each other.
    static let keyed: RowState = {
        var row = RowState(key: Samples.key(3))
        let writes: [(key: String, value: Value, site: Site)] = [
            ("loyalty", .text("gold"), 1), ("size", .integer(-3), 1), ("size", .integer(4), 2), ("vat", .null, 2),
        ]
        for (index, step) in writes.enumerated() {
            let number = UInt64(index + 1)
            let write = Write(
                identity: ChangesetID(high: 20, low: number), dot: Dot(site: step.site, counter: number),
                author: Samples.row(UInt64(step.site)), role: 1, rank: 0, effective: HybridTime(milliseconds: 1_000 + number),
                sequence: CommitSequence(epoch: 1, number: number))
            let part = Part(group: 10, element: step.key)
            row[part] = Merge.apply(
                IncomingWrite(write: write, context: Context(), action: .set([step.value])), to: row[part], part: part,
                policy: .lastWriter).state
        }
        return row
    }()

    /// A row after some random writes, with siblings, tallies, deletions and removed elements.
    static func row(_ random: inout SplitMix64) -> RowState {
        var row = RowState(key: Samples.key(1))
        var counters: [Site: UInt64] = [:]
        for step in 1...(4 + random.next() % 14) {
            let group = UInt32(random.next() % 10)
            let element = group == 5 ? ["a", "caf\u{E9}"][Int(random.next() % 2)] : nil
            let part = Part(group: group, element: element)
            let site = Site(random.next() % 4)
            counters[site, default: 0] += 1
            let write = Write(
                identity: ChangesetID(high: UInt64(site), low: counters[site, default: 0]),
                dot: Dot(site: site, counter: counters[site, default: 0]), author: Samples.row(UInt64(site)),
                role: site, rank: UInt32(random.next() % 3),
                effective: HybridTime(rawValue: random.next() >> UInt64.random(in: 0..<60, using: &random)),
                sequence: CommitSequence(epoch: 1, number: step))
            let context = Context(sequence: CommitSequence(epoch: 1, number: random.next() % step))
            let action = action(group, &random)
            let (state, _) = Merge.apply(
                IncomingWrite(write: write, context: context, action: action), to: row[part], part: part,
                policy: collection.policy(of: part))
            row[part] = state
        }
        return row
    }

    private static func action(_ group: UInt32, _ random: inout SplitMix64) -> Action {
        switch group {
        case 0:
            [.create, .restore, .delete(covering: [
                SeenCell(part: Part(group: 5, element: "a"), context: Samples.context(&random)),
                SeenCell(part: Part(group: 1), context: Samples.context(&random)),
            ])][Int(random.next() % 3)]
        case 3: .set([.text(lattice.states[Int(random.next() % 2)]), Samples.value(&random)])
        case 5: random.oneIn(3) ? .remove : .add
        case 6, 9: .increment(Int64(bitPattern: random.next()))
        default: .set([Samples.value(&random), Samples.value(&random)])
        }
    }

    /// Writes a row and reads it back, with the shown values from where they stand.
    static func roundTrip(_ row: RowState) throws -> RowState {
        // The reader asks for them in the order of the cells; a group stands in one cell.
        var queue = row.cells.compactMap { PackedClock.shownOutside(of: $0, in: collection) }
        return try PackedClock.decode(PackedClock.encode(row, in: collection), key: row.key) { _ throws(WireError) in
            guard !queue.isEmpty else { throw WireError(.malformed, "no shown values are left") }
            return queue.removeFirst()
        }
    }
}

import Foundation
import ReplicationCore
import TestSupport
import Testing
import WireProtocol

@testable import ReplicationEngine

/// Cases for lenses in other languages: `Fixtures/lenses/operations.json` and `rows.json`, over the schema versions in
/// `Fixtures/lenses/lab`. Written anew with `CONVERGE_WRITE_FIXTURES=1`.
@Suite struct LensVectorsTests {
    @Test func operationsAreTranslatedAsCommitted() throws {
        var cases: [JSON] = []
        for version in 1..<LabVersions.all.upperBound {
            var maker = try LensCaseMaker(version: version, seed: UInt64(version))
            for _ in 0..<10 { cases.append(try maker.operations()) }
        }
        #expect(try Fixture.isCurrent("Fixtures/lenses/operations.json", text: lines(cases)))
    }

    @Test func rowsAreTranslatedAsCommitted() throws {
        var cases: [JSON] = []
        for version in 1..<LabVersions.all.upperBound {
            var maker = try LensCaseMaker(version: version, seed: UInt64(version) + 100)
            for _ in 0..<8 { cases.append(maker.down()) }
            for _ in 0..<4 { cases.append(maker.up()) }
        }
        #expect(try Fixture.isCurrent("Fixtures/lenses/rows.json", text: lines(cases)))
    }

    /// A hub that goes over sends devices of versions before no cell that is older than what they hold: they would keep theirs.
    @Test(arguments: 2..<LabVersions.all.upperBound) func noCellBecomesOlderWhenAHubGoesOver(version: UInt32) throws {
        let before = try LabVersions.schema(version)
        var maker = try LensCaseMaker(version: version, seed: UInt64(version) + 200)
        for earlier in 1..<version {
            let former = try #require(before.history.lens(from: earlier)?.lens(of: LabVersions.task))
            let steps = try #require(maker.schema.history.lens(from: earlier)?.lens(of: LabVersions.task))
            for _ in 0..<500 {
                let row = maker.formerRow()
                let carried = maker.steps.up(row)
                let now = steps.down(carried, changed: carried.sequence)
                for held in former.down(row, changed: row.sequence).cells {
                    guard let cell = now[held.part] else { continue }
                    #expect(cell.sequence >= held.sequence, "\(held.part) of version \(earlier)")
                }
            }
        }
    }

    /// Nor does a cell become older for who may read less of the row than before.
    @Test func aDeletionIsAsLateForWhoMayReadLess() throws {
        let text = try LabVersions.text(LabVersions.all.upperBound)
        let open = "type: choice low | normal | high, policy: last-writer"
        let schema = try LabVersions.parse(text.replacingOccurrences(of: open, with: open + ", readers: [boss]"))
        let collection = try #require(schema.collection(LabVersions.task))
        let encoder = ChangeEncoder(schema: schema, version: 1)
        var maker = try LensCaseMaker(version: 1, seed: 300)
        var deletions = 0
        for _ in 0..<500 {
            var row = maker.presentRow()
            row[Part(group: 12)] = CellState(part: Part(group: 12), sequence: CommitSequence(epoch: 1, number: 1_000))
            let all = try #require(encoder.older(row, in: collection, role: 2)).row
            let less = try #require(encoder.older(row, in: collection, role: 1)).row
            #expect(less[.liveness]?.sequence == all[.liveness]?.sequence)
            deletions += all[.liveness]?.sequence == row.sequence ? 1 : 0
        }
        #expect(deletions > 10)
    }

    private func lines(_ cases: [JSON]) -> String { "[\n" + cases.map(\.line).joined(separator: ",\n") + "\n]\n" }
}

/// Makes cases by chance, all of the lab's jobs.
private struct LensCaseMaker {
    let version: UInt32
    let schema: Schema
    let lens: SchemaLens
    let steps: CollectionLens
    private var random: SplitMix64
    private var last: UInt64 = 0

    init(version: UInt32, seed: UInt64) throws {
        self.version = version
        schema = try LabVersions.schema(LabVersions.all.upperBound)
        lens = try #require(schema.history.lens(from: version))
        steps = try #require(lens.lens(of: LabVersions.task))
        random = SplitMix64(seed: seed)
    }

    static let key = RowKey(collection: LabVersions.task, row: RowID(high: 0x0198, low: 1))

    /// What an app of the earlier version wrote, over a row with a past.
    mutating func operations() throws -> JSON {
        let past = past(ofVersion: LabVersions.all.upperBound)
        let seen = past.states[below(past.states.count)].sequence
        let name = identity()
        let header = ChangesetHeader(
            identity: name, author: RowID(high: 7, low: 10), role: 1, stamp: HybridTime(milliseconds: 5), schemaVersion: version,
            basis: seen)
        var written: [CellOperation] = []
        for group in steps.older.groups where below(3) == 0 || written.isEmpty {
            written.append(CellOperation(
                position: UInt32(written.count), key: Self.key, part: Part(group: group.number, element: group.isSet ? "x" : nil),
                action: action(on: group), context: Context(sequence: seen)))
        }
        if below(6) == 0 {
            written.append(CellOperation(
                position: UInt32(written.count), key: Self.key, part: .liveness,
                action: .delete(covering: steps.older.groups.prefix(4).map {
                    SeenCell(part: Part(group: $0.number), context: Context(sequence: seen))
                }), context: Context(sequence: seen)))
        }
        var translator = ChangesetTranslator(
            schema: schema, lens: lens, header: header, dot: Dot(site: 9, counter: 2), head: past.states.last?.sequence ?? .zero)
        try translator.take(written[...], of: Self.key, past)
        return .object([
            ("version", .number(Int(version))), ("basis", Describe.sequence(seen)),
            ("past", .array(past.states.map { state in .array(state.cells.map { Describe.cell($0) }) })),
            ("written", .array(written.map { Describe.operation($0) })),
            ("expected", .array(translator.operations.map { Describe.operation($0) })),
            ("refused", .object(translator.refused.sorted { $0.key < $1.key }.map { ("\($0.key)", .number(Int($0.value.rule.rawValue))) })),
            ("merged", .object(translator.merged.sorted { $0.key < $1.key }.map { ("\($0.key)", .number(Int($0.value))) })),
        ])
    }

    /// A row here, and as a device of the earlier version holds it.
    mutating func down() -> JSON {
        let row = presentRow()
        return rows("down", row, steps.down(row, changed: row.sequence))
    }

    /// A row of the earlier version, and what it is here when a store goes over.
    mutating func up() -> JSON {
        let row = formerRow()
        return rows("up", row, steps.up(row))
    }

    mutating func presentRow() -> RowState { past(ofVersion: LabVersions.all.upperBound).states.last ?? RowState(key: Self.key) }

    /// A row of the earlier version.
    mutating func formerRow() -> RowState { past(ofVersion: version).states.last ?? RowState(key: Self.key) }

    private func rows(_ direction: String, _ row: RowState, _ expected: RowState) -> JSON {
        .object([
            ("version", .number(Int(version))), ("direction", .text(direction)),
            ("row", .array(row.cells.map { Describe.cell($0) })), ("expected", .array(expected.cells.map { Describe.cell($0) })),
        ])
    }

    /// Some commits on a row: its making, and a few writes by several writers, some of which had seen little.
    private mutating func past(ofVersion number: UInt32) -> Past {
        let collection = number == version ? steps.older : steps.newer
        var row = RowState(key: Self.key)
        var states: [RowState] = []
        for sequence in 1...UInt64(3 + below(4)) {
            let at = CommitSequence(epoch: 1, number: sequence * 10)
            let write = Write(
                identity: identity(), dot: Dot(site: UInt32(1 + below(3)), counter: sequence), author: RowID(high: 7, low: 10),
                role: 1, rank: 0, effective: HybridTime(milliseconds: 1_000 + UInt64(below(50))), sequence: at)
            var operations: [(Part, Action)] = sequence == 1 ? [(.liveness, .create)] : []
            if sequence > 3, below(5) == 0 {
                operations.append((.liveness, .delete(covering: row.cells.dropFirst().prefix(below(9)).map {
                    SeenCell(part: $0.part, context: Context(sequence: $0.sequence))
                })))
            }
            for group in collection.groups where below(3) == 0 {
                operations.append((Part(group: group.number, element: group.isSet ? "x" : nil), action(on: group)))
            }
            for (part, action) in operations {
                let seen = below(3) == 0 ? CommitSequence.zero : row[part]?.sequence ?? .zero
                _ = Merge.apply(
                    IncomingWrite(write: write, context: Context(sequence: seen), action: action), to: &row, part: part,
                    policy: collection.policy(of: part))
            }
            if row.sequence == at { states.append(row) }
        }
        return Past(states: states)
    }

    private mutating func action(on group: Group) -> Action {
        switch group.policy {
        case .addWinsSet: .add
        case .counter: .increment(Int64(1 + below(9)))
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly, .derived:
            .set(group.fields.map { value(of: $0) })
        }
    }

    private mutating func value(of field: Field) -> Value {
        if below(8) == 0, !field.isMandatory { return .null }
        switch field.type {
        case .choice(let choices): return .text(choices[below(choices.count)])
        case .timestamp: return .integer(Int64(below(1_000)))
        case .reference: return .reference(RowID(high: 7, low: UInt64(10 + below(2))))
        default: return .text(["Anna", "Anna Berg", "Anna Maria Berg", " ", "", "Ägir Ö", "5 b"][below(7)])
        }
    }

    private mutating func identity() -> ChangesetID {
        last += 1
        return ChangesetID(high: 0x0199, low: last)
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    struct Past: RowPast {
        let states: [RowState]
        var row: RowState? { states.last }
        func row(at sequence: CommitSequence) -> RowState? { states.last { $0.sequence <= sequence } }
        func writes(after sequence: CommitSequence, on groups: Set<UInt32>) -> [PastWrite] { [] }
    }
}

import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Sums by classes of readers come to what each role is sent.
struct ReaderClassesTests {
    private let schema = OfficeSchema.schema
    private let classes = ReaderClasses(OfficeSchema.schema)

    private func row(_ collection: UInt32, _ values: [String: Value], number: UInt64) throws -> RowState {
        let collection = try #require(schema.collection(collection))
        var row = RowState(key: RowKey(collection: collection.number, row: RowID(high: 1, low: 7)))
        let write = Write(
            identity: ChangesetID(high: 1, low: number), dot: Dot(site: 1, counter: number), author: .zero, role: 0, rank: 0,
            effective: HybridTime(milliseconds: number), sequence: CommitSequence(epoch: 1, number: number))
        row[.liveness] = CellState(part: .liveness, sequence: write.sequence, siblings: [Sibling(write: write, content: .alive)])
        for group in collection.groups where !group.isSet {
            let given = group.fields.map { values[$0.name] ?? (number.isMultiple(of: 2) ? .null : .text("\(number)")) }
            if number % 3 == 1, group.number % 3 == 2 { continue }
            row[Part(group: group.number)] = CellState(
                part: Part(group: group.number), sequence: write.sequence, siblings: [Sibling(write: write, content: .values(given))])
        }
        return row
    }

    private func expected(_ row: RowState?, _ role: UInt32) -> HeldSum {
        guard let row, let cells = ChangeEncoder(schema: schema).cells(of: row, role: role) else { return HeldSum() }
        var held = HeldSum(rows: 1)
        for cell in cells { held.cells.add(CellDigest(of: cell, in: row.key)) }
        return held
    }

    private func states() throws -> [[RowState?]] {
        let plain = try schema.collections.filter { $0.name != "conflict" }.map { collection in
            [nil] + (try (1...4).map { try row(collection.number, [:], number: $0) })
        }
        // About a price, which only dispatchers read; about a title, and about nothing that is known.
        let order = "\(try #require(schema.collection(OfficeSchema.orders)).name)/\(RowID(high: 1, low: 1))"
        let conflicts = try [(order, 4), (order, 1), ("nothing", 1)].enumerated().map { index, about in
            try row(OfficeSchema.conflicts, ["subject": .text(about.0), "part_group": .integer(about.1)], number: UInt64(index + 2))
        }
        return plain + [[nil] + conflicts]
    }

    @Test func sumsOverTheClassesOfARoleAreWhatItIsSent() throws {
        let roles = schema.roles.map(\.number) + [77]
        var seen: Set<HeldSum> = []
        for states in try states() {
            for former in states {
                for state in states {
                    let shares = classes.differences(from: former, to: state)
                    #expect(Set(shares.map(\.readers)).count == shares.count || former != nil)
                    for role in roles {
                        var sum = expected(former, role)
                        for share in shares where share.readers.contains(role) { sum += share.held }
                        #expect(sum == expected(state, role), "role \(role)")
                        seen.insert(sum)
                    }
                }
            }
        }
        #expect(seen.count > 20)
    }

    @Test func readersHaveBytes() throws {
        for roles in [[], [1], [1, 2], [3, 0x0102_0304, .max]] as [[UInt32]] {
            #expect(Readers(bytes: Readers(roles: roles).bytes) == Readers(roles: roles))
        }
        #expect(Readers(bytes: [1, 2, 3]) == nil)
    }

    /// Sums that were made by other rights are known by the text.
    @Test func otherRightsAreOtherClasses() {
        let other = Schema(
            version: schema.version, name: schema.name, collections: schema.collections.map { collection in
                Collection(
                    number: collection.number, name: collection.name, label: collection.label, kind: collection.kind,
                    groups: collection.groups.map { Group(number: $0.number, name: $0.name, policy: $0.policy, fields: $0.fields) },
                    scopes: collection.scopes, rights: collection.rights)
            }, roles: schema.roles, userCollection: schema.userCollection)
        #expect(ReaderClasses(other).text != classes.text && ReaderClasses(schema).text == classes.text)
    }
}

import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine

@testable import SQLiteStore

/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A folder of its own that is gone after the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        chmod(path, 0o700)
        // A folder that stays behind disturbs nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Makes stores for the contract; another implementation brings its own.
struct StoreFactory: Sendable {
    let make: @Sendable (Schema) throws -> any HubStore

    static func sqlite(in folder: TemporaryFolder, name: String = "hub.sqlite") -> StoreFactory {
        StoreFactory { schema in
            try makeSQLite(at: folder.file(name), schema: schema)
        }
    }

    static func makeSQLite(at path: String, schema: Schema = TestSchema.schema) throws -> SQLiteHubStore {
        var random = SeededGenerator(seed: 1)
        return try SQLiteHubStore.create(
            at: path, schema: schema, schemaText: "text of version \(schema.version)", hubName: "Test",
            milliseconds: 1_700_000_000_000, random: &random)
    }
}

/// One change of a row: the values of groups, or its deletion.
struct Edit: Sendable {
    var key: RowKey
    var values: [UInt32: [Value]] = [:]
    var isDeletion = false
}

func key(_ collection: UInt32, _ number: UInt64) -> RowKey {
    RowKey(collection: collection, row: RowID(high: 0x0190_0000_0000_7000, low: number))
}

extension Value {
    static func named(_ key: RowKey) -> Value { .reference(key.row) }
}

extension HubStore {
    /// Commits each list of edits as one changeset, all in one transaction.
    @discardableResult
    func commit(_ changesets: [[Edit]], site: Site = 1) throws -> Committed {
        try commit { reader in
            var plan = CommitPlan()
            var rows: [RowKey: RowState] = [:]
            var order: [RowKey] = []
            var head = try reader.head
            for edits in changesets {
                head.number += 1
                var touched: [LogEntry.Touched] = []
                for edit in edits {
                    let known = try rows[edit.key] ?? reader.row(edit.key)
                    touched.append(.init(key: edit.key, previous: known?.sequence ?? .zero))
                    if rows.updateValue(edit.applied(to: known, at: head), forKey: edit.key) == nil { order.append(edit.key) }
                }
                plan.entries.append(makeEntry(head, site: site, touched: touched))
            }
            plan.rows = order.compactMap { rows[$0] }
            return (plan, ())
        }.0
    }
}

func makeEntry(_ sequence: CommitSequence, site: Site, touched: [LogEntry.Touched] = []) -> LogEntry {
    let changeset = Array("changeset \(sequence)".utf8)
    return LogEntry(
        sequence: sequence, dot: Dot(site: site, counter: sequence.number),
        identity: ChangesetID(high: 0x7000, low: sequence.number), root: rootOfTest(changeset), changeset: changeset,
        evidence: sequence.number.isMultiple(of: 2) ? nil : ClockEvidence(hubMilliseconds: .max, uncertaintyMilliseconds: .max),
        receipt: sequence.number.isMultiple(of: 3) ? [] : [1, 2, 3], receivedMilliseconds: 5_000 + sequence.number,
        touched: touched)
}

/// Stands for the Merkle root, for changesets that are plain text.
func rootOfTest(_ changeset: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: changeset)) }

extension Edit {
    func applied(to known: RowState?, at sequence: CommitSequence) -> RowState {
        var state = known ?? RowState(key: key, cells: [TestRows.alive(sequence.number)])
        for (group, values) in values { state[Part(group: group)] = TestRows.cell(group, [(values, sequence.number)]) }
        if isDeletion { state[.liveness] = TestRows.deleted(sequence.number, covering: state) }
        return state
    }
}

/// `#expect` takes throwing functions and not throwing properties.
extension HubReader {
    func currentHead() throws -> CommitSequence { try head }
    func identity() throws -> HubIdentity { try hub }
    func latest() throws -> HybridTime { try latestEffective }
}

extension HubReader {
    /// What somebody who has always received these scopes, and none else, is sent.
    func changes(after cursor: CatchUpCursor, in scopes: Set<Scope>, limit: Int, bytes: Int = .max) throws -> ChangePage {
        try changes(
            after: cursor, in: scopes.map { Subscription(scope: $0, since: .zero) }, limit: limit, bytes: bytes)
    }
}

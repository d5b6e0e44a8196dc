import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// A process that commits is killed at random points; what it reported is there.
@Suite struct CrashTests {
    private static let schema = Schema(
        version: 1, name: "helper",
        collections: [
            Collection(
                number: 1, name: "users", label: "User", kind: .record,
                groups: [TestSchema.one(1, Field(name: "name", label: "Name", type: .text(maximumBytes: 100_000)))],
                scopes: [.everyone])
        ], roles: [], userCollection: 1)

    @Test func everyReportedCommitIsThereAfterAKill() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("hub.sqlite")
        try StoreFactory.makeSQLite(at: path, schema: Self.schema).close()
        var random = SeededGenerator(seed: 11)
        var reported: UInt64 = 0
        for round in 0..<8 {
            let writer = try OtherProcess("write", path)
            Thread.sleep(forTimeInterval: .random(in: 0.05...0.4, using: &random))
            writer.kill()
            let last = try writer.result().split(separator: "\n").last.flatMap { UInt64($0) }
            reported = max(reported, last ?? 0)
            let store = try SQLiteHubStore.open(at: path, schema: Self.schema, schemaText: "helper")
            let head = try store.read { try $0.head.number }
            #expect(head >= reported && head <= reported + 1, "round \(round)")
            try store.verifyChain { _ in Array(repeating: 1, count: 32) }
            try store.read { reader throws in
                let page = try reader.changes(after: .start, in: [ScopeRules.everyone], limit: 1_000_000)
                #expect(page.rows.map(\.sequence.number) == Array(1...max(head, 1)).filter { $0 <= head })
                for number in (1...max(head, 1)).filter({ $0 <= head }) {
                    let sequence = CommitSequence(epoch: 1, number: number)
                    #expect(try reader.entry(at: sequence)?.dot == Dot(site: 1, counter: number))
                }
            }
            try store.close()
            // What is there now counts as reported for the next round, in which a kill may come before any report.
            reported = head
        }
        #expect(reported > 8, "the writer hardly wrote anything")
    }
}

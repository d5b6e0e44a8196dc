import Domain
import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
import TestTraits

/// The company that the demonstration plays with, in a real store.
@Suite(.realTime) struct SampleCompanyTests {
    /// What the file says is what the hub holds: every row alive, with every field.
    @Test func everyRowArrivesWhole() throws {
        let folder = NSTemporaryDirectory() + "converge-company-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        let schema = try StandardSchema.load()
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/Fixtures/sample-company/company.yaml"
        let seed = try SeedFile.load(text: String(contentsOfFile: file, encoding: .utf8), file: file, schema: schema)
        var random = SystemRandomNumberGenerator()
        let store = try SQLiteHubStore.create(
            at: folder + "/hub.sqlite", schema: schema, schemaText: StandardSchema.text, hubName: "test",
            milliseconds: 1_760_000_000_000, random: &random)
        let lines = try seed.rows.enumerated().map { index, row in
            ImportBatch.Line(number: UInt64(index), rows: [.init(
                collection: try #require(schema.collection(row.key.collection)).name, row: row.key.row,
                fields: row.values.map { ($0.key, $0.value) }, sets: row.elements.map { ($0.key, $0.value) }, fillsOnly: false)])
        }
        let works: [CommitWork] = [.importLines(ConnectionID(rawValue: 0), request: 0, ImportBatch(
            job: ChangesetID(high: 1, low: 1), isDryRun: false, lines: lines))]
        let moment = CommitMoment(wallMilliseconds: 1_760_000_000_000)
        _ = try store.commit { try CommitBatch.decide(works, reader: $0, schema: schema, moment: moment) }
        for row in seed.rows {
            let collection = try #require(schema.collection(row.key.collection))
            let held = try #require(try store.read { try $0.row(row.key) }, "\(collection.name) \(row.key.row)")
            #expect(held.isAlive, "\(collection.name) \(row.key.row)")
            for (field, value) in row.values {
                #expect(held.shownValue(of: field, in: collection) == value, "\(collection.name).\(field)")
            }
            for (field, elements) in row.elements {
                let group = try #require(collection.group(holding: field))
                #expect(held.elements(of: group.number) == elements.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            }
        }
        try store.close()
    }
}

import Documents
import Domain
import ReplicationCore
import TestSupport

/// The sample company, as somebody reads it who may read everything.
struct CompanyRecords: DocumentRecords {
    let schema: Schema
    private var values: [RowKey: [String: [Value]]] = [:]

    init() throws {
        schema = try StandardSchema.load()
        let file = "Fixtures/sample-company/company.yaml"
        for row in try SeedFile.load(text: Fixture.text(file), file: file, schema: schema).rows {
            values[row.key] = row.values.mapValues { [$0] }.merging(row.elements.mapValues { $0.map { .text($0) } }) { scalar, _ in scalar }
        }
    }

    /// What somebody has written meanwhile.
    mutating func write(_ row: RowID, _ collection: String, _ field: String, _ text: String) {
        guard let number = schema.collection(named: collection)?.number else { return }
        values[RowKey(collection: number, row: row)]?[field] = [.text(text)]
    }

    func mayRead(_ field: String, of collection: Collection) -> Bool { true }

    func row(_ key: RowKey) -> [String: [Value]]? { values[key] }

    func isGone(_ key: RowKey) -> Bool { values[key] == nil }

    func rows(of collection: UInt32, where field: String, names row: RowID) -> [RowID] {
        values.filter { $0.key.collection == collection && $0.value[field] == [.reference(row)] }.map(\.key.row).sorted()
    }
}

import ReplicationCore
import Testing

@testable import Domain

@Suite struct SampleCompanyTests {
    @Test func everyRowIsWholeAndItsReferencesComeFirst() throws {
        let schema = try StandardSchema.load()
        let company = try Fixtures.company(schema)
        #expect(RowCheck(schema: schema).complaints(about: company.rows) == [])
        var counts: [String: Int] = [:]
        for row in company.rows { counts[schema.collection(row.key.collection)?.name ?? "?", default: 0] += 1 }
        #expect(counts == [
            "territory": 2, "skill": 5, "user": 7, "account": 6, "contact": 7, "site": 10, "asset": 11, "product": 12,
            "warehouse": 3, "stock_movement": 17, "work_order": 12, "checklist_item": 10, "part_needed": 11, "contract": 6,
            "ticket": 3, "invoice": 6, "interaction": 2, "task": 3,
        ])
        #expect(Set(company.rows.map(\.key)).count == company.rows.count)
    }

    @Test func bothKeyAccountManagersShareAnAccount() throws {
        let schema = try StandardSchema.load()
        let collection = try #require(schema.collection(named: "account")).number
        let shared = try #require(try Fixtures.company(schema).rows.first { $0.key == RowKey(collection: collection, row: SeedFile.row("cold_store", of: collection)) })
        #expect(shared.values["owner"]?.row == SeedFile.row("kofi", of: schema.userCollection))
        #expect(shared.values["co_owner"]?.row == SeedFile.row("mei", of: schema.userCollection))
        #expect(shared.elements["tags"] == ["cooling", "around the clock"])
    }

    @Test func rowsAreOrderedByWhatTheyReferTo() throws {
        let schema = try StandardSchema.load()
        let text = """
            seed: backwards
            rows:
              task:
                call: {subject: site/hall, title: Call}
              site:
                hall: {account: mill, name: Hall}
              account:
                mill: {name: Mill, territory: north}
              territory:
                south: {name: South, time_zone: UTC, parent: north}
                north: {name: North, time_zone: UTC}
            """
        let rows = try SeedFile.load(text: text, file: "seed.yaml", schema: schema).rows
        #expect(RowCheck(schema: schema).complaints(about: rows) == [])
        #expect(rows.map(\.key.collection) == [1, 4, 6, 22, 1])
    }

    @Test func valuesBecomeTheSchemasTypes() throws {
        let schema = try StandardSchema.load()
        let rows = try Fixtures.company(schema).rows
        let asset = try #require(rows.first { $0.values["serial"] == .text("CH-4410") })
        #expect(asset.values["installed_on"] == .integer(16506))
        #expect(asset.values["visits"] == .integer(6))
        let order = try #require(rows.first { $0.values["number"] == .text("HLP-0001") })
        #expect(order.values["reported_at"] == .integer(1_781_473_200_000))
    }

    struct Case: Sendable {
        let text: String
        let expected: String
    }

    @Test(arguments: [
        Case(text: "rows:\n  teritory:\n    a: {name: A}", expected: "3:3: there is no collection `teritory`. Did you mean `territory`?"),
        Case(text: "rows:\n  territory:\n    a: {nam: A, time_zone: UTC}", expected: "4:9: there is no field `nam` in the collection `territory`. Did you mean `name`?"),
        Case(text: "rows:\n  territory:\n    a: {name: A}", expected: "4:5: the row `territory/a` has no `time_zone`, which is mandatory"),
        Case(text: "rows:\n  territory:\n    a: {name: A, time_zone: UTC, parent: b}", expected: "4:42: there is no row `b` in `territory`"),
        Case(text: "rows:\n  asset:\n    a: {installed_on: 2026-02-30}", expected: "4:23: `2026-02-30` is not a day. Write it as `2026-06-15`."),
        Case(text: "rows:\n  product:\n    a: {unit: pice}", expected: "4:15: there is no choice `pice`. Did you mean `piece`?"),
        Case(text: "rows:\n  task:\n    a: {subject: invoice/b}", expected: "4:18: `invoice/b` names no row that may stand here"),
        Case(text: "rows:\n  stock_level:\n    a: {on_hand: 3}", expected: "4:9: `on_hand` is computed by the hub"),
        Case(text: "rows:\n  part_needed:\n    a: {quantity: 0}", expected: "4:19: `0` is not a whole number from 1 to 10000"),
    ]) func mistakesAreReportedWhereTheyStand(_ mistake: Case) throws {
        let schema = try StandardSchema.load()
        let error = #expect(throws: FileMistakes.self) {
            try SeedFile.load(text: "seed: x\n" + mistake.text, file: "seed.yaml", schema: schema)
        }
        let lines = error?.mistakes.map(\.description) ?? []
        #expect(lines.contains { $0.hasPrefix("seed.yaml:" + mistake.expected) }, "got \(lines)")
    }

    /// Golden: the same key must be the same row in every version and every language.
    @Test func derivedIdentitiesNeverChange() {
        #expect(RowID.derived(collection: 4, key: ["cold_store"]).description == "d7dede26-b534-83b0-938a-95070f98f8ec")
        #expect(RowID.derived(collection: 12, key: ["nyc311", "39573567"]).description == "2cf15da6-2d75-8cb6-9101-878b9f6d2258")
        #expect(RowID.derived(collection: 1, key: ["ab", "c"]) != RowID.derived(collection: 1, key: ["a", "bc"]))
        #expect(RowID.derived(collection: 1, key: ["a"]) != RowID.derived(collection: 2, key: ["a"]))
        let text = Array(RowID.derived(collection: 1, key: ["a"]).description)
        #expect(text[14] == "8" && "89ab".contains(text[19]))
    }
}

import Foundation
import ReplicationCore
import Testing

@testable import Domain

@Suite struct MappingMistakeTests {
    static let right = """
        mapping: small
        schema: field-service
        line: site
        time_zone: UTC
        tables:
          kinds: {A: shop}
        texts:
          label: ["{Name}", "{Key}"]
        skip:
          - {column: Key, empty: true, because: No key.}
        rows:
          site:
            identity: ["{Key}"]
            values:
              account: city_services
              name: {first: "{label}", cut: true}
              kind: {first: "{Kind}", table: kinds}
          asset:
            identity: ["{Key}"]
            values:
              site: {row: site}
              name: "{label}"
              installed_on: {first: "{Built}", date: yyyy-MM-dd}
        """

    static let cases: [(String, String, String)] = [
        ("time_zone: UTC", "time_zone: Nowhere/Else", "4:12: there is no time zone `Nowhere/Else`"),
        ("schema: field-service", "schema: other", "2:9: the mapping is for the schema `other`"),
        ("line: site", "line: sites", "3:7: there is no row `sites` in `rows`. Did you mean `site`?"),
        ("{A: shop}", "{A: shop, a: store}", "6:20: `a` stands twice in the table `kinds`"),
        ("\"{Name}\", ", "\"{Name\", ", "8:11: a brace in `{Name` has no partner"),
        ("because: No key.", "becuase: No key.", "10:32: there is no key `becuase`"),
        ("empty: true, ", "", "10:5: a condition of `skip` tests nothing"),
        ("  site:\n    identity", "  sit:\n    identity", "12:3: there is no collection `sit`. Did you mean `site`?"),
        ("name: {first", "nmae: {first", "16:7: there is no field `nmae` in the collection `site`. Did you mean `name`?"),
        ("account: city_services\n", "city: here\n", "12:3: the row `site` has no `account`, which is mandatory"),
        ("cut: true", "do: [tidyy]", "16:37: there is no conversion `tidyy`. Did you mean `tidy`?"),
        ("table: kinds", "table: kind", "17:38: there is no table `kind`. Did you mean `kinds`?"),
        ("table: kinds", "tabel: kinds", "17:31: there is no key `tabel` in the value `kind`. Did you mean `table`?"),
        ("{row: site}", "{row: asset}", "21:19: `site` does not refer to `asset`"),
        ("date: yyyy-MM-dd", "date: yy-MM-dd", "23:46: the date format `yy-MM-dd` cannot be read"),
        (", date: yyyy-MM-dd", "", "23:21: the value `installed_on` has no `date`"),
        ("name: \"{label}\"", "name: \"{label}\"\n      visits: {first: \"{N}\", wrong: ignore}", "23:37: there is no way to treat what is wrong: `ignore`"),
    ]

    @Test func theMappingIsRight() throws {
        let mapping = try ImportMapping.load(text: Self.right, file: "m.yaml", schema: StandardSchema.load())
        #expect(mapping.columns == ["Name", "Key", "Kind", "Built"])
    }

    @Test(arguments: cases.indices) func isReportedWhereItStands(_ index: Int) throws {
        let (find, replace, expected) = Self.cases[index]
        let schema = try StandardSchema.load()
        let range = try #require(Self.right.range(of: find), "nothing to replace")
        let error = #expect(throws: FileMistakes.self) {
            try ImportMapping.load(text: Self.right.replacingCharacters(in: range, with: replace), file: "m.yaml", schema: schema)
        }
        let lines = error?.mistakes.map(\.description) ?? []
        #expect(lines.contains { $0.hasPrefix("m.yaml:" + expected) }, "got \(lines)")
    }
}

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

@Suite struct DatePatternTests {
    @Test func readsTimesOfTheDay() throws {
        let pattern = try #require(DatePattern("MM/dd/yyyy hh:mm:ss a"))
        #expect(pattern.read("01/01/1970 12:00:00 AM")?.local == 0)
        #expect(pattern.read("01/01/1970 12:00:01 PM")?.local == 43201)
        #expect(pattern.read("02/29/2024 11:59:59 PM")?.local == 1_709_251_199)
        #expect(pattern.read("12/31/1969 11:59:59 PM")?.local == -1)
        for wrong in ["02/29/2023 01:00:00 AM", "13/01/2024 01:00:00 AM", "01/01/2024 00:00:00 AM", "1/1/2024 01:00:00 AM", "01/01/2024 01:00:00", "01/01/2024 01:60:00 AM", "01/01/2024 01:00:00 AM ", ""] {
            #expect(pattern.read(wrong) == nil, "\(wrong)")
        }
        #expect(DatePattern("MM/dd/yyyy hh:mm") == nil, "hh without a cannot tell morning from evening")
        #expect(DatePattern("MM/dd") == nil)
        #expect(DatePattern.instant.read("2026-06-15T08:30:00+02:00")?.offsetSeconds == 7200)
        #expect(DatePattern.wholeDays(-1) == -1 && DatePattern.wholeDays(-86400) == -1 && DatePattern.wholeDays(86399) == 0)
    }

    @Test func clocksKnowSummerTime() throws {
        let clock = try #require(LocalClock(timeZone: "America/New_York"))
        #expect(clock.utc(local: 1_782_864_000) - 1_782_864_000 == 4 * 3600)
        #expect(clock.utc(local: 1_767_225_600) - 1_767_225_600 == 5 * 3600)
        #expect(LocalClock(timeZone: "Nowhere/Else") == nil)
    }
}

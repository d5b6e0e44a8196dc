import ReplicationCore
import Testing

@testable import Domain

/// What each word of a mapping does, on a mapping of its own.
@Suite struct MappingTests {
    static let mapping = """
        mapping: small
        schema: field-service
        line: site
        time_zone: UTC
        empty: [none]
        skip:
          - {column: Kind, is: [private], because: It is private.}
        rows:
          site:
            identity: ["{Key}"]
            values:
              account: city_services
              name: "{Name}"
              kind: {first: "{Kind}", when: {column: State, is: [open]}, otherwise: unknown}
              access_notes: {first: ["{Note}, {State}", "{Note}"], do: [tidy, sentence]}
        """

    private func events(_ lines: String...) throws -> [ImportEvent] {
        let mapping = try ImportMapping.load(text: Self.mapping, file: "m.yaml", schema: StandardSchema.load())
        return try Fixtures.events(Array((["Key,Name,Kind,State,Note"] + lines).joined(separator: "\n").utf8), mapping: mapping)
    }

    private func row(_ line: String) throws -> ImportedRow? {
        guard case .imported(let line) = try events(line).first else { return nil }
        return line.rows.first
    }

    private func reasons(_ lines: String...) throws -> [String] {
        try lines.flatMap { try events($0) }.compactMap { if case .skipped(let line) = $0 { line.reason } else { nil } }
    }

    @Test func aLineWithoutAMandatoryValueIsSkipped() throws {
        #expect(try reasons("1,,shop,open,", "1, none ,shop,open,") == ["Name of site is missing.", "Name of site is missing."])
    }

    @Test func aLineWithoutItsKeyIsSkipped() throws {
        #expect(try reasons("NONE,Hall,shop,open,") == ["The columns that name it are empty."])
    }

    @Test func unwantedLinesAreSkippedWithTheirReason() throws {
        #expect(try reasons("1,Hall,Private,open,") == ["It is private."])
    }

    @Test func identitiesOverlookCaseAndBlanks() throws {
        #expect(try row("a  B,Hall,shop,open,")?.key == row("A b,Hall,shop,open,")?.key)
        #expect(try row("a b,Hall,shop,open,")?.key != row("ab,Hall,shop,open,")?.key)
    }

    @Test func conditionsDecideBetweenTextAndOtherwise() throws {
        #expect(try row("1,Hall,shop,Open,")?.values["kind"] == .text("shop"))
        #expect(try row("1,Hall,shop,closed,")?.values["kind"] == .text("unknown"))
    }

    @Test func theFirstFilledTemplateCounts() throws {
        #expect(try row("1,Hall,shop,OPEN,ring  TWICE")?.values["access_notes"] == .text("Ring twice, open"))
        #expect(try row("1,Hall,shop,,ring")?.values["access_notes"] == .text("Ring"))
        #expect(try row("1,Hall,shop,open,")?.values["access_notes"] == nil)
    }

    @Test func textsAreCutBetweenCharacters() {
        #expect(LineConverter.cut("aé", 2) == "a")
        #expect(LineConverter.cut("aé", 3) == "aé")
    }

    @Test func conversions() {
        #expect(TextConversion.title.apply("HEAT/HOT water, 34TH o'neil") == "Heat/Hot Water, 34th O'neil")
        #expect(TextConversion.tidy.apply("  a \t b ") == "a b")
        #expect(TextTemplate("{a}{{x}}")?.filled { _ in "1" } == "1{x}")
        #expect(TextTemplate("{}") == nil)
    }
}

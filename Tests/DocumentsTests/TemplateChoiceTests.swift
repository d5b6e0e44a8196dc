import Documents
import ReplicationCore
import Testing

/// Which of a company's templates a document is made from.
struct TemplateChoiceTests {
    private static let city = TestRecords.id(1), country = TestRecords.id(2), continent = TestRecords.id(3), elsewhere = TestRecords.id(4)
    private static let languages = ["es-CL", "es", "es-MX", "en", "pt"]

    private func candidate(_ name: String = "t", _ version: Int = 1, _ language: String = "en", _ region: RowID? = nil) -> TemplateChoice.Candidate {
        .init(TemplateIdentity(name: name, version: version), language: language, region: region)
    }

    private func choose(_ candidates: [TemplateChoice.Candidate], for language: String? = "es-CL") -> TemplateChoice.Candidate? {
        TemplateChoice(territories: [Self.city, Self.country, Self.continent], language: language).choose(candidates)
    }

    /// Of every three of all that can be offered, in every order: the one that stands first in the table wins.
    @Test func `the nearest region goes before the nearest language, and that before the higher version`() {
        let table = [Self.city, Self.country, Self.continent, nil].flatMap { region in
            Self.languages.flatMap { language in [2, 1].map { candidate("t", $0, language, region) } }
        }
        for first in table.indices {
            for second in table.indices where second >= first {
                for third in table.indices where third >= second {
                    let three = [table[first], table[second], table[third]]
                    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                        #expect(choose(order.map { three[$0] }) == table[first])
                    }
                }
            }
        }
    }

    @Test func `what is for elsewhere is never taken`() {
        #expect(choose([candidate("t", 9, "es-CL", Self.elsewhere)]) == nil)
        #expect(choose([candidate("t", 9, "es-CL", Self.elsewhere), candidate("t", 1, "pt")]) == candidate("t", 1, "pt"))
        #expect(TemplateChoice(territories: [], language: "en").choose([candidate("t", 1, "en", Self.city)]) == nil)
        #expect(choose([]) == nil)
    }

    @Test(arguments: [
        ("es", ["en", "es-MX"], "es-MX"), ("es", ["es-MX", "es"], "es"), ("ES-cl", ["en", "Es-CL"], "Es-CL"), ("es-CL-x", ["es", "es-CL"], "es-CL"),
        ("fr", ["es", "en"], "en"), ("fr", ["es"], "es"), ("pt-BR", ["pt-PT", "en"], "pt-PT"), ("e", ["en", "es"], "en"), (nil, ["es", "en"], "en"),
        ("", ["es", "en-GB"], "en-GB"), ("es", ["", "en"], "en"),
    ] as [(String?, [String], String)])
    func `without the reader's language the nearest is taken`(language: String?, offered: [String], expected: String) {
        #expect(choose(offered.map { candidate("t", 1, $0) }, for: language)?.language == expected)
        #expect(choose(offered.reversed().map { candidate("t", 1, $0) }, for: language)?.language == expected)
    }

    @Test func `of equals the one whose name comes first is taken on every device`() {
        #expect(choose([candidate("b", 1), candidate("a", 1)]) == candidate("a", 1))
        #expect(choose([candidate("a", 1), candidate("b", 2)]) == candidate("b", 2))
    }
}

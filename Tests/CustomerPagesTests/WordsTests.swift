@testable import CustomerPages
import Testing

/// What the pages say, in every language.
struct WordsTests {
    @Test func everyLanguageHasTheSameKeysWithTheSameValues() throws {
        #expect(PageWords.all.keys.contains("en") && PageWords.all.keys.contains("es"))
        let english = try #require(PageWords.all["en"]).texts
        for (language, words) in PageWords.all {
            #expect(Set(words.texts.keys) == Set(english.keys), "\(language)")
            for (key, text) in words.texts {
                #expect(Self.names(text) == Self.names(english[key] ?? ""), "\(language) \(key)")
            }
        }
    }

    @Test func everyWordOfATemplateIsThere() throws {
        let english = try #require(PageWords.all["en"]).texts
        for (name, template) in PageFiles.templates {
            for match in template.matches(of: /\{\{w\.([A-Za-z_0-9]+)\}\}/) { #expect(english[String(match.1)] != nil, "\(name): \(match.1)") }
        }
    }

    @Test func aFileHasNoKeyTwice() {
        for (language, file) in PageFiles.words {
            let keys = file.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.isEmpty }
            #expect(keys.count == PageWords.read(file).count, "\(language)")
        }
    }

    @Test(arguments: [
        (["es-CL"], "es"), (["es"], "es"), (["ES-mx"], "es"), (["de", "es"], "es"), (["de"], "en"), ([], "en"), (["english"], "en"), (["-"], "en"),
    ])
    func theClosestLanguageIsTaken(_ wanted: [String], _ taken: String) { #expect(PageWords.best(for: wanted).language == taken) }

    @Test(arguments: [
        ("es-CL,es;q=0.9,en;q=0.8", ["es-CL", "es", "en"]), ("en;q=0.2, es", ["es", "en"]), ("en, es", ["en", "es"]), ("*", []), ("en;q=0", []), ("", []),
    ])
    func browsersSayWhatTheyWouldLike(_ header: String, _ languages: [String]) { #expect(AcceptedLanguage.parse(header) == languages) }

    @Test func valuesAreSetApartAndNotRead() {
        let words = PageWords(language: "en", texts: ["a": "For {name} at {when}."])
        #expect(words("a", ["name": "{when}\u{202e}", "when": "9\n10"]) == "For \u{2068}{when}\u{2069} at \u{2068}9 10\u{2069}.")
        #expect(words("b") == "b")
    }

    private static func names(_ text: String) -> Set<String> { Set(text.matches(of: /\{[a-z]+\}/).map { String($0.0) }) }
}

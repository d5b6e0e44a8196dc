@testable import FieldTerminal
import Testing

struct LanguageTests {
    @Test func `every word is there in both languages`() {
        for word in Word.allCases {
            #expect(!word.texts.0.isEmpty && !word.texts.1.isEmpty, "\(word)")
        }
    }

    @Test(arguments: [("es_ES.UTF-8", Language.spanish), ("en_US.UTF-8", .english), ("C", .english), ("", .english)])
    func `the environment says which`(_ locale: String, _ language: Language) {
        #expect(Language(environment: ["LANG": locale]) == language)
        #expect(Language(environment: ["LANG": "en", "LC_ALL": locale]) == (locale.isEmpty ? .english : language))
    }
}

import Foundation
import Testing

@testable import PDFRendering

struct PrintableTextTests {
    /// Pango's work grows with the square of a word's length.
    @Test func noWordIsTooLongForPango() {
        for text in [String(repeating: "x", count: 50_000), String(repeating: "e\u{301}", count: 20_000), "a" + String(repeating: "\u{301}", count: 50_000)] {
            let printable = PrintableText.of(text)
            #expect(printable.split(separator: "\n").allSatisfy { $0.utf8.count <= 2_050 })
            #expect(printable.unicodeScalars.filter { $0 != "\n" }.elementsEqual(text.unicodeScalars))
        }
    }

    @Test func noLineIsTooLongForPango() {
        let text = String(repeating: "word ", count: 50_000)
        let lines = PrintableText.of(text).split(separator: "\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 8_200 && $0.hasSuffix(" ") })
        #expect(lines.joined() == text)
    }

    @Test func aLetterKeepsItsAccents() {
        let text = String(repeating: "é".decomposedStringWithCanonicalMapping, count: 3_000)
        #expect(PrintableText.of(text).split(separator: "\n").allSatisfy { $0.first == "é" })
    }

    @Test func paragraphsArePartedByEmptyLines() {
        #expect(PrintableText.paragraphs(of: "\n a\nb\r\n \r\nc\n\n\n") == [" a\nb", "c"])
        #expect(PrintableText.paragraphs(of: " \n").isEmpty)
    }
}

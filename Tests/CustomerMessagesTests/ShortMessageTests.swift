@testable import CustomerMessages
import Testing

/// As a telephone counts: written without the code under test.
func smsSegments(_ text: String) -> Int {
    let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    var sizes: [Int] = []
    var isBasic = true
    for scalar in text.unicodeScalars {
        if basic.unicodeScalars.contains(scalar) { sizes.append(1) } else if "^{}\\[~]|€".unicodeScalars.contains(scalar) { sizes.append(2) } else { isBasic = false }
    }
    if !isBasic { sizes = text.unicodeScalars.map { String($0).utf16.count } }
    let (alone, each) = isBasic ? (160, 153) : (70, 67)
    if sizes.reduce(0, +) <= alone { return 1 }
    var segments = [0]
    for size in sizes {
        if segments[segments.count - 1] + size > each { segments.append(0) }
        segments[segments.count - 1] += size
    }
    return segments.count
}

@Suite struct ShortMessageTests {
    private func isBasic(_ text: String) -> Bool { text.unicodeScalars.allSatisfy { $0.isASCII || "ñÑéÉüÜ¿¡àèìòù".unicodeScalars.contains($0) } }

    /// Facts of every day go into the 7-bit alphabet, in Spanish too.
    @Test(arguments: MessageKind.allCases, Sample.languages)
    func everydayTextsAreShort(_ kind: MessageKind, _ language: String) throws {
        let text = try Sample.template(kind, language).fill(Sample.facts(language)).sms
        #expect(isBasic(text), "\(text)")
        #expect(smsSegments(text) <= 2, "\(text)")
        #expect(!text.contains("…") && !text.contains("..."), "\(text)")
        // What needs no link of a hundred characters is one segment.
        if kind == .oneTimeCode { #expect(smsSegments(text) == 1, "\(text.count): \(text)") }
        if kind.known.contains(.link) { #expect(text.contains(" \(Sample.link)")) }
    }

    @Test(arguments: MessageKind.allCases, Sample.languages)
    func withAShortLinkOneSegmentIsEnough(_ kind: MessageKind, _ language: String) throws {
        var facts = Sample.facts(language)
        facts.sender = "Harbor Lift"
        facts.link = "https://hl.example/s/4f4f4f4f4f4f4f4f4f4f4f"
        facts.documents = ["Informe 2041"]
        let text = try Sample.template(kind, language).fill(facts).sms
        #expect(smsSegments(text) == 1, "\(text.count): \(text)")
    }

    @Test func otherScriptsAreSentAsTheyAre() throws {
        var facts = Sample.facts("es")
        facts.sender = "漢字ビルサービス"
        let text = try Sample.template(.visitDone, "es").fill(facts).sms
        #expect(text.contains("漢字ビルサービス") && text.contains("¿Qué tal fue?") && smsSegments(text) == 3, "\(text)")
        facts.sender = String(repeating: "漢字ビルサービス", count: 8)
        let long = try Sample.template(.visitDone, "es").fill(facts).sms
        #expect(long.contains("漢") && long.contains("…") && long.hasSuffix(Sample.link) && smsSegments(long) == 3, "\(long)")
        facts.link = "https://hl.example/s/4f4f4f4f4f4f4f4f4f4f4f"
        #expect(try smsSegments(Sample.template(.visitDone, "es").fill(facts).sms) == 2)
    }

    @Test func segmentsAreCountedAsTelephonesDo() {
        for (text, segments) in [
            (String(repeating: "a", count: 160), 1), (String(repeating: "a", count: 161), 2), (String(repeating: "a", count: 306), 2),
            (String(repeating: "a", count: 307), 3), (String(repeating: "€", count: 80), 1), (String(repeating: "€", count: 81), 2),
            // 153 is odd: the last septet of a segment stays empty.
            (String(repeating: "€", count: 152), 2), (String(repeating: "€", count: 153), 3), (String(repeating: "漢", count: 70), 1),
            (String(repeating: "漢", count: 71), 2), (String(repeating: "漢", count: 134), 2), (String(repeating: "漢", count: 135), 3),
            (String(repeating: "😀", count: 35), 1), (String(repeating: "😀", count: 66), 2), (String(repeating: "😀", count: 67), 3),
        ] {
            #expect(ShortMessage.segments(text) == segments, "\(text.prefix(1)) \(text.count)")
            #expect(smsSegments(text) == segments)
        }
    }

    @Test func accentsGoWhereNothingElseIsLost() {
        #expect(ShortMessage.plain("¿Cuándo? Mañana, “así” – 5 € a las 2:05\u{202F}PM…") == "¿Cuando? Mañana, \"asi\" - 5 € a las 2:05 PM...")
        #expect(ShortMessage.plain("Así 漢") == "Así 漢")
    }
}

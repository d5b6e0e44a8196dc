import ReplicationCore
import Testing

/// The types of custom fields as text, and the forms of keys.
struct CustomTypeTests {
    @Test func theLimitsAreConsistent() {
        #expect(CustomLimits.areConsistent)
    }

    @Test(arguments: [
        ("text 1", FieldType.text(maximumBytes: 1)), ("text 4000", .text(maximumBytes: 4_000)),
        ("integer", .integer(minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991)),
        ("integer -3..7", .integer(minimum: -3, maximum: 7)), ("real", .real), ("boolean", .boolean), ("timestamp", .timestamp),
        ("date", .date), ("choice gold | silver-plated", .choice(["gold", "silver-plated"])),
    ])
    func whatIsReadIsWrittenTheSame(text: String, type: FieldType) throws {
        #expect(try CustomType.read(text) == type)
        #expect(CustomType.text(of: type) == text)
        #expect(try CustomType.read("  \(text.split(separator: " ").joined(separator: "   "))  ") == type)
    }

    @Test(arguments: [
        "", " ", "text", "text 0", "text 4001", "text -1", "text 99999999999999999999", "text 5 5", "integer 1", "integer 1..", "integer 2..1",
        "integer 1...3", "real 1", "choice", "choice a", "choice a |", "choice a | a", "choice a | b c", "choice 1a | b", "choice a\u{0} | b",
        "choice é | b", "reference account", "blob 1 MiB", "bytes 16", "custom", "Text 5", "date\n",
    ])
    func whatIsNoTypeIsNotRead(text: String) {
        #expect(throws: CustomType.Mistake.self) { try CustomType.read(text) }
    }

    @Test func textsOfFilesBecomeValues() {
        #expect(CustomType.value("12", as: .integer(minimum: 0, maximum: 1)) == .integer(12))
        #expect(CustomType.value("1.50", as: .real) == .real(1.5))
        #expect(CustomType.value("yes", as: .boolean) == .boolean(true))
        #expect(CustomType.value("2026-06-15", as: .date) == .integer(20_619))
        #expect(CustomType.value("2026-06-15T08:30:05Z", as: .timestamp) == .integer(1_781_512_205_000))
        #expect(CustomType.value("77", as: .timestamp) == .integer(77))
        for (text, type) in [("1x", FieldType.integer(minimum: 0, maximum: 9)), ("nan", .real), ("maybe", .boolean), ("2026-02-30", .date), ("2026-06", .date),
            ("2026-06-15T24:00:00Z", .timestamp), ("2026-06-15T08:30Z", .timestamp), ("", .integer(minimum: 0, maximum: 9))] {
            #expect(CustomType.value(text, as: type) == nil, "\(text)")
        }
    }

    @Test func choicesAreBounded() throws {
        func choices(_ count: Int, _ length: Int) -> String {
            "choice " + (0..<count).map { "c" + String(repeating: "x", count: length - 4) + String(1_000 + $0).suffix(3) }.joined(separator: " | ")
        }
        #expect(throws: Never.self) { try CustomType.read(choices(CustomLimits.choices, CustomLimits.choiceBytes)) }
        #expect(throws: CustomType.Mistake.self) { try CustomType.read(choices(CustomLimits.choices + 1, 10)) }
        #expect(throws: CustomType.Mistake.self) { try CustomType.read(choices(2, CustomLimits.choiceBytes + 1)) }
        #expect(throws: CustomType.Mistake.self) { try CustomType.read("choice " + String(repeating: " ", count: 5_000) + "a | b") }
    }

    @Test func keysAreOfOneForm() {
        for key in ["a", "loyalty_2", String(repeating: "k", count: CustomLimits.keyBytes)] { #expect(CustomLimits.isKey(key)) }
        for key in ["", "_a", "1a", "A", "a-b", "a.b", "a b", "ä", "a\u{301}", "a\u{0}", String(repeating: "k", count: CustomLimits.keyBytes + 1)] {
            #expect(!CustomLimits.isKey(key), "\(key)")
        }
    }
}

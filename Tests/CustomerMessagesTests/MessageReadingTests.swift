import CustomerMessages
import Testing

/// Templates of companies, as they are read.
@Suite struct MessageReadingTests {
    private let good = """
        message: visit_booked
        version: 2
        language: pt-BR
        subject: "Visita: {{window}}"
        paragraphs: ["{{sender}}"]
        sms: "{{sender}}: {{window}}"

        """

    @Test func aSmallTemplateIsEnough() throws {
        let template = try MessageTemplate.read(good)
        #expect(template.kind == .visitBooked && template.version == 2 && template.language == "pt-BR" && template.names == [.sender, .window])
        let message = try template.fill(.init(sender: "Elevadores", window: "amanhã"))
        #expect(message.subject == "Visita: amanhã" && message.sms == "Elevadores: amanhã" && message.language == "pt-BR")
        #expect(message.text == "Elevadores\n\n-- \nElevadores\n")
    }

    @Test func whatNamesAMissingFactIsLeftOutWhole() throws {
        let text = good.replacing("[\"{{sender}}\"]", with: "[\"{{sender}}\", \"We come to {{site}}.\", {facts: {By: \"us and {{technician}}\"}}]") + "closing: \"At {{site}}.\"\n"
        let message = try MessageTemplate.read(text).fill(.init(sender: "Elevadores", window: "amanhã"))
        #expect(message.text == "Elevadores\n\n-- \nElevadores\n")
        #expect(try MessageTemplate.read(text).fill(.init(sender: "E", site: "X", window: "a")).text == "E\n\nWe come to X.\n\nAt X.\n\n-- \nE\n")
    }

    @Test(arguments: [
        ("version: 2", "version: 0", "version is a number"), ("message: visit_booked", "message: visit", "message is one of"),
        ("language: pt-BR", "language: Português", "language is a tag"), ("language: pt-BR", "", "language is missing"),
        ("subject: \"Visita: {{window}}\"", "", "subject is missing"), ("sms:", "short:", "`short` is not known"),
        ("[\"{{sender}}\"]", "[]", "paragraphs is a list"), ("[\"{{sender}}\"]", "[\"{{code}}\"]", "knows no {{code}}"),
        ("[\"{{sender}}\"]", "[\"{{sender}\"]", "not closed"), ("[\"{{sender}}\"]", "[\"{{{sender}}}\"]", "is no fact"),
        ("[\"{{sender}}\"]", "[\"{{> other}}\"]", "is no fact"), ("[\"{{sender}}\"]", "[\"{{=<% %>=}}\"]", "is no fact"),
        ("[\"{{sender}}\"]", "[\"{{#link}}x\"]", "is not ended"), ("[\"{{sender}}\"]", "[\"{{/link}}\"]", "not begun"),
        ("[\"{{sender}}\"]", "[\"{{#link}}{{#site}}{{/link}}{{/site}}\"]", "not begun"),
        ("[\"{{sender}}\"]", "[\"{{##link}}{{/link}}\"]", "is no fact"),
        ("[\"{{sender}}\"]", "[{list: documents}]", "only list"), ("[\"{{sender}}\"]", "[{list: all}]", "only list"),
        ("[\"{{sender}}\"]", "[{image: x}]", "a paragraph is a text, or"), ("[\"{{sender}}\"]", "[{facts: {}}]", "facts are 1 to"),
        ("[\"{{sender}}\"]", "[{facts: {\"{{site}}\": x}}]", "no facts in it"), ("[\"{{sender}}\"]", "[&a x, *a]", "anchors"),
        ("sms: \"{{sender}}: {{window}}\"", "sms: \"{{window}} {{link}}\"", "{{#link}}…{{/link}}"),
        ("sms: \"{{sender}}: {{window}}\"", "sms: \"{{^link}}{{link}}{{/link}}\"", "{{#link}}…{{/link}}"),
        ("version: 2", "version: 2\nbutton: {label: a}", "address is missing"), ("version: 2", "version: 2\nbutton: {label: \"{{link}}\", address: b}", "no facts"),
        ("version: 2", "version: 2\nbutton: go", "label, address"), ("[\"{{sender}}\"]", "[\"\"]", "is a text of at most"), ("version: 2", "\t", "Template"),
    ])
    func whatIsWrongIsSaid(_ part: String, _ other: String, _ expected: String) throws {
        let text = good.replacing(part, with: other)
        #expect(text != good)
        let error = #expect(throws: MessageError.self, "\(other)") { try MessageTemplate.read(text) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test func whatIsNoTemplateIsRefused() {
        for text in ["", "[]", "x", "{", "message: [visit_booked]", String(repeating: "#", count: 20_000), String(repeating: "[", count: 10_000)] {
            #expect(throws: MessageError.self, "\(text.prefix(20))") { try MessageTemplate.read(text) }
        }
        let deep = String(repeating: "{{#link}}", count: 5) + String(repeating: "{{/link}}", count: 5)
        #expect(throws: MessageError.self) { try MessageTemplate.read(good.replacing("\"{{sender}}\"", with: "\"\(deep)\"")) }
    }

    @Test func aCodeHasNoButton() {
        let code = (MessageTemplate.shipped["one_time_code.en"] ?? "") + "\nbutton: {label: a, address: b}\n"
        let error = #expect(throws: MessageError.self) { try MessageTemplate.read(code) }
        #expect(error?.message.contains("has no link") == true)
    }

    @Test func whatAMessageIsNothingWithoutHasToBeNamed() {
        let text = good.replacing("{{window}}", with: "soon")
        let error = #expect(throws: MessageError.self) { try MessageTemplate.read(text) }
        #expect(error?.message.contains("nothing without {{window}}") == true)
    }
}

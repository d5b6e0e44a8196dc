@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// Fields of forms: pick-lists that are searched by typing, and values that typing replaces.
struct FormFieldTests {
    private let channels = ["call", "visit", "email", "note"]

    /// A note as the device makes it: the channel says note, the summary is empty.
    private func note(isDeliberate: Bool = false) -> TerminalTester {
        let collection = TerminalTester.schema.collection(named: "interaction")
        let choices = channels.map { FormField.Choice(label: Language.english.choice($0), value: .text($0)) }
        let fields = [
            FormField(name: "channel", label: "Channel", input: .choice(ChoiceInput(choices, 3, isDeliberate: isDeliberate)), isMandatory: true),
            FormField(name: "summary", label: "Summary", input: .text(TextInput()), field: collection?.field(named: "summary"), isMandatory: true),
        ]
        var tester = TerminalTester()
        tester.handle(.form(Form(title: "Notes", fields: fields, purpose: .create(collection: "interaction", fixed: [:]), focus: Form.start(fields))))
        return tester
    }

    private func part() -> TerminalTester {
        let products = ["Door gasket 2 m", "Seal kit", "Igniter, gas boiler"].enumerated().map {
            FormField.Choice(label: $0.element, value: .reference(TerminalTester.id(UInt8($0.offset + 1))))
        }
        let quantity = TerminalTester.schema.collection(named: "part_needed")?.field(named: "quantity")
        let fields = [
            FormField(name: "product", label: "Product", input: .choice(ChoiceInput(products, nil)), isMandatory: true),
            FormField(name: "quantity", label: "Quantity", input: .text(TextInput("1")), field: quantity, isMandatory: true),
        ]
        var tester = TerminalTester()
        tester.handle(.form(Form(title: "Parts", fields: fields, purpose: .create(collection: "part_needed", fixed: [:]), focus: Form.start(fields))))
        return tester
    }

    private func created(_ tester: TerminalTester) -> [String: Value]? {
        guard case .write(let steps)? = tester.effects.first, case .create(_, let values)? = steps.first else { return nil }
        return values
    }

    @Test func `a form begins where something must be filled in, and letters are no channel`() {
        var tester = note()
        tester.type("Leak at valve")
        tester.press(.enter)
        #expect(created(tester) == ["channel": .text("note"), "summary": .text("Leak at valve")])
    }

    @Test func `what is typed on a list looks for a label, and is never lost without a word`() {
        var tester = note()
        tester.press(.tab)
        tester.type("Em")
        #expect(tester.screen.contains("Em : Email"))
        tester.type("pty valve")
        #expect(tester.screen.contains("Empty valve : Note") && tester.screen.contains("is not among them: it stays Note"))
        tester.press(.tab)
        #expect(tester.screen.contains("Empty valve : Note"))
        tester.type("Drained")
        tester.press(.enter)
        #expect(tester.effects == [] && tester.screen.contains("is not among them"))
        tester.press(.character("u"), .control)
        tester.press(.enter)
        #expect(created(tester)?["channel"] == .text("note"))
    }

    @Test func `a part is chosen by typing a piece of its name, and none is chosen before`() {
        var tester = part()
        tester.press(.enter)
        #expect(tester.effects == [] && tester.screen.contains("Product must be filled in."))
        tester.type("gas boi")
        #expect(tester.screen.contains("gas boi : Igniter, gas boiler"))
        for _ in 0..<4 { tester.press(.backspace) }
        // "gas" begins a word of two: the first of them.
        #expect(tester.screen.contains("gas : Door gasket 2 m"))
        tester.handle(.input(.paste(" boiler")))
        tester.press(.enter)
        #expect(created(tester) == ["product": .reference(TerminalTester.id(3)), "quantity": .integer(1)])
    }

    @Test func `for whom somebody signs is changed by arrows alone`() {
        var tester = note(isDeliberate: true)
        tester.press(.tab)
        tester.type("Visit ")
        #expect(tester.screen.contains("← Note") && tester.screen.contains("Only ← → change this"))
        tester.press(.left)
        #expect(tester.screen.contains("← Email") && !tester.screen.contains("Only ← →"))
    }

    @Test func `a value that stands there is marked, and what is typed takes its place`() {
        var tester = part()
        tester.type("seal")
        tester.press(.tab)
        #expect(tester.selected.contains { $0.contains("Quantity") })
        #expect(PlainText.lines(tester.model).contains("Quantity [1] (what is typed takes its place; an empty line keeps it)"))
        tester.type("12")
        tester.press(.enter)
        #expect(created(tester)?["quantity"] == .integer(12))
        tester = part()
        tester.type("seal")
        tester.press(.tab)
        tester.press(.left)
        tester.type("2")
        tester.press(.enter)
        #expect(created(tester)?["quantity"] == .integer(21))
    }

    @Test func `what is marked is drawn otherwise than what is not, with and without colours`() {
        for colors in [ColorLevel.none, .sixteen, .trueColor] {
            var tester = part()
            tester.type("seal")
            tester.press(.tab)
            let row = tester.lines.firstIndex { $0.contains("Quantity") } ?? 0, column = Array(tester.lines[row]).lastIndex(of: "1") ?? 0
            let marked = tester.model.draw(colors: colors).canvas[Point(column, row)]?.style
            tester.press(.end)
            #expect(marked != nil && marked != tester.model.draw(colors: colors).canvas[Point(column, row)]?.style)
        }
    }
}

@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// Forms: what is typed is judged at once by the schema's rules, and what was refused stays to be corrected.
struct FormTests {
    private func form(_ collection: String, _ field: String, _ text: String = "") -> Form {
        let column = TerminalTester.schema.collection(named: collection)?.field(named: field)
        let input = FormField(name: field, label: column?.label ?? field, input: .text(TextInput(text)), field: column, isMandatory: column?.isMandatory ?? false)
        return Form(title: "Edit", fields: [input], purpose: .set(collection: collection, row: TerminalTester.id(7), fixed: [:]), day: TerminalTester.day)
    }

    @Test(arguments: [
        ("part_needed", "quantity", "0", "quantity"), ("part_needed", "quantity", "two", "takes an integer"), ("work_order", "due_at", "25:00", "A time is typed"),
        ("task", "due_on", "2026-02-30", "A date is typed"),
    ])
    func `what breaks a rule is said while it is typed, and not saved`(_ collection: String, _ field: String, _ typed: String, _ said: String) {
        var tester = TerminalTester()
        tester.handle(.form(form(collection, field)))
        tester.type(typed)
        #expect(tester.screen.lowercased().contains(said.lowercased()), "\(tester.screen)")
        tester.press(.enter)
        #expect(tester.effects == [])
        #expect(tester.model.dialog != nil)
    }

    @Test(arguments: [
        ("part_needed", "quantity", "3", Value.integer(3)), ("work_order", "due_at", "16:30", .integer(TerminalTester.morning + 30_600_000)),
        ("task", "due_on", "2026-06-26", .integer(20_630)), ("work_order", "agreed_cents", "1,840.5", .integer(184_050)), ("site", "latitude", "40.5", .real(40.5)),
        ("work_order", "resolution", "  ", .null),
    ])
    func `what is typed is written as the field takes it`(_ collection: String, _ field: String, _ typed: String, _ value: Value) {
        var tester = TerminalTester()
        tester.handle(.form(form(collection, field)))
        tester.type(typed)
        tester.press(.enter)
        #expect(tester.effects == [.write([.set(collection, TerminalTester.id(7), [field: value])])])
    }

    @Test func `a form stays until the device has saved it, with what it said`() {
        var tester = TerminalTester()
        tester.handle(.form(form("work_order", "resolution", "Valve soldered")))
        tester.press(.enter)
        tester.handle(.refused("The row is not here any more."))
        #expect(tester.screen.contains("The row is not here any more.") && tester.screen.contains("Valve soldered"))
        tester.press(.enter)
        tester.handle(.saved)
        #expect(tester.model.dialog == nil && tester.screen.contains("Written here"))
    }

    @Test func `pasted lines become one, and keys edit within`() {
        var tester = TerminalTester()
        tester.handle(.form(form("work_order", "resolution")))
        tester.handle(.input(.paste("two\nlines of text")))
        tester.press(.home)
        tester.type("In ")
        tester.press(.end)
        tester.press(.character("w"), .control)
        tester.press(.backspace)
        tester.press(.enter)
        #expect(tester.effects == [.write([.set("work_order", TerminalTester.id(7), ["resolution": .text("In two lines of")])])])
    }

    @Test func `sets are typed with commas, and only differences are written`() {
        var tester = TerminalTester()
        let target = FieldTarget(collection: "work_order", row: TerminalTester.id(7), field: "tags", element: "[\"old\",\"kept\"]")
        tester.handle(.form(Form(title: "Tags", fields: [FormField(name: "tags", label: "Tags", input: .text(TextInput("old, kept")))], purpose: .element(target))))
        tester.press(.character("u"), .control)
        tester.type("kept, new")
        tester.press(.enter)
        #expect(tester.effects == [.write([.remove("work_order", TerminalTester.id(7), "tags", "old"), .add("work_order", TerminalTester.id(7), "tags", "new")])])
    }

    @Test func `a signature is drawn with the mouse, joined where it jumped`() throws {
        var tester = TerminalTester()
        let document = SigningPlace.Document(id: TerminalTester.id(5), title: "Service report", consent: "I have read it.")
        tester.handle(.form(.signing("Sign", [SigningPlace(name: "customer", label: "For the customer", document: document)], chosen: 0, .english)))
        guard case .form(let form) = tester.model.dialog else {
            Issue.record("no form")
            return
        }
        let area = try #require(FormLayout(of: form, in: Rect(tester.model.size)).area)
        #expect(area.rows >= 4 && area.columns > 30)
        tester.handle(.input(.mouse(MouseEvent(.pressed, Point(area.column + 2, area.row + 1)))))
        tester.handle(.input(.mouse(MouseEvent(.dragged, Point(area.column + 12, area.row + 3)))))
        tester.handle(.input(.mouse(MouseEvent(.pressed, Point(0, 0)))))
        #expect(tester.screen.filter { $0 == "█" }.count == 11)
        tester.press(.enter)
        #expect(tester.effects == [] && tester.screen.contains("must be filled in"))
        tester.type("Walter Quist")
        tester.press(.enter)
        guard case .sign(let documents, "customer", "Walter Quist", "", let drawing)? = tester.effects.first else {
            Issue.record("\(tester.effects)")
            return
        }
        #expect(documents == [TerminalTester.id(5)] && drawing.strokes.map(\.count) == [2])
    }
}

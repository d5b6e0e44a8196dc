@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// Several documents signed at once: what is offered, agreed to and signed follows from the place and from what is chosen.
struct SigningTests {
    private static let report = TerminalTester.id(5), acceptance = TerminalTester.id(6), contract = TerminalTester.id(7)

    private func document(_ id: RowID, _ title: String, _ consent: String) -> SigningPlace.Document { .init(id: id, title: title, consent: consent) }

    /// The customer signs a report, an acceptance and a contract; the technician a report and a contract; a witness only the report.
    private var places: [SigningPlace] {
        [
            SigningPlace(name: "customer", label: "For the customer", document: document(Self.report, "Service report", "I confirm the work."), others: [
                document(Self.acceptance, "Acceptance", "I accept the work."), document(Self.contract, "Contract", "I confirm the work."),
            ]),
            SigningPlace(name: "technician", label: "For the company", document: document(Self.report, "Service report", "I did the work."), others: [
                document(Self.contract, "Contract", "I agree for the company."),
            ]),
            SigningPlace(name: "witness", label: "As a witness", document: document(Self.report, "Service report", "I saw it.")),
        ]
    }

    private func tester(_ places: [SigningPlace], columns: Int = 80, rows: Int = 24) -> TerminalTester {
        var tester = TerminalTester(columns: columns, rows: rows)
        tester.handle(.form(.signing("Service report", places, chosen: 0, .english)))
        tester.type("Walter Quist")
        return tester
    }

    private func form(_ tester: TerminalTester) throws -> Form {
        guard case .form(let form) = tester.model.dialog else { throw NoForm() }
        return form
    }

    private struct NoForm: Error {}

    /// Keys from the name on, the place, and what is signed there.
    @Test(arguments: [
        ([Key](), "customer", [report]), ([.up, .right], "customer", [report, acceptance, contract]), ([.up, .right, .left], "customer", [report]),
        ([.up, .up, .right, .down, .right], "technician", [report, contract]), ([.up, .up, .right, .right, .down, .right], "witness", [report]),
        // What was chosen for one place is not chosen for another, nor when one comes back.
        ([.up, .right, .up, .right], "technician", [report]), ([.up, .right, .up, .right, .left], "customer", [report]),
        ([.up, .right, .up, .left], "witness", [report]),
    ])
    func `what is signed is what is offered at the place and chosen`(_ keys: [Key], _ place: String, _ documents: [RowID]) {
        var tester = tester(places)
        for key in keys + [.enter] { tester.press(key) }
        #expect(tester.effects == [.sign(documents: documents, place: place, name: "Walter Quist", role: "", Drawing())])
    }

    @Test func `where no other document is open at the place, none is offered`() throws {
        var tester = tester(places)
        tester.press(.up)
        tester.press(.right)
        #expect(tester.screen.contains("all 3: Service report, Acceptance, Contract"))
        tester.press(.up)
        tester.press(.right)
        tester.press(.down)
        tester.press(.right)
        #expect(tester.screen.contains("all 2: Service report, Contract"))
        tester.press(.up)
        tester.press(.right)
        guard case .choice(let input) = try form(tester).fields[1].input else { throw NoForm() }
        #expect(input.choices.map(\.label) == ["only this one"])
        let alone = self.tester([places[2]])
        #expect(try form(alone).fields.map(\.name) == ["place", "name", "role"])
    }

    @Test func `what is agreed to is that of the place, of one document or of all, each once`() throws {
        var tester = tester(places)
        let hint = "Draw with the mouse, or leave it empty: the typed name signs."
        func say(_ key: Key) throws -> String {
            tester.press(key)
            return try form(tester).note
        }
        #expect(try form(tester).note == "I confirm the work. \(hint)")
        #expect(try say(.up) == "I confirm the work. \(hint)")
        #expect(try say(.right) == "I confirm the work. I accept the work. \(hint)")
        #expect(try say(.left) == "I confirm the work. \(hint)")
        #expect(try say(.up) == "I confirm the work. \(hint)")
        #expect(try say(.right) == "I did the work. \(hint)")
        #expect(try say(.down) == "I did the work. \(hint)")
        #expect(try say(.right) == "I did the work. I agree for the company. \(hint)")
        #expect(tester.screen.contains("I did the work. I agree for the company."))
        // Read out as lines it is said at each step.
        #expect(PlainText.lines(tester.model).contains("I did the work. I agree for the company. \(hint)"))
    }

    @Test(arguments: [(80, 24), (80, 22), (60, 24), (200, 60)], ["", "It was signed already. " + String(repeating: "Another signature needs another document. ", count: 4)])
    func `however long the note is, lines can be drawn and fields stay in the frame`(_ size: (columns: Int, rows: Int), _ error: String) throws {
        var long = places
        let consent = (1...60).map { "Clause \($0) is agreed." }.joined(separator: " ")
        long[0].others[0].consent = consent
        long[0].others[0].title = String(repeating: "Acceptance of work ", count: 12)
        var tester = tester(long, columns: size.columns, rows: size.rows)
        tester.press(.up)
        tester.press(.right)
        if !error.isEmpty { tester.handle(.refused(error)) }
        let layout = FormLayout(of: try form(tester), in: Rect(tester.model.size)), area = try #require(layout.area)
        try #require(area.rows >= 4 && area.endRow + 1 + max(layout.error.count, 1) <= layout.inner.endRow && layout.outer.endRow <= size.rows)
        try #require(layout.fields + 8 < area.row)
        #expect(layout.error.joined(separator: " ").contains("already") != error.isEmpty)
        let lines = tester.lines, frame = lines[layout.outer.endRow - 1]
        #expect(frame.contains("╰") && frame.contains("esc"), "\(frame)")
        for (row, label) in ["Signs", "Documents", "Name *", "Role"].enumerated() { #expect(lines[layout.fields + row * 2].contains(label), "\(tester.screen)") }
        // Cut where it does not fit, and only there.
        let isWhole = size.rows == 60
        #expect(layout.note.last?.hasSuffix("…") == !isWhole && layout.note.joined(separator: " ").contains("typed name signs") == isWhole, "\(layout.note)")
        #expect(lines[layout.fields + 2].contains(/all 3: .*… *→/), "\(lines[layout.fields + 2])")
    }

    @Test func `a note that fits is whole`() throws {
        let tester = tester(places), layout = FormLayout(of: try form(tester), in: Rect(tester.model.size))
        #expect(layout.note.joined(separator: " ") == (try form(tester)).note && layout.area?.rows == 7)
    }
}

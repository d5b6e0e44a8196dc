@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// The board goes on with the visit that was placed, and asks before it moves what is over.
struct BoardTests {
    private let id = TerminalTester.id

    private func visit(_ number: UInt8, of technician: UInt8, order: UInt8, hour: Double, status: String = "scheduled") -> Item {
        TerminalTester.item("appointment", number, [
            "assignee": .reference(id(technician)), "work_order": .reference(id(order)), "title": .text("Job \(order)"), "status": .text(status),
            "planned_start": .integer(TerminalTester.morning + Int64(hour * 3_600_000)), "planned_end": .integer(TerminalTester.morning + Int64((hour + 1) * 3_600_000)),
        ])
    }

    private func data(_ visits: [Item]) -> PageData {
        var data = BoardData(day: TerminalTester.day)
        data.technicians = [TerminalTester.item("user", 31, ["name": .text("Nadia")]), TerminalTester.item("user", 32, ["name": .text("Tomás")])]
        data.appointments = visits
        data.unassigned = visits.count < 3 ? [TerminalTester.item("work_order", 45, ["number": .text("HLP-0011"), "title": .text("Job 45")])] : []
        return .board(data)
    }

    private func board(_ visits: [Item]) -> TerminalTester {
        var tester = TerminalTester(role: "dispatcher", columns: 120, rows: 30)
        tester.handle(.loaded(.board(TerminalTester.day), data(visits)))
        return tester
    }

    @Test func `a visit that moves behind another, or to somebody else, stays selected, and its time stands above`() {
        var tester = board([visit(33, of: 31, order: 43, hour: 1), visit(34, of: 31, order: 44, hour: 2)])
        #expect(tester.lines[2].contains("09:00 Job 43"))
        tester.handle(.loaded(.board(TerminalTester.day), data([visit(34, of: 31, order: 44, hour: 2), visit(33, of: 31, order: 43, hour: 2.25)])))
        #expect(tester.lines[2].contains("10:15 Job 43"))
        tester.handle(.loaded(.board(TerminalTester.day), data([visit(34, of: 31, order: 44, hour: 2), visit(33, of: 32, order: 43, hour: 3)])))
        #expect(tester.lines[2].contains("11:00 Job 43"))
        tester.type(">")
        #expect(tester.effects.count == 1)
    }

    @Test func `an order that was assigned is selected on the day`() {
        let visits = [visit(33, of: 31, order: 43, hour: 1), visit(34, of: 31, order: 44, hour: 2)]
        var tester = board(visits)
        tester.press(.tab)
        tester.type("a")
        let fields = [FormField(name: "assignee", label: "Technician", input: .choice(ChoiceInput([.init(label: "Tomás", value: .reference(id(32)))], 0)))]
        tester.handle(.form(Form(title: "Job 45", fields: fields, purpose: .appoint(order: id(45), territory: id(2), appointment: nil))))
        tester.handle(.saved)
        tester.handle(.loaded(.board(TerminalTester.day), data(visits + [visit(35, of: 32, order: 45, hour: 4)])))
        #expect(tester.lines[2].contains("12:00 Job 45"))
        tester.type("m")
        #expect(tester.effects == [.prepare(.appoint(order: id(45), appointment: id(35), day: TerminalTester.day, technician: id(32)))])
    }

    @Test func `what is over is moved after a second key`() {
        for key in ["<", ">", "m"] {
            var tester = board([visit(33, of: 31, order: 43, hour: 1, status: "completed")])
            tester.type(key)
            #expect(tester.effects == [] && tester.screen.contains("Job 43 · Completed"))
            tester.press(.enter)
            #expect(tester.effects == [] && tester.model.dialog == nil)
            tester.type(key + "m")
            #expect(tester.effects.count == 1)
        }
    }
}

@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// A technician's day, its orders and their fields, as they are drawn and as keys change them.
struct DayTests {
    private func stop(_ number: UInt8, _ hour: Int64, _ title: String, _ latitude: Double, mark: Mark = .none) -> Item {
        TerminalTester.item("appointment", number, [
            "work_order": .reference(TerminalTester.id(number + 100)), "title": .text(title), "site_name": .text("Site \(number)"), "city": .text("Brooklyn"),
            "planned_start": .integer(TerminalTester.morning + hour * 3_600_000), "planned_end": .integer(TerminalTester.morning + (hour + 1) * 3_600_000),
            "latitude": .real(latitude), "longitude": .real(-74), "status": .text("scheduled"), "number": .text("HLP-000\(number)"),
        ], mark: mark)
    }

    private func tester(columns: Int = 80, rows: Int = 24) -> TerminalTester {
        var tester = TerminalTester(columns: columns, rows: rows)
        tester.handle(.loaded(.day(TerminalTester.day), .list([stop(1, 0, "Chiller", 40.0), stop(2, 2, "Boiler", 40.1, mark: .pending)])))
        return tester
    }

    @Test func `stops stand in their order, with times where she is, distances and marks`() {
        let tester = tester()
        #expect(tester.lines[2].contains("Day · Monday 2026-06-15 · today"))
        #expect(tester.lines[4].contains("08:00–09:00 Scheduled    Chiller"))
        #expect(tester.lines[5].contains("↑10:00–11:00") && tester.lines[5].contains("11.1"))
        #expect(tester.selected.count == 1 && tester.selected[0].contains("Chiller"))
    }

    @Test func `a wide screen shows what is selected beside the list`() {
        #expect(!tester().screen.contains("At a glance"))
        #expect(tester(columns: 120).screen.contains("╭─ At a glance"))
    }

    @Test func `every line is as wide as the terminal, whatever its size`() {
        for columns in [40, 79, 80, 100, 137, 200] {
            for rows in [10, 24, 50] {
                let canvas = tester(columns: columns, rows: rows).model.draw().canvas
                #expect(canvas.lines.count == rows)
                #expect(canvas.lines[2].hasPrefix("╭") && canvas.lines[2].hasSuffix("╮"), "\(columns)×\(rows)")
            }
        }
        #expect(tester(columns: 39).screen.contains("too small"))
    }

    @Test func `keys move, open, and go back`() {
        var tester = tester()
        tester.press(.down)
        #expect(tester.selected[0].contains("Boiler"))
        tester.press(.down)
        #expect(tester.selected[0].contains("Boiler"))
        tester.press(.enter)
        #expect(tester.effects == [.load(.order(TerminalTester.id(102)))])
        tester.press(.escape)
        #expect(tester.selected[0].contains("Boiler"))
        tester.type("]")
        #expect(tester.effects == [.load(.day(TerminalTester.day + 1))])
        tester.handle(.loaded(.day(TerminalTester.day + 1), .list([])))
        tester.type("q")
        #expect(tester.effects == [.quit])
    }

    @Test func `what is typed ahead waits for what it is meant for`() {
        var tester = tester()
        tester.press(.enter)
        tester.press(.right)
        tester.type("n")
        #expect(tester.effects == [] && tester.model.dialog == nil)
        let item = TerminalTester.item("checklist_item", 9, ["question": .text("Leak found?")])
        tester.handle(.loaded(.order(TerminalTester.id(101)), .order(OrderData(order: TerminalTester.item("work_order", 101, [:]), checklist: [item]))))
        #expect(tester.model.state.tab == 1)
        #expect(tester.screen.contains("Half-open"))
    }

    @Test func `what cannot be read is not opened`() {
        var tester = tester()
        tester.press(.enter)
        tester.handle(.said("not here yet", isBad: true))
        #expect(tester.selected[0].contains("Chiller") && tester.screen.contains("not here yet"))
    }

    @Test func `a status is one key and one row`() {
        var tester = tester()
        tester.type("s")
        #expect(tester.screen.contains("En route"))
        tester.type("c")
        let values: [String: Value] = ["appointment": .reference(TerminalTester.id(1)), "state": .text("completed"), "happened_at": .integer(TerminalTester.morning)]
        #expect(tester.effects == [.write([.create("status_event", values)]), .presence("available")])
        #expect(tester.model.dialog == nil)
    }

    @Test func `help says what keys are for, and how to come back to today`() {
        var tester = tester()
        tester.type("?")
        #expect(tester.screen.contains("p        Position: planners see that you are at the selected stop"))
        tester.press(.escape)
        tester.type("]")
        tester.handle(.loaded(.day(TerminalTester.day + 1), .list([])))
        #expect(tester.screen.contains("0 goes to today"))
        tester.type("0")
        #expect(tester.effects == [.load(.day(TerminalTester.day))])
    }

    @Test func `what was said of a page goes with it`() {
        var tester = tester()
        tester.press(.enter)
        tester.handle(.said("Your role does not write this field.", isBad: true))
        #expect(tester.screen.contains("does not write"))
        _ = tester.model.open(.order(TerminalTester.id(9)))
        #expect(!tester.screen.contains("does not write"))
        tester.handle(.loaded(.order(TerminalTester.id(9)), .list([])))
        tester.handle(.said("Your role does not write this field.", isBad: true))
        tester.type("2")
        #expect(tester.effects == [.load(.orders)] && !tester.screen.contains("does not write"))
    }

    @Test func `what is read for another page is not shown on this one`() {
        var tester = tester()
        tester.handle(.loaded(.day(TerminalTester.day + 1), .list([stop(9, 0, "Tomorrow", 40)])))
        #expect(!tester.screen.contains("Tomorrow"))
    }

    @Test func `the head tells how the device stands`() {
        var tester = tester()
        tester.handle(.status(DeviceStatus(
            connection: .online, pending: 3, conflicts: 1, refused: 2, checkpoint: "1:48", lag: 65_000, sent: 2_048, received: 3_500_000, weather: "slow", clockOffset: -172_800_000)))
        #expect(tester.lines[1] == " ● online  lag 65 s  ↑ 3  ⚠ 1  ✗ 2  at 1:48  line: slow  clock −2 d  ↓3.3M ↑2K")
        #expect(tester.lines[0].contains("3 Conflicts 1"))
    }

    @Test func `a person becomes known when the first rows have come`() {
        var tester = TerminalTester()
        var person = tester.model.person
        person.name = "Inês Duarte"
        (person.role, person.roleLabel) = ("dispatcher", "Dispatcher")
        tester.handle(.holder(person, TerminalTester.schema))
        #expect(tester.effects == [.load(.board(TerminalTester.day))])
        #expect(tester.lines[0].contains("1 Board") && tester.lines[0].hasSuffix("Inês Duarte · Dispatcher"))
    }
}

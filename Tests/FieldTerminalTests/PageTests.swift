@testable import FieldTerminal
import ReplicationClient
import ReplicationCore
import TerminalScreen
import Testing

/// Orders, clients, the board and the inboxes, as they are drawn and as keys change them.
struct PageTests {
    private let id = TerminalTester.id, item = TerminalTester.item

    /// An order on the screen.
    private func order(columns: Int = 100) -> TerminalTester {
        var data = OrderData(order: item("work_order", 7, ["number": .text("HLP-0001"), "title": .text("Chiller 2"), "status": .text("on_site")], .none))
        data.fields = [
            FieldValue(
                target: FieldTarget(collection: "work_order", row: id(7), field: "resolution"), label: "Resolution", text: "Valve soldered", mark: .pending, author: "you",
                milliseconds: UInt64(TerminalTester.morning), isEditable: true),
            FieldValue(
                target: FieldTarget(collection: "work_order", row: id(7), field: "priority"), label: "Priority", text: "Urgent", author: "Inês Duarte",
                milliseconds: UInt64(TerminalTester.morning), isEditable: true),
        ]
        data.checklist = [item("checklist_item", 8, ["question": .text("Leak closed?"), "answer": .text("yes"), "answer_kind": .text("check")], .none)]
        data.parts = [item("part_needed", 9, ["product_name": .text("Seal kit"), "quantity": .integer(4), "granted": .integer(1), "unit": .text("set")], .none)]
        data.documents = [item("document", 10, ["title": .text("Service report"), "state": .text("signed"), "kind": .text("service_report")], .none)]
        data.signatures = [item("signature", 11, ["document": .reference(id(10)), "signer_name": .text("Walter Quist"), "place": .text("customer")], .none)]
        data.requests = [item("signature_request", 13, [
            "documents": .text("[\"\(id(10))\"]"), "signer_name": .text("Wilma Quist"), "state": .text("sent"), "sent_at": .integer(TerminalTester.morning),
        ], .none)]
        data.appointment = item("appointment", 12, ["assignee": .reference(id(1))], .none)
        var tester = TerminalTester(columns: columns)
        tester.handle(.loaded(.day(TerminalTester.day), .list([item("appointment", 12, ["work_order": .reference(id(7)), "title": .text("Chiller 2")], .none)])))
        tester.press(.enter)
        tester.handle(.loaded(.order(id(7)), .order(data)))
        return tester
    }

    @Test func `fields say who wrote them when, and what is not confirmed`() {
        let tester = order()
        #expect(tester.screen.contains("HLP-0001 · Chiller 2 · On site"))
        #expect(tester.lines[4].contains("↑Resolution       Valve soldered") && tester.lines[4].contains("you, not confirmed yet"))
        #expect(tester.lines[5].contains("Inês Duarte, 08:00"))
    }

    @Test func `tabs go round, and each line knows what keys do with it`() {
        var tester = order()
        tester.type("x")
        #expect(tester.effects == [.explain(FieldTarget(collection: "work_order", row: id(7), field: "resolution"))])
        tester.press(.escape)
        _ = tester.model.open(.order(id(7)))
        tester = order()
        tester.press(.right)
        #expect(tester.screen.contains("✓  Leak closed?") && tester.screen.contains("Yes"))
        tester.press(.enter)
        #expect(tester.effects == [.prepare(.field(FieldTarget(collection: "checklist_item", row: id(8), field: "answer")))])
        tester = order()
        for _ in 0..<2 { tester.press(.right) }
        #expect(tester.lines[5].contains("Seal kit") && tester.lines[5].contains("4 set"))
        tester.type("a")
        #expect(tester.effects == [.prepare(.part(order: id(7)))])
        tester = order()
        for _ in 0..<2 { tester.press(.left) }
        #expect(tester.screen.contains("Walter Quist (customer)"))
        tester.press(.enter)
        #expect(tester.effects == [.readDocument(id(10))])
        tester.type("S")
        #expect(tester.effects.last == .prepare(.sign(document: id(10))))
    }

    @Test func `a request stands under its document, and a key sends it again or takes it back`() {
        var tester = order()
        for _ in 0..<2 { tester.press(.left) }
        let row = tester.lines.firstIndex { $0.contains("Service report") } ?? 0
        #expect(tester.lines[row + 1].contains("→ Wilma Quist") && tester.lines[row + 1].contains("Sent") && tester.lines[row + 1].contains("08:00"))
        tester.type("l")
        #expect(tester.effects == [.prepare(.ask(document: id(10)))])
        tester = order()
        for _ in 0..<2 { tester.press(.left) }
        tester.press(.down)
        tester.press(.enter)
        #expect(tester.effects == [] && tester.screen.contains("Take the request back"))
        // What is chosen without a thought does nothing.
        tester.press(.enter)
        #expect(tester.effects == [])
        tester.type("lw")
        #expect(tester.effects == [.withdraw(request: id(13))])
        tester.type("ll")
        #expect(tester.effects == [.askAgain(request: id(13))])
    }

    @Test func `a photo answers an item of the checklist`() {
        var tester = order()
        tester.press(.right)
        tester.type("p")
        #expect(tester.effects == [.prepare(.photo(order: id(7), item: id(8)))])
    }

    @Test func `what a technician does on the road is told at once, and what a dispatcher notes for her is not`() {
        var tester = order()
        tester.type("sr")
        #expect(tester.effects.count == 2 && tester.effects.last == .presence("driving"))
        tester = order()
        tester.press(.escape)
        tester.type("vp")
        #expect(tester.effects == [.presence("pause")])
        var planner = board()
        planner.press(.down)
        planner.press(.enter)
        var data = OrderData(order: item("work_order", 34, [:], .none))
        data.appointment = item("appointment", 33, [:], .none)
        planner.handle(.loaded(.order(id(34)), .order(data)))
        planner.type("sr")
        #expect(planner.effects.count == 1)
    }

    @Test func `reviews are read, opened and closed`() {
        let review = item("review", 51, [
            "subject": .text("work_order/\(id(7))"), "title": .text("Chiller 2"), "kind": .text("Work order"), "rule": .text("clock_ahead"),
            "detail": .text("Its clock was a year ahead."), "author_name": .text("Nadia"), "raised_at": .integer(TerminalTester.morning),
        ], .none)
        var tester = TerminalTester(role: "manager", columns: 100)
        tester.handle(.loaded(.accounts, .list([])))
        tester.handle(.status(DeviceStatus(reviews: 1)))
        #expect(tester.lines[0].contains("6 Reviews 1"))
        tester.type("6")
        tester.handle(.loaded(.reviews, .list([review])))
        #expect(tester.screen.contains("clock ahead") && tester.screen.contains("Its clock was a year ahead.") && tester.screen.contains("Nadia, 08:00"))
        tester.type("d")
        #expect(tester.effects == [.write([.set("review", id(51), ["state": .text("closed")])])])
        tester.press(.enter)
        #expect(tester.effects == [.load(.order(id(7)))])
        for role in ["technician", "dispatcher"] { #expect(!TerminalTester(role: role).model.mainPages.contains(.reviews)) }
    }

    @Test func `a client is shown whole, with what is overdue`() {
        var data = AccountData(account: item("account", 20, ["name": .text("Pier Nine Cold Store"), "lifecycle": .text("active")], .none))
        data.items = [
            item("invoice", 21, ["title": .text("2026-0511"), "amount": .integer(400_000), "currency": .text("USD"), "at": .integer(20_600)], .none),
            item("invoice", 22, ["title": .text("2026-0417"), "amount": .integer(-123_456_789), "currency": .text("USD"), "at": .integer(20_600), "paid": .integer(20_590)], .none),
            item("task", 23, ["title": .text("Write the offer"), "state": .text("open")], .pending),
        ]
        var tester = TerminalTester(role: "key_account_manager", columns: 100)
        tester.handle(.loaded(.accounts, .list([item("account", 20, ["name": .text("Pier Nine")], .none)])))
        tester.press(.enter)
        #expect(tester.effects == [.load(.account(id(20)))])
        tester.handle(.loaded(.account(id(20)), .account(data)))
        #expect(tester.screen.contains("Invoices 2") && tester.screen.contains("Tasks 1"))
        for _ in 0..<2 { tester.press(.right) }
        #expect(tester.screen.contains("Overdue") && tester.screen.contains("4,000.00 USD"))
        #expect(tester.screen.contains("Paid") && tester.screen.contains("-1,234,567.89 USD"))
        for _ in 0..<2 { tester.press(.right) }
        tester.press(.enter)
        #expect(tester.effects == [.prepare(.field(FieldTarget(collection: "task", row: id(23), field: "state")))])
    }

    /// Two technicians, one visit, one order without anybody.
    private func board(columns: Int = 120) -> TerminalTester {
        var data = BoardData(day: TerminalTester.day)
        data.technicians = [item("user", 31, ["name": .text("Nadia")], .none), item("user", 32, ["name": .text("Tomás")], .none)]
        data.appointments = [item("appointment", 33, [
            "assignee": .reference(id(32)), "work_order": .reference(id(34)), "title": .text("Hoist"), "status": .text("en_route"),
            "planned_start": .integer(TerminalTester.morning + 3_600_000), "planned_end": .integer(TerminalTester.morning + 9_000_000),
        ], .pending)]
        data.unassigned = [item("work_order", 35, ["number": .text("HLP-0011"), "title": .text("Pump"), "priority": .text("high")], .none)]
        data.presences = [id(32): "driving"]
        data.arrivals = [id(33): TerminalTester.morning + 4_500_000]
        var tester = TerminalTester(role: "dispatcher", columns: columns, rows: 30)
        tester.handle(.loaded(.board(TerminalTester.day), .board(data)))
        return tester
    }

    @Test func `the board shows the day as a picture, with what is live`() {
        let tester = board()
        let row = tester.lines.firstIndex { $0.contains("Tomás") } ?? 0
        #expect(tester.lines[row].contains("↑Hoist") && tester.lines[row + 1].contains("Driving"))
        #expect(board(columns: 200).screen.contains("09:00–10:30 → 09:15"))
        #expect(tester.screen.contains("Unassigned · 1"))
    }

    @Test func `visits are moved and pushed, orders assigned`() {
        var tester = board()
        tester.type(">")
        #expect(tester.effects == [])
        tester.press(.down)
        tester.type(">")
        let later: [String: Value] = ["planned_start": .integer(TerminalTester.morning + 4_500_000), "planned_end": .integer(TerminalTester.morning + 9_900_000)]
        #expect(tester.effects == [.write([.set("appointment", id(33), later)])])
        tester.type("m")
        #expect(tester.effects == [.prepare(.appoint(order: id(34), appointment: id(33), day: TerminalTester.day, technician: id(32)))])
        tester = board()
        tester.press(.tab)
        tester.type("a")
        #expect(tester.effects == [.prepare(.appoint(order: id(35), appointment: nil, day: TerminalTester.day, technician: nil))])
    }

    @Test func `a conflict shows both sides, and a key settles it`() {
        let conflict = item("conflict", 41, [
            "subject": .text("work_order/\(id(7))"), "title": .text("Chiller 2"), "part_label": .text("Description"), "theirs": .text("{\"description\":\"called\"}"),
            "yours": .text("{\"description\":\"leak\"}"), "theirs_text": .text("called"), "yours_text": .text("leak"), "theirs_name": .text("Inês"), "yours_name": .text("Nadia"),
            "shown": .text("theirs"),
        ], .none)
        var tester = TerminalTester()
        tester.handle(.loaded(.day(TerminalTester.day), .list([])))
        tester.type("3")
        tester.handle(.loaded(.conflicts, .list([conflict])))
        #expect(tester.screen.contains("Theirs · Inês") && tester.screen.contains("· shown") && tester.screen.contains("leak"))
        tester.type("y")
        #expect(tester.effects == [.write([.resolve(id(41), "work_order", id(7), ["description": .text("leak")])])])
        tester.type("t")
        #expect(tester.effects == [.write([.resolve(id(41), "work_order", id(7), ["description": .text("called")])])])
    }

    @Test func `a side that nobody can read settles nothing`() {
        let collection = TerminalTester.schema.collection(named: "work_order")
        for json in ["", "{", "[1]", "{\"nothing\":1}", "{\"title\":1}"] { #expect(collection.map { Conflict.values(of: json, in: $0) } == .some(nil), "\(json)") }
    }

    @Test func `what was refused is discarded after a second key`() {
        var tester = TerminalTester()
        tester.handle(.loaded(.day(TerminalTester.day), .list([])))
        tester.type("4")
        let key = RowKey(collection: 17, row: id(9))
        tester.handle(.loaded(.refused, .refused([RefusedItem(
            changeset: "c", key: key, collection: "part_needed", title: "Part", rule: "outsideDomain", detail: "Not in its range.", remedy: "Correct it.", waits: false)])))
        #expect(tester.screen.contains("Not in its range.") && tester.screen.contains("Correct it."))
        tester.type("d")
        #expect(tester.effects == [])
        tester.press(.enter)
        #expect(tester.effects == [])
        tester.type("dd")
        #expect(tester.effects == [.write([.discard("c")])])
    }

    @Test func `long lists are filtered by every word`() {
        var items: [Item] = []
        for number in 0..<5_000 {
            var order = item("work_order", 1, ["title": .text("Order \(number)")], .none)
            order.search = Array("order \(number) lantern".utf8)
            items.append(order)
        }
        var tester = TerminalTester()
        tester.handle(.loaded(.day(TerminalTester.day), .list([])))
        tester.type("2")
        tester.handle(.loaded(.orders, .list(items)))
        tester.type("/lantern 499")
        #expect(tester.screen.contains("Orders · 15"))
        tester.press(.escape)
        #expect(tester.screen.contains("Orders · 5000") && tester.screen.contains("1/5000"))
    }

    @Test func `as text it is read out line by line, with numbers and marks`() {
        let lines = PlainText.lines(board().model)
        #expect(lines.contains("- 09:00 to 10:30 Hoist, En route"))
        let order = PlainText.lines(order().model)
        #expect(order.contains("1. Resolution, Valve soldered, you, not confirmed yet (not confirmed yet)"))
        #expect(order.contains("Details (1/8)"))
        #expect(order.allSatisfy { !$0.contains("│") && !$0.contains("─") })
    }

    @Test func `without colours nothing but weights is sent`() {
        var encoder = FrameEncoder(colors: .none, isUnicode: false)
        let sent = String(decoding: encoder.encode(board().model.draw(colors: .none).canvas), as: UTF8.self)
        #expect(sent.utf8.allSatisfy { $0 < 0x80 } && sent.firstMatch(of: /\[[0-9;]*(3|4|9|10)[0-8](;[0-9;]*)?m/) == nil)
    }
}

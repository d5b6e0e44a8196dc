@testable import FieldTerminal
import ReplicationCore
import TerminalScreen
import Testing

/// What an order's tabs say and let be written.
struct OrderTests {
    private let id = TerminalTester.id

    private func order(_ data: OrderData, tab: Int) -> TerminalTester {
        var tester = TerminalTester()
        tester.handle(.loaded(.day(TerminalTester.day), .list([])))
        _ = tester.model.open(.order(id(7)))
        tester.handle(.loaded(.order(id(7)), .order(data)))
        tester.model.state.tab = tab
        return tester
    }

    private var empty: OrderData { OrderData(order: TerminalTester.item("work_order", 7, ["title": .text("Chiller 2")])) }

    private func field(_ name: String) -> FieldValue {
        FieldValue(target: FieldTarget(collection: "work_order", row: id(7), field: name), label: name, text: "HLP-0001")
    }

    @Test(arguments: [("number", "Only the hub writes this field"), ("reported_at", "written once"), ("account", "Your role does not write"), ("status", "computed from others")])
    func `what nobody here writes opens no editor, and says why`(_ name: String, _ why: String) {
        var data = empty
        data.fields = [field(name)]
        var tester = order(data, tab: 0)
        for key in [Key.enter, .character("e")] {
            tester.press(key)
            #expect(tester.effects == [] && tester.model.dialog == nil && tester.screen.components(separatedBy: why).count == 2, "\(tester.screen)")
        }
    }

    @Test func `parts say what is granted and what is used, and a key notes it`() {
        var data = empty
        data.parts = [TerminalTester.item("part_needed", 9, ["product_name": .text("Seal kit"), "quantity": .integer(4), "granted": .integer(3), "used": .integer(2)])]
        var tester = order(data, tab: 2)
        #expect(tester.lines[4].contains("Granted  Used") && tester.lines[5].contains("3     2"))
        #expect(tester.lines[23].contains("u used"))
        tester.type("u")
        #expect(tester.effects == [.prepare(.use(part: id(9)))])
        let fields = [
            FormField(name: "quantity", label: "Quantity", input: .text(TextInput("2")), field: TerminalTester.schema.collection(named: "part_needed")?.field(named: "quantity"), isMandatory: true),
            FormField(name: "place", label: "Store", input: .choice(ChoiceInput([.init(label: "Van 1", value: .reference(id(3)))], 0)), isMandatory: true),
        ]
        tester.handle(.form(Form(title: "Used", fields: fields, purpose: .use(fixed: ["product": .reference(id(4)), "reason": .text("use")]))))
        tester.type("1")
        tester.press(.enter)
        let values: [String: Value] = ["product": .reference(id(4)), "reason": .text("use"), "place": .reference(id(3)), "quantity": .integer(-1)]
        #expect(tester.effects == [.write([.create("stock_movement", values)])])
    }

    @Test func `a document that waits for others says who has signed and who has not`() {
        var data = empty
        data.documents = [TerminalTester.item("document", 10, ["title": .text("Service report"), "state": .text("viewed"), "waits_for": .text("company")])]
        data.signatures = [TerminalTester.item("signature", 11, ["document": .reference(id(10)), "signer_name": .text("Walter Quist"), "place": .text("customer")])]
        let tester = order(data, tab: 6)
        #expect(tester.lines[5].contains("Partly signed Walter Quist (customer); waits: company") && !tester.screen.contains("Viewed"))
    }

    @Test func `what happened at one instant reads in its true order`() {
        let events = ["signed", "presented", "consented"].enumerated().map { index, event in
            TerminalTester.item("signature_event", UInt8(index), ["event": .text(event), "at": .integer(TerminalTester.morning)])
        }
        let later = TerminalTester.item("status_event", 9, ["state": .text("completed"), "at": .integer(TerminalTester.morning + 1)])
        let told = History.newestFirst(events + [later], schema: TerminalTester.schema)
        #expect(told.map { $0.text("event") } == ["", "signed", "consented", "presented"])
    }

    @Test func `where nothing is filtered, letters for a filter are no commands`() {
        var tester = order(empty, tab: 0)
        tester.type("/on2")
        #expect(tester.effects == [] && tester.model.dialog == nil && tester.lines[23].contains("Nothing to filter here: esc goes on."))
        tester.press(.escape)
        #expect(tester.model.state.key == .order(id(7)) && !tester.screen.contains("Nothing to filter"))
        tester.type("o")
        #expect(tester.effects == [.connect(true)])
    }

    @Test func `q leaves a menu`() {
        var tester = order(empty, tab: 0)
        tester.type("n")
        #expect(tester.screen.contains("Half-open"))
        tester.type("q")
        #expect(tester.effects == [] && tester.model.dialog == nil && tester.model.state.key == .order(id(7)))
    }

    @Test func `what was written says whether it waits, is on its way, or has arrived`() {
        var tester = order(empty, tab: 0)
        tester.handle(.saved)
        #expect(tester.screen.contains("Written here; it waits for a connection."))
        tester.handle(.status(DeviceStatus(connection: .online, pending: 1)))
        tester.handle(.saved)
        #expect(tester.screen.contains("Written here; on its way to the hub."))
        tester.handle(.status(DeviceStatus(connection: .online, pending: 0)))
        #expect(tester.screen.contains("Written here, and at the hub."))
        tester.handle(.tick(TerminalTester.morning + 5_000))
        #expect(!tester.screen.contains("Written here"))
        // What else is said stays.
        tester.handle(.said("Equal: 812 rows", isBad: false))
        tester.handle(.status(DeviceStatus(connection: .online, pending: 0, sent: 1)))
        #expect(tester.screen.contains("Equal: 812 rows"))
    }

    @Test func `tabs that do not fit are counted, on both sides`() {
        var tester = TerminalTester(role: "key_account_manager")
        tester.handle(.loaded(.accounts, .list([])))
        _ = tester.model.open(.account(id(20)))
        tester.handle(.loaded(.account(id(20)), .account(AccountData(account: TerminalTester.item("account", 20, ["name": .text("Pier Nine")])))))
        let names = ["Details", "Contracts", "Invoices", "Tickets", "Tasks", "Contacts", "Interactions", "Orders", "Sites"]
        for tab in names.indices {
            tester.model.state.tab = tab
            let line = tester.lines[3]
            #expect(line.contains(names[tab]), "\(line)")
            let hidden = names.indices.filter { !line.contains(names[$0]) }
            let before = hidden.filter { $0 < tab }.count, after = hidden.filter { $0 > tab }.count
            #expect(line.contains("← +\(before)") == (before > 0) && line.contains("+\(after) →") == (after > 0), "\(line)")
            #expect(!hidden.isEmpty)
        }
    }
}

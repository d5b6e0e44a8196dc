import Foundation
import Testing
import TestTraits

/// People's days in a real terminal: tmux, `fieldsim device`, and a hub behind it.
@Suite(.serialized, .realTime)
struct TerminalTests {
    private let house: SampleHouse
    private let order = "bf941b03-8b2c-84ca-b33f-d90b9025bb44"

    init() throws {
        house = try SampleHouse()
        try house.start()
    }

    private func pane(_ name: String, _ options: String..., columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]) throws -> TerminalPane {
        let program = try HubProcess.binaries.appendingPathComponent("fieldsim").path
        return try TerminalPane(
            [program, "device", "--replica", house.device(name)] + options, columns: columns, rows: rows, environment: environment, in: house.folder.path)
    }

    /// The chiller, today from now on, for Nadia.
    private func appoint() throws {
        try house.say(
            "ines", ["online", "sync 60",
            "create appointment work_order=\(order) territory=a4ff5a59-075b-8c7c-a20b-30d48e76d620 assignee=0073f706-b09a-8a13-9e6f-c879aa2f7f00 planned_start=now planned_end=now+10m",
            "sync 60"])
    }

    /// Of the chiller, in the tab of its signatures.
    private func makeDocument(in pane: TerminalPane) throws {
        try pane.wait(for: "Chiller 2 loses pressure")
        try pane.press("Enter")
        try pane.wait(for: "Signature")
        for _ in 0..<6 { try pane.press("Tab") }
        try pane.wait(for: "No document yet")
        try pane.press("a")
        try pane.wait(for: "Make a document")
        try pane.press("Enter")
        try pane.wait(for: "Draft")
    }

    /// The selected document, to be signed with others.
    private func read(in pane: TerminalPane) throws {
        try pane.press("Enter")
        try pane.wait(for: "CHILLER 2 LOSES PRESSURE")
        try pane.press("Escape")
        try pane.wait(without: "CHILLER 2 LOSES PRESSURE")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a technician works her day, online and offline`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        let pane = try pane("nadia")
        defer { pane.close() }
        try pane.wait(for: "Chiller 2 loses pressure")
        try pane.wait(for: "Nadia Okafor · Technician")
        try pane.wait(for: "● online")
        try pane.press("?")
        try pane.wait(for: "Everywhere:")
        try pane.press("Escape")
        try pane.wait(without: "Everywhere:")
        try pane.press("o")
        try pane.wait(for: "○ offline")
        try pane.press("s", "s")
        try pane.wait(for: "On site")
        try pane.wait(for: "↑ 1 pending")
        // An answer of the checklist, pasted.
        try pane.press("Enter")
        try pane.wait(for: "Details")
        try pane.press("Tab", "Down", "Enter")
        try pane.wait(for: "Refrigerant refilled")
        try pane.paste("two\nkilograms")
        try pane.wait(for: "two kilograms")
        try pane.press("Enter")
        try pane.wait(for: "Written here")
        try pane.wait(for: "↑ 2 pending")
        try pane.press("x")
        try pane.wait(for: "own write that the hub has not confirmed")
        try pane.press("Escape")
        try pane.wait(without: "own write")
        try pane.press("o")
        try pane.wait(for: "↑ 0 pending")
        try pane.press("q", "q")
        try pane.wait(for: "ENDED 0")
        let answers = try house.say("ines", ["online", "sync 60", "query SELECT answer FROM checklist_item WHERE answer IS NOT NULL", "query SELECT status FROM work_order WHERE id = x'\(order.replacing("-", with: ""))'"])
        #expect(answers.contains("two kilograms") && answers.contains("on_site"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a customer signs two documents at once with the mouse`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        let pane = try pane("nadia", columns: 100, rows: 30)
        defer { pane.close() }
        try makeDocument(in: pane)
        try read(in: pane)
        try pane.press("a")
        try pane.wait(for: "Make a document")
        try pane.type("acceptance")
        try pane.press("Enter")
        try pane.wait(for: "Acceptance of work")
        // The newer one stands first, and nobody has read it.
        try pane.press("Home", "Down", "S")
        #expect(try !pane.wait(for: "Sign here").contains("only this one"))
        try pane.press("Escape")
        try pane.wait(without: "Sign here")
        try pane.press("Up")
        try read(in: pane)
        try pane.press("Down")
        try pane.press("S")
        try pane.wait(for: "Sign here")
        try pane.type("Walter Quist")
        try pane.press("Up", "Right")
        try pane.wait(for: "all 2: ")
        let lines = try pane.screen.components(separatedBy: "\n")
        let top = try #require(lines.firstIndex { $0.contains("Sign here") })
        try pane.draw([(30, top + 3), (40, top + 5), (50, top + 3)])
        try pane.wait(for: "██")
        try pane.press("Enter")
        try pane.wait(for: "Walter Quist (customer)")
        try pane.wait(for: "waits: technician")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
        #expect(try house.say("nadia", ["query SELECT signer_name, method FROM signature"]).components(separatedBy: "drawn").count == 3)
        let events = try house.say("nadia", ["query SELECT event, session, agent FROM signature_event"])
        // Each was shown, consented to and signed.
        for event in ["presented", "consented", "signed"] { #expect(events.components(separatedBy: event).count == 3, "\(event): \(events)") }
        #expect(events.components(separatedBy: "Converge, device ").count == 7)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a part is added by typing its name, and what was used is taken out of the van`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        let pane = try pane("nadia", columns: 100, rows: 30)
        defer { pane.close() }
        try pane.wait(for: "Chiller 2 loses pressure")
        try pane.press("Enter")
        try pane.wait(for: "Details")
        try pane.press("Tab", "Tab")
        try pane.wait(for: "Granted")
        try pane.press("a")
        try pane.wait(for: "Parts · add")
        try pane.type("igniter")
        try pane.wait(for: "igniter : ")
        try pane.press("Tab")
        try pane.type("2")
        try pane.press("Enter")
        try pane.wait(for: "Written here")
        try pane.press("Home", "u")
        try pane.wait(for: "Used · ")
        try pane.wait(for: "Van")
        try pane.type("1")
        try pane.press("Enter")
        try pane.wait(for: "at the hub")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
        let parts = try house.say("nadia", ["query SELECT p.name, n.quantity FROM part_needed AS n JOIN product AS p ON p.id = n.product WHERE p.name LIKE '%gniter%'"])
        #expect(parts.contains("2") && !parts.contains("12"), "\(parts)")
        #expect(try house.say("nadia", ["query SELECT quantity, reason FROM stock_movement WHERE reason = 'use'"]).contains("-1"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a dispatcher assigns, pushes and sees it on the board`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        let pane = try pane("ines", columns: 200, rows: 50)
        defer { pane.close() }
        try pane.wait(for: "Unassigned · 12")
        try pane.press("]")
        try pane.wait(without: "today")
        try pane.press("Tab", "a")
        try pane.wait(for: "Technician")
        try pane.press("Enter")
        try pane.wait(for: "Unassigned · 11")
        try pane.wait(for: "09:00–10:00")
        // The visit that was placed is selected.
        try pane.press(">")
        try pane.wait(for: "09:15–10:15")
        try pane.press("m")
        try pane.press("Tab", "Tab", "C-u")
        try pane.type("4")
        try pane.wait(for: "minutes")
        try pane.press("Enter", "C-u")
        try pane.type("90")
        try pane.press("Enter")
        try pane.wait(for: "09:15–10:45")
        try pane.wait(for: "↑ 0 pending")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a manager of accounts reads a client whole without a network, in Spanish`() throws {
        defer { house.hub.stop() }
        try house.enrol("kofi")
        let pane = try pane("kofi", columns: 200, rows: 50, environment: ["LANG": "es_ES.UTF-8"])
        defer { pane.close() }
        try pane.wait(for: "Pier Nine Cold Store")
        try pane.press("/")
        try pane.type("pier")
        try pane.wait(without: "Old Ferry Works")
        try pane.press("Enter", "Enter")
        try pane.wait(for: "Wants winter maintenance")
        try pane.press("o")
        try pane.wait(for: "○ sin red")
        try pane.press("Escape", "Enter")
        let screen = try pane.wait(for: "Contratos 1")
        for text in ["Facturas 2", "Avisos 1", "Tareas 1", "4,000.00 USD", "Full service for both halls", "Wants winter maintenance"] { #expect(screen.contains(text), "\(text)\n\(screen)") }
        try pane.press("Tab", "Tab")
        try pane.wait(for: "2026-0511")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
    }

    @Test(.timeLimit(.minutes(10)))
    func `two who did not see each other make a conflict, and it is settled here`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        try house.say("nadia", ["online", "sync 60"])
        try house.say("nadia", ["set work_order \(order) description=\"Leak at the valve\""])
        try house.say("ines", ["online", "set work_order \(order) description=\"Customer called again\"", "sync 60"])
        let pane = try pane("nadia")
        defer { pane.close() }
        try pane.wait(for: "Conflicts 1")
        try pane.press("3")
        try pane.wait(for: "Customer called again")
        try pane.wait(for: "Leak at the valve")
        try pane.press("w")
        try pane.wait(for: "Settle · Chiller")
        try pane.press("C-u")
        try pane.type("Leak at the valve; the customer knows")
        try pane.press("Enter")
        try pane.wait(for: "Conflicts · 0")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
        #expect(try house.say("ines", ["online", "sync 60", "conflicts"]).contains("Nothing."))
    }

    @Test(.timeLimit(.minutes(10)))
    func `what an administrator added is filled in, and what is to be looked at is closed`() throws {
        defer { house.hub.stop() }
        try house.enrol("kofi")
        try house.say("kofi", ["online", "sync 60"])
        let account = try house.say("kofi", ["query SELECT id FROM account WHERE name LIKE 'Pier Nine%'"]).firstMatch(of: /[0-9a-f]{8}-[0-9a-f-]{27}/).map { String($0.0) }
        // Nobody could know the rule when this was written.
        try house.say("kofi", ["create contact account=\(try #require(account)) name=\"Ada Lind\""])
        let added = [["field", "add", "account", "loyalty", "--type", "choice gold | silver", "--label", "Loyalty"], ["rule", "add", "contact", "job_title"]]
        for words in added { try #require(try HubProcess.run("converge", words + ["--data", house.hub.folder]).code == 0) }
        try house.say("kofi", ["online", "sync 60"])
        let pane = try pane("kofi", columns: 110, rows: 40)
        defer { pane.close() }
        try pane.wait(for: "Reviews 1")
        try pane.press("/")
        try pane.type("pier")
        try pane.press("Enter", "Enter")
        try pane.wait(for: "Loyalty")
        try pane.press("End", "Enter")
        try pane.wait(for: "· Loyalty")
        try pane.type("s")
        try pane.press("Enter")
        try pane.wait(for: "Written here")
        try pane.wait(for: "Silver")
        try pane.press("5")
        try pane.wait(for: "Ada Lind")
        try pane.press("w")
        try pane.wait(for: "· Note")
        try pane.type("Asked her")
        try pane.press("Enter")
        try pane.wait(for: "Note: Asked her")
        try pane.press("d")
        try pane.wait(for: "Reviews · 0")
        try pane.wait(for: "↑ 0 pending")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
        let kept = try house.say("kofi", ["query SELECT custom FROM account WHERE custom IS NOT NULL", "query SELECT state, note FROM review"])
        #expect(kept.contains("silver") && kept.contains("closed") && kept.contains("Asked her"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a customer is asked by a link, and the request is taken back`() throws {
        house.hub.stop()
        // Without a mail server the request waits.
        try house.hub.start(["--pages", "127.0.0.1:0"])
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        let pane = try pane("nadia", columns: 100, rows: 30)
        defer { pane.close() }
        try makeDocument(in: pane)
        try pane.press("l")
        try pane.wait(for: "The hub mails them a link")
        try pane.press("C-u")
        try pane.type("Walter Quist")
        try pane.press("Tab")
        try pane.type("w.quist@example.com")
        try pane.press("Enter")
        try pane.wait(for: "→ Walter Quist")
        try pane.wait(for: "Waiting")
        try pane.press("Down", "l")
        try pane.wait(for: "Take the request back")
        try pane.press("w")
        try pane.wait(for: "Withdrawn")
        try pane.wait(for: "↑ 0 pending")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
        #expect(try house.hub.command(["requests", "--state", "withdrawn"]).output.contains("Walter Quist"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the hub refused is mended here, and discarded`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        try house.say("nadia", ["online", "sync 60"])
        let part = try house.say("nadia", ["query SELECT id FROM part_needed LIMIT 1"]).components(separatedBy: "\n").first { $0.contains("-") } ?? ""
        let id = part.trimmingCharacters(in: .whitespaces)
        try house.say("nadia", ["unchecked on", "set part_needed \(id) quantity=0", "online", "sync 60", "set part_needed \(id) quantity=20000", "sync 60"])
        let pane = try pane("nadia")
        defer { pane.close() }
        try pane.wait(for: "Refused 2")
        try pane.press("4")
        try pane.wait(for: "What to do")
        try pane.press("m")
        try pane.wait(for: "Mend ·")
        try pane.press("Tab")
        try pane.press("C-u")
        try pane.type("3")
        try pane.press("Enter")
        try pane.wait(for: "Refused · 1")
        try pane.press("d")
        try pane.wait(for: "discard")
        try pane.press("d")
        try pane.wait(for: "Refused · 0")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
    }

    @Test(.timeLimit(.minutes(10)))
    func `the terminal is left as it was found, after Ctrl-C and after a crash`() throws {
        defer { house.hub.stop() }
        try house.enrol("nadia")
        for signal in [SIGINT, SIGTERM, SIGSEGV, SIGTRAP] {
            let pane = try pane("nadia")
            defer { pane.close() }
            try pane.wait(for: "1 Day")
            if signal == SIGINT { try pane.press("C-c") } else { kill(try #require(try pane.processID), signal) }
            let screen = try pane.wait(for: "ENDED")
            #expect(!screen.contains("1 Day"), "still on the other screen after \(signal)")
            let settings = try pane.settings
            #expect(settings.before == settings.after && settings.after.contains(" echo "))
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `it follows the size of the terminal, and its colours and characters`() throws {
        defer { house.hub.stop() }
        try house.enrol("nadia")
        let pane = try pane("nadia", "--ascii", environment: ["NO_COLOR": "1"])
        defer { pane.close() }
        try pane.wait(for: "+- Day")
        #expect(try pane.styled.unicodeScalars.allSatisfy(\.isASCII))
        #expect(try pane.styled.firstMatch(of: /\[[0-9;]*[34][0-8][;m]/) == nil)
        try pane.resize(columns: 120, rows: 40)
        try pane.wait(for: String(repeating: "-", count: 90))
        try pane.resize(columns: 30, rows: 8)
        try pane.wait(for: "too small")
        try pane.resize(columns: 60, rows: 20)
        try pane.wait(for: "+- Day")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a killed device is where it was when it starts again, and frames are seen as they pass`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        let pane = try pane("nadia", columns: 110, rows: 30)
        defer { pane.close() }
        try pane.wait(for: "Chiller 2 loses pressure")
        try pane.press("o", "s", "r")
        try pane.wait(for: "↑ 1 pending")
        let before = try pane.processID
        try pane.press("n", "K")
        try pane.wait(for: "↑ 0 pending")
        #expect(try pane.processID == before)
        try pane.press("5")
        try pane.press("n", "s")
        try pane.wait(for: "line: slow")
        try pane.press("n", "c")
        try pane.wait(without: "line: slow")
        try pane.press("o")
        try pane.wait(for: "○ offline")
        try pane.press("o")
        try pane.wait(for: "Welcome")
        try pane.press("C-c")
        try pane.wait(for: "ENDED 0")
    }

    @Test(.timeLimit(.minutes(10)))
    func `as lines of text it is read and answered`() throws {
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        try appoint()
        try house.say("nadia", ["online", "sync 60"])
        let pane = try pane("nadia", "--plain", "--offline", columns: 120, rows: 45)
        defer { pane.close() }
        try pane.wait(for: "Chiller 2 loses pressure, Cold store, south hall")
        try pane.press("s", "Enter")
        try pane.wait(for: "c Completed")
        try pane.press("c", "Enter")
        try pane.wait(for: "Completed, Chiller 2 loses pressure")
        try pane.press("1", "Enter")
        try pane.wait(for: "Details (1/8)")
        try pane.press("q", "Enter")
        try pane.wait(for: "ENDED 0")
    }
}

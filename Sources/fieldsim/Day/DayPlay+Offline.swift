import Foundation

extension DayPlay {
    /// Steps of a job, with the minutes ago at which they happened.
    private static let steps = ["en_route", "on_site", "in_progress"]

    func onTheRoad() throws {
        story.chapter("On the road: no signal")
        let nadia = try device("Nadia"), tomas = try device("Tomás"), ines = try device("Inês")
        try nadia.run("offline")
        try nadia.run("clock +2d")
        story.tell("Nadia", "loses the network in the cold store. Her device's clock stands two days ahead, and nobody notices.")

        let started = Date()
        try pushETA(ines, "lift", revision: 1, at: "now+3h")
        let seen = try tomas.waitForRow("SELECT eta_revision FROM appointment WHERE id = x'\(hex(appointments["lift"]))' AND eta_revision = 1")
        let milliseconds = Int(Date().timeIntervalSince(started) * 1_000)
        story.tell("Inês", "pushes an ETA for the lift in Garden Street; Tomás, still connected, has it on his screen \(seen ? "after \(milliseconds) ms, commands included" : "late").")
        try tomas.run("offline")
        story.tell("Tomás", "drives into a tunnel and is offline, too.")
        try nadiasWork(nadia)
        try tomassWork(tomas)
    }

    private func nadiasWork(_ nadia: ShellProcess) throws {
        let chiller = try id("chiller"), order = try order("HLP-0001")
        for step in Self.steps { try nadia.run("create status_event appointment=\(chiller) state=\(step) happened_at=now") }
        let items = try nadia.query("SELECT id, answer_kind FROM checklist_item WHERE work_order = x'\(hex(order))' AND _alive ORDER BY position")
        for item in items {
            let answer = switch item["answer_kind"] as? String {
            case "check": "yes"
            case "number": "2"
            default: "Leak at the south flange, tightened and sealed."
            }
            try nadia.run("set checklist_item \(item["id"] ?? "") answer=\"\(answer)\" answered_at=now")
        }
        let van = try row(nadia, "warehouse", where: "kind", is: "van")
        for (product, quantity) in [("Refrigerant R-290", 2), ("Seal kit", 1)] {
            let product = try row(nadia, "product", where: "name", is: product)
            try nadia.run("create stock_movement place=\(van) product=\(product) quantity=-\(quantity) reason=use work_order=\(order) moved_at=now")
        }
        let me = try nadia.run("status")["user"] as? String ?? ""
        try nadia.run("create time_entry appointment=\(chiller) worker=\(me) activity=work started_at=now-90m stopped_at=now")
        try nadia.run("create interaction work_order=\(order) channel=note summary=\"South hall is cold again\" happened_at=now")
        try nadia.run("create signature work_order=\(order) signer_name=\"Walter Quist\" strokes=random:4000 signed_at=now")
        try nadia.run("set work_order \(order) resolution=\"Leak at the flange of chiller 2 closed, 2 kg refilled.\"")
        try nadia.run("increment work_order \(order) travel_metres 7400")
        try nadia.run("create status_event appointment=\(chiller) state=completed happened_at=now")
        story.tell("Nadia", "repairs the chiller: three checklist answers, 2 kg refrigerant and a seal kit from her van, 90 minutes, a note, Walter Quist's signature on the glass. Completed.")

        let boiler = try id("boiler"), boilerOrder = try self.order("HLP-0003")
        for step in Self.steps + ["completed"] {
            try nadia.run("create status_event appointment=\(boiler) state=\(step) happened_at=now")
        }
        let igniter = try row(nadia, "product", where: "name", is: "Igniter")
        try nadia.run("create stock_movement place=\(van) product=\(igniter) quantity=-1 reason=use work_order=\(boilerOrder) moved_at=now")
        try nadia.run("set work_order \(boilerOrder) description=\"Flame went out because of the igniter. Replaced; the gas pressure is low, tell the supplier.\"")
        story.tell("Nadia", "goes on to the bakery's boiler, replaces the igniter, rewrites the description, and completes that job as well.")
    }

    private func tomassWork(_ tomas: ShellProcess) throws {
        let hoist = try id("hoist"), order = try order("HLP-0005")
        for step in Self.steps { try tomas.run("create status_event appointment=\(hoist) state=\(step) happened_at=now") }
        let van = try row(tomas, "warehouse", where: "kind", is: "van")
        func use(_ product: String, _ quantity: Int, _ order: String) throws {
            let product = try row(tomas, "product", where: "name", is: product)
            try tomas.run("create stock_movement place=\(van) product=\(product) quantity=-\(quantity) reason=use work_order=\(order) moved_at=now")
        }
        try use("Contactor 25 A", 2, order)
        try use("Wire rope 10 mm", 12, order)
        try tomas.run("set work_order \(order) priority=high resolution=\"Two contactors and twelve metres of rope replaced.\"")
        try tomas.run("create signature work_order=\(order) signer_name=\"Joost Marlowe\" strokes=random:6000 signed_at=now")
        try tomas.run("create status_event appointment=\(hoist) state=completed happened_at=now")
        story.tell("Tomás", "brings the slipway hoist back: two contactors, twelve metres of rope, Joost Marlowe's signature. He lowers the priority from urgent to high.")

        let lift = try id("lift"), liftOrder = try self.order("HLP-0007")
        for step in Self.steps { try tomas.run("create status_event appointment=\(lift) state=\(step) happened_at=now") }
        try use("Guide shoe", 9, liftOrder)
        try tomas.run("create status_event appointment=\(lift) state=completed happened_at=now")
        story.tell("Tomás", "repairs the lift in Garden Street with nine guide shoes. The book says that his van holds eight.")

        let request = try id("request 2")
        for step in Self.steps + ["completed"] {
            try tomas.run("create status_event appointment=\(request) state=\(step) happened_at=now")
        }
        let requestOrder = try self.order("imported 2")
        // Photos as they will be: many changesets of some size, so that the upload takes a while.
        for number in 1...40 {
            try tomas.run("create signature work_order=\(requestOrder) signer_name=\"Page \(number) of the report\" strokes=random:20000 signed_at=now")
        }
        story.tell("Tomás", "finishes the imported request and has a report of forty pages signed.")
        let tried = try tomas.attempt("set product \(try row(tomas, "product", where: "name", is: "Igniter")) name=\"Igniter (good ones)\"")
        if tried["ok"] as? Bool == false {
            story.tell("Tomás", "tries to rename a product. His device refuses at once: \(tried["error"] ?? "")")
        }
        try tomas.run("unchecked on")
        try tomas.run("set product \(try row(tomas, "product", where: "name", is: "Igniter")) name=\"Igniter (good ones)\"")
        try tomas.run("unchecked off")
        story.tell("Tomás", "has a modified app that does not ask: it writes the new name all the same, and keeps it for the hub.")
    }

    func atTheOffice() throws {
        story.chapter("Meanwhile at the office")
        let ines = try device("Inês")
        let tomas = try row(ines, "user", where: "name", is: "Tomás Brandt")
        try ines.run("set appointment \(try id("boiler")) assignee=\(tomas)")
        story.tell("Inês", "gives the boiler to Tomás: Nadia seems late. She cannot know that Nadia has done it.")
        try ines.run("set work_order \(try order("HLP-0003")) description=\"Boiler out. Customer called again: no bread tomorrow unless it is fixed.\"")
        try ines.run("set work_order \(try order("HLP-0005")) priority=urgent")
        try ines.run("set work_order \(try order("HLP-0005")) priority=normal")
        story.tell("Inês", "rewrites the boiler's description and sets the hoist's priority to normal.")
        try ines.run("set appointment \(try id("hoist")) planned_start=now+2h planned_end=now+4h window_start=now+2h window_end=now+4h")
        try pushETA(ines, "hoist", revision: 1, at: "now+2h")
        try pushETA(ines, "lift", revision: 2, at: "now+4h")
        story.tell("Inês", "moves the hoist's planned time and pushes two more ETAs to whoever is connected.")
        try ines.run("create status_event appointment=\(try id("request 2")) state=canceled happened_at=now note=\"Customer called it off\"")
        story.tell("Inês", "cancels the imported request, which Tomás has just finished.")
        try ines.run("sync 30")
    }

    func withCustomers() throws {
        story.chapter("Meanwhile at the customers'")
        let kofi = try device("Kofi"), mei = try device("Mei")
        try kofi.run("offline")
        try mei.run("offline")
        let account = try row(kofi, "account", where: "name", is: "Pier Nine Cold Store")
        try kofi.run("create interaction account=\(account) channel=call summary=\"Walter wants both halls before October\" happened_at=now")
        try kofi.run("create task subject=account/\(account) title=\"Send the revised offer\" state=open")
        try kofi.run("set account \(account) next_step=\"Send the revised offer by Friday.\"")
        try kofi.run("set account \(account) lifecycle=at_risk")
        try kofi.run("add account \(account) phones \"night desk: +1 555 0399\"")
        story.tell("Kofi", "offline at Pier Nine: a call note, a task, a new phone number; next step: \"Send the revised offer by Friday.\" He marks the account at risk.")
        try mei.run("create interaction account=\(account) channel=visit summary=\"Saw the northern hall with Dolores\" happened_at=now")
        try mei.run("create task subject=account/\(account) title=\"Bring samples of the new seals\" state=open")
        try mei.run("set account \(account) next_step=\"Visit again with samples next week.\"")
        try mei.run("set account \(account) lifecycle=active")
        try mei.run("add account \(account) phones \"north hall: +1 555 0398\"")
        story.tell("Mei", "offline in the northern hall of the same account: a visit, a task, another number; next step: \"Visit again with samples next week.\" She marks it active.")
    }

    func pushETA(_ ines: ShellProcess, _ name: String, revision: Int, at time: String) throws {
        try ines.run("create eta appointment=\(try id(name)) revision=\(revision) arrives_at=\(time) source=dispatcher")
    }

    func id(_ appointment: String) throws -> String {
        guard let id = appointments[appointment] else { throw DayFailure("The play has no appointment '\(appointment)'.") }
        return id
    }

    func order(_ name: String) throws -> String {
        guard let id = orders[name] else { throw DayFailure("The play has no order '\(name)'.") }
        return id
    }

    func hex(_ id: String?) -> String { (id ?? "").replacingOccurrences(of: "-", with: "") }
}

extension ShellProcess {
    /// Waits until a query gives a row; false if it does not within ten seconds.
    func waitForRow(_ sql: String) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: 10)
        while Date() < deadline {
            if try !query(sql).isEmpty { return true }
            // A person looks at a screen about this often.
            Thread.sleep(forTimeInterval: 0.005)
        }
        return false
    }
}

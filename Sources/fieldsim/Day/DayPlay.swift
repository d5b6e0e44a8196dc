import Foundation

/// The cast and the order of the day. Each act is in a file of its own.
final class DayPlay {
    let hub: ServedHub
    let devicesFolder: String
    let story: DayStory
    let company: String
    let requests: String
    let mapping: String
    var devices: [String: ShellProcess] = [:]
    /// Appointments by the name that the play gives them.
    var appointments: [String: String] = [:]
    /// Work orders by number or the play's name.
    var orders: [String: String] = [:]
    var stockBefore: [String: [(product: String, onHand: Int)]] = [:]

    static let cast: [(name: String, email: String, title: String)] = [
        ("Nadia", "nadia@harborlift.example", "technician"),
        ("Tomás", "tomas@harborlift.example", "technician"),
        ("Inês", "ines@harborlift.example", "dispatcher"),
        ("Kofi", "kofi@harborlift.example", "key account manager"),
        ("Mei", "mei@harborlift.example", "key account manager"),
    ]

    init(hub: ServedHub, devicesFolder: String, story: DayStory, company: String, requests: String, mapping: String) {
        self.hub = hub
        self.devicesFolder = devicesFolder
        self.story = story
        self.company = company
        self.requests = requests
        self.mapping = mapping
    }

    /// - Returns: true if everything converged.
    func run() throws -> Bool {
        try opening()
        try morning()
        try onTheRoad()
        try atTheOffice()
        try withCustomers()
        try evening()
        return try reckoning()
    }

    /// - Throws: if a process does not end as it should.
    func end() throws {
        for device in devices.values { try device.quit() }
        try hub.stop()
    }

    func device(_ name: String) throws -> ShellProcess {
        guard let device = devices[name] else { throw DayFailure("\(name) has no device.") }
        return device
    }

    /// The id of the row of a collection whose field has a value.
    func row(_ device: ShellProcess, _ collection: String, where field: String, is value: String) throws -> String {
        let rows = try device.query("SELECT id FROM \(collection) WHERE \(field) = '\(value)'")
        guard let id = rows.first?["id"] as? String else {
            throw DayFailure("\(device.name) has no \(collection) with \(field) '\(value)'.")
        }
        return id
    }

    private func opening() throws {
        story.chapter("Before the day")
        try hub.start(name: "Harbor Lift & Pipe")
        story.note("A hub on an embedded SQLite file listens on \(hub.url).")
        let loaded = try hub.command("load", [company])
        story.note("The sample company is loaded: \(loaded["created"] ?? 0) rows made.")
        let imported = try hub.command("import", [requests, "--mapping", mapping])
        let skipped = (imported["skipped"] as? [Any])?.count ?? 0
        let warnings = (imported["warnings"] as? [Any])?.count ?? 0
        story.note("Service requests from \(URL(fileURLWithPath: requests).lastPathComponent): \(imported["records"] ?? 0) records, \(imported["created"] ?? 0) taken, \(skipped) skipped with a reason, \(warnings) warnings.")
        let again = try hub.command("import", [requests, "--mapping", mapping])
        story.note("The same file again: \(again["created"] ?? 0) new, \(again["unchanged"] ?? 0) already there. Nothing is doubled.")
        let program = URL(fileURLWithPath: CommandLine.arguments[0])
        for member in Self.cast {
            let code = try hub.command("enrol", [member.email])["code"] as? String ?? ""
            let folder = "\(devicesFolder)/\(member.name.lowercased())"
            let shell = try ShellProcess(
                name: member.name, program: program, arguments: ["repl", "--replica", folder, "--json"])
            devices[member.name] = shell
            try shell.run("enrol \(hub.url) \(code) \"\(member.name)'s device\"")
            try shell.run("online")
        }
        story.note("Five devices enrol, each with a single-use code and a key pair of its own.")
    }

    private func morning() throws {
        story.chapter("Morning: everybody is connected")
        for member in Self.cast {
            let shell = try device(member.name)
            try shell.run("sync 30")
            let status = try shell.run("status")
            story.tell(member.name, "\(member.title); the device holds \(status["rows"] ?? 0) rows of its part.")
        }
        try plan()
        for name in ["Nadia", "Tomás"] {
            let shell = try device(name)
            try shell.run("sync 30")
            _ = try shell.waitForRow("SELECT 1 WHERE (SELECT count(*) FROM appointment a JOIN work_order w ON w.id = a.work_order WHERE a.status = 'dispatched') = 3")
            let rows = try shell.query("SELECT w.title FROM appointment a JOIN work_order w ON w.id = a.work_order WHERE a._alive AND w._alive ORDER BY a.planned_start")
            let titles = rows.compactMap { $0["title"] as? String }
            story.tell(name, "sees \(titles.count) jobs for today: \(titles.joined(separator: "; ")).")
            stockBefore[name] = try stock(shell)
        }
    }

    /// Inês turns orders, two of them imported, into appointments.
    private func plan() throws {
        let ines = try device("Inês")
        let nadia = try row(ines, "user", where: "name", is: "Nadia Okafor")
        let tomas = try row(ines, "user", where: "name", is: "Tomás Brandt")
        let imported = try ines.query("SELECT w.id, w.title, w.territory FROM work_order w JOIN territory t ON t.id = w.territory WHERE w._alive AND w.origin_name IS NOT NULL AND w.origin_status = 'open' AND t.name = 'Harborside' ORDER BY w.origin_key LIMIT 2")
        guard imported.count == 2 else { throw DayFailure("The import brought no two open requests for Harborside.") }
        for (index, order) in imported.enumerated() { orders["imported \(index + 1)"] = order["id"] as? String }
        for number in ["HLP-0001", "HLP-0003", "HLP-0005", "HLP-0007"] {
            orders[number] = try row(ines, "work_order", where: "number", is: number)
        }
        let territory = try row(ines, "territory", where: "name", is: "Harborside")
        let day: [(name: String, order: String, user: String, start: String, end: String)] = [
            ("chiller", "HLP-0001", nadia, "now+1h", "now+3h"), ("boiler", "HLP-0003", nadia, "now+3h", "now+5h"),
            ("request 1", "imported 1", nadia, "now+5h", "now+6h"), ("hoist", "HLP-0005", tomas, "now+1h", "now+3h"),
            ("lift", "HLP-0007", tomas, "now+3h", "now+5h"), ("request 2", "imported 2", tomas, "now+5h", "now+6h"),
        ]
        for job in day {
            guard let order = orders[job.order] else { continue }
            try ines.run("begin")
            let made = try ines.run("create appointment work_order=\(order) assignee=\(job.user) territory=\(territory) planned_start=\(job.start) planned_end=\(job.end) window_start=\(job.start) window_end=\(job.end)")
            let id = made["row"] as? String ?? ""
            appointments[job.name] = id
            try ines.run("create status_event appointment=\(id) state=dispatched happened_at=now")
            try ines.run("commit")
        }
        try ines.run("sync 30")
        story.tell("Inês", "schedules six jobs, two of them from the import, and dispatches them to Nadia and Tomás.")
    }

    func stock(_ shell: ShellProcess) throws -> [(product: String, onHand: Int)] {
        try shell.query("SELECT p.name, s.on_hand FROM stock_level s JOIN product p ON p.id = s.product JOIN warehouse w ON w.id = s.place WHERE w.kind = 'van' ORDER BY p.name")
            .map { ($0["name"] as? String ?? "", ($0["on_hand"] as? NSNumber)?.intValue ?? 0) }
    }
}

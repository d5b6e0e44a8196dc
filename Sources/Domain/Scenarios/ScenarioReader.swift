import ReplicationCore
import Yams

/// Reads the parts of a scenario file, and notes what is wrong with each.
struct ScenarioReader {
    /// The hub's.
    private let hubSchema: Schema
    /// That of whoever the step is about: an app may know an earlier one.
    private(set) var schema: Schema
    private var olderSchemas: [String: Schema] = [:]
    let log: MistakeLog
    let begins: UInt64
    /// Rows that have a name so far.
    var known: Set<RowKey>
    private var names: Set<String> = []
    private var customerNames: Set<String> = []
    /// When the last step was that says when it is, since the beginning.
    private var time: UInt64 = 0

    init(schema: Schema, log: MistakeLog, begins: UInt64, known: Set<RowKey>) {
        self.schema = schema
        hubSchema = schema
        self.log = log
        self.begins = begins
        self.known = known
    }

    mutating func devices(_ map: YAMLMap) -> [Scenario.Device] {
        let entries = map.map("devices", what: "`devices`", required: true)?.entries ?? []
        if entries.count > ScenarioFile.mostDevices { log.add(map.place(of: "devices"), "there are \(entries.count) devices", "Have at most \(ScenarioFile.mostDevices).") }
        return entries.prefix(ScenarioFile.mostDevices).compactMap { entry in
            if [Scenario.hub, Scenario.office].contains(entry.key.text) {
                log.add(entry.key.place, "`\(entry.key.text)` is no name for a device", "Choose another one.")
            }
            names.insert(entry.key.text)
            guard let device = YAMLMap(entry.value, what: "the device `\(entry.key.text)`", log: log) else { return nil }
            device.allow(["user", "app"])
            let user = device.text("user", required: true)
            if let user, !known.contains(RowKey(collection: schema.userCollection, row: SeedFile.row(user.text, of: schema.userCollection))) {
                log.add(user.place, "the company has no user `\(user.text)`", "Use a key under `user:` of its file.")
            }
            let version = device.number("app", in: 1...Int64(schema.version)).map(UInt32.init)
            if let version, version != schema.version {
                if let lens = schema.history.lens(from: version) { olderSchemas[entry.key.text] = lens.older } else {
                    log.add(device.place(of: "app"), "the schema does not tell of version \(version)", "Use one of \(schema.history.versions).")
                }
            }
            return Scenario.Device(name: entry.key.text, user: user?.text ?? "", version: version == schema.version ? nil : version, line: entry.key.place.line)
        }
    }

    mutating func customers(_ map: YAMLMap) -> [Scenario.Customer] {
        guard map.node("customers") != nil else { return [] }
        let entries = map.map("customers", what: "`customers`")?.entries ?? []
        if entries.count > ScenarioFile.mostCustomers {
            log.add(map.place(of: "customers"), "there are \(entries.count) customers", "Have at most \(ScenarioFile.mostCustomers).")
        }
        return entries.prefix(ScenarioFile.mostCustomers).compactMap { entry in
            if names.contains(entry.key.text) || [Scenario.hub, Scenario.office].contains(entry.key.text) {
                log.add(entry.key.place, "`\(entry.key.text)` is somebody else already", "Choose another name for the customer.")
            }
            customerNames.insert(entry.key.text)
            guard let customer = YAMLMap(entry.value, what: "the customer `\(entry.key.text)`", log: log) else { return nil }
            customer.allow(["mail"])
            guard let mail = customer.text("mail", required: true) else { return nil }
            let parts = mail.text.split(separator: "@", omittingEmptySubsequences: false)
            if parts.count != 2 || parts.contains(where: \.isEmpty) || mail.text.contains(where: \.isWhitespace) {
                log.add(mail.place, "`\(mail.text)` is no e-mail address", "Write it as `quist@example.com`.")
            }
            return Scenario.Customer(name: entry.key.text, mail: mail.text, line: entry.key.place.line)
        }
    }

    func stages(_ map: YAMLMap) -> Set<Scenario.Stage> {
        guard let only = map.texts("only") else { return Set(Scenario.Stage.allCases) }
        return Set(only.compactMap { name in
            if let stage = Scenario.Stage(rawValue: name.text) { return stage }
            log.addUnknown(name, "stage", known: Scenario.Stage.allCases.map(\.rawValue))
            return nil
        })
    }

    mutating func steps(_ map: YAMLMap) -> [Scenario.Step] {
        guard let nodes = map.node("steps")?.sequence else {
            log.add(map.place(of: "steps"), "the scenario has no list of `steps`", "Add `steps:` with a line `- {...}` for each.")
            return []
        }
        if nodes.count > ScenarioFile.mostSteps { log.add(map.place(of: "steps"), "there are \(nodes.count) steps", "Have at most \(ScenarioFile.mostSteps).") }
        var steps: [Scenario.Step] = []
        for node in nodes.prefix(ScenarioFile.mostSteps) {
            if let map = YAMLMap(node, what: "the step", log: log), let step = step(map) { steps.append(step) }
        }
        return steps
    }

    private mutating func step(_ map: YAMLMap) -> Scenario.Step? {
        let at = moment(map)
        let only = stages(map)
        schema = hubSchema
        if let who = map.node("who")?.scalar?.string ?? map.node("where").flatMap({ $0.scalar?.string }) { schema = olderSchemas[who] ?? hubSchema }
        if map.node("does")?.scalar?.string == "update_app", let who = map.node("who")?.scalar?.string { olderSchemas[who] = nil }
        guard let what = map.node("expect") == nil ? action(map) : expectation(map).map({ .expect($0) }) else { return nil }
        return Scenario.Step(line: map.place.line, at: at, note: map.text("note")?.text, only: only, what: what)
    }

    /// When a step happens, since the beginning.
    private mutating func moment(_ map: YAMLMap) -> UInt64? {
        if let at = map.text("at") {
            guard let ofDay = ScenarioTime.ofDay(at.text) else {
                log.add(at.place, "`\(at.text)` is no time of the day", "Write it as `\"08:15\"`; for later days there is `after: 3 d`.")
                return nil
            }
            // The next time that it is so late.
            let passed = (begins + time) % ScenarioTime.day
            time += (ofDay + ScenarioTime.day - passed) % ScenarioTime.day
            return time
        }
        guard let after = map.text("after") else { return nil }
        guard let span = ScenarioTime.span(after.text), span >= 0 else {
            log.add(after.place, "`\(after.text)` is no span of time", "Write it as `20 m`, `3 h` or `30 d`.")
            return nil
        }
        time += UInt64(span)
        return time
    }

    // MARK: Names

    func device(_ name: Located?) -> String? {
        guard let name else { return nil }
        if names.contains(name.text) { return name.text }
        log.addUnknown(name, "device", known: names.sorted())
        return nil
    }

    func isCustomer(_ name: Located) -> Bool { customerNames.contains(name.text) }

    func customer(_ name: Located?) -> String? {
        guard let name else { return nil }
        if customerNames.contains(name.text) { return name.text }
        log.addUnknown(name, "customer", known: customerNames.sorted())
        return nil
    }

    mutating func addDevice(_ name: String) { names.insert(name) }

    /// Those at whom something is expected: devices, the hub, or `everyone`.
    func places(_ map: YAMLMap) -> [String] {
        guard let places = map.texts("where") else {
            map.missing("where")
            return []
        }
        return places.flatMap { place -> [String] in
            if place.text == "everyone" { return names.sorted() + [Scenario.hub] }
            return place.text == Scenario.hub ? [place.text] : device(place).map { [$0] } ?? []
        }
    }

    /// A row that has to have a name by now.
    func row(_ map: YAMLMap, _ key: String = "row", isNew: Bool = false) -> Scenario.RowName? {
        map.text(key, required: true).flatMap { row($0, isNew: isNew) }
    }

    func row(_ text: Located, isNew: Bool = false) -> Scenario.RowName? {
        let parts = text.text.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let collection = schema.collection(named: parts[0]) else {
            log.add(text.place, "`\(text.text)` names no row", "Write `collection/key`, as in `work_order/wo_chiller`.")
            return nil
        }
        let id = RowKey(collection: collection.number, row: SeedFile.row(parts[1], of: collection.number))
        if known.contains(id) == isNew {
            log.add(text.place, isNew ? "there is a row `\(text.text)` already" : "there is no row `\(text.text)` yet", isNew ? "Give the new one another key." : "Use a row of the company, or one that an earlier step creates.")
            return nil
        }
        return Scenario.RowName(collection: collection.name, key: parts[1])
    }
}

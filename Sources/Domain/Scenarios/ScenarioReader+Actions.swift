import ReplicationCore
import Yams

extension ScenarioReader {
    /// The keys that every step may have.
    static let common = ["at", "after", "note", "only"]

    mutating func action(_ map: YAMLMap) -> Scenario.What? {
        guard let who = map.text("who", required: true), let does = map.text("does", required: true) else { return nil }
        switch who.text {
        case Scenario.hub: return hubAction(does, map).map { .hub($0) }
        case Scenario.office:
            guard let kind = Scenario.RowWrite.Kind(rawValue: does.text), [.set, .create].contains(kind) else {
                log.addUnknown(does, "action of the office", known: ["set", "create"])
                return nil
            }
            map.allow(Self.common + ["who", "does", "row", "fields"])
            return write(kind, map).map { .office([$0]) }
        case _ where isCustomer(who): return customerAction(does, map).map { .customer(who.text, $0) }
        default:
            guard let name = device(who) else { return nil }
            return deviceAction(does, map).map { .device(name, $0) }
        }
    }

    private func hubAction(_ does: Located, _ map: YAMLMap) -> Scenario.HubAction? {
        func plain(_ action: Scenario.HubAction) -> Scenario.HubAction {
            map.allow(Self.common + ["who", "does"])
            return action
        }
        switch does.text {
        case "kill": return plain(.kill)
        case "start": return plain(.start)
        case "back_up": return plain(.backUp)
        case "restore": return plain(.restore)
        case "revoke", "reinstate":
            map.allow(Self.common + ["who", "does", "device"])
            guard let name = device(map.text("device", required: true)) else { return nil }
            return does.text == "revoke" ? .revoke(device: name) : .reinstate(device: name)
        default:
            log.addUnknown(does, "action of the hub", known: ["kill", "start", "back_up", "restore", "revoke", "reinstate"])
            return nil
        }
    }

    /// What a device does that needs no more words.
    private static let plain: [String: Scenario.DeviceAction] = [
        "go_online": .online, "go_offline": .offline, "sync": .sync, "kill": .kill, "start": .start, "back_up": .backUp,
        "restore_phone": .restore, "discard": .discard, "update_app": .updateApp, "resend": .resend,
        "disk_fills": .disk(isFull: true), "disk_has_room": .disk(isFull: false),
    ]
    private static let more = ["weather", "clock", "clone", "resolve", "write"] + documentActions + Scenario.RowWrite.Kind.allCases.map(\.rawValue)

    private mutating func deviceAction(_ does: Located, _ map: YAMLMap) -> Scenario.DeviceAction? {
        if let plain = Self.plain[does.text] {
            map.allow(Self.common + ["who", "does"])
            return plain
        }
        let allowed = Self.common + ["who", "does"]
        switch does.text {
        case "weather":
            map.allow(allowed + ["is"])
            guard let name = map.text("is", required: true) else { return nil }
            guard Self.weathers.contains(name.text) else {
                log.addUnknown(name, "weather", known: Self.weathers)
                return nil
            }
            return .weather(name.text)
        case "clock":
            map.allow(allowed + ["by"])
            guard let by = map.text("by", required: true) else { return nil }
            guard let span = ScenarioTime.span(by.text) else {
                log.add(by.place, "`\(by.text)` is no span of time", "Write it as `+365 d`, `-2 h` or `0 s`.")
                return nil
            }
            return .clock(span)
        case "clone":
            map.allow(allowed + ["as"])
            guard let name = map.text("as", required: true) else { return nil }
            addDevice(name.text)
            return .clone(name.text)
        case "resolve":
            map.allow(allowed + ["row", "fields"])
            return write(.set, map).map { .resolve($0) }
        case "write":
            map.allow(allowed + ["writes", "unchecked"])
            guard let nodes = map.node("writes")?.sequence else {
                map.missing("writes")
                return nil
            }
            var writes: [Scenario.RowWrite] = []
            for node in nodes { if let inner = YAMLMap(node, what: "the write", log: log), let found = innerWrite(inner) { writes.append(found) } }
            return .write(writes, isUnchecked: map.flag("unchecked"))
        case _ where Self.documentActions.contains(does.text): return documentAction(does, map).map { .document($0) }
        default:
            guard let kind = Scenario.RowWrite.Kind(rawValue: does.text) else {
                log.addUnknown(does, "action of a device", known: Self.plain.keys.sorted() + Self.more)
                return nil
            }
            map.allow(allowed + ["row", "fields", "unchecked"])
            return write(kind, map).map { .write([$0], isUnchecked: map.flag("unchecked")) }
        }
    }

    /// The kinds of weather that both stages know.
    static let weathers = ["clear", "slow", "lossy", "half-open", "offline"]

    private mutating func innerWrite(_ map: YAMLMap) -> Scenario.RowWrite? {
        map.allow(["does", "row", "fields"])
        guard let does = map.text("does", required: true) else { return nil }
        guard let kind = Scenario.RowWrite.Kind(rawValue: does.text) else {
            log.addUnknown(does, "write", known: Scenario.RowWrite.Kind.allCases.map(\.rawValue))
            return nil
        }
        return write(kind, map)
    }

    private mutating func write(_ kind: Scenario.RowWrite.Kind, _ map: YAMLMap) -> Scenario.RowWrite? {
        guard let name = row(map, isNew: kind == .create), let collection = schema.collection(named: name.collection) else { return nil }
        let takesFields = kind != .delete && kind != .restore
        var fields: [String: [String]] = [:]
        for entry in (takesFields ? map.map("fields", what: "`fields`", required: true)?.entries : nil) ?? [] {
            guard collection.field(named: entry.key.text) != nil else {
                log.addUnknown(entry.key, "field", known: collection.fields.map(\.name), in: "the collection `\(collection.name)`")
                continue
            }
            let values = YAMLMap.texts(entry.value, what: "`\(entry.key.text)`", log: log)
            fields[entry.key.text] = values.map(\.text)
            check(values, of: entry.key.text, kind, collection)
        }
        // Also for later steps, whatever is wrong with its fields.
        if kind == .create { known.insert(RowKey(collection: collection.number, row: SeedFile.row(name.key, of: collection.number))) }
        return Scenario.RowWrite(kind: kind, row: name, fields: fields, line: map.place.line)
    }

    /// Notes values that the field does not take.
    func check(_ values: [Located], of name: String, _ kind: Scenario.RowWrite.Kind, _ collection: Collection?) {
        guard let collection, let field = collection.field(named: name) else { return }
        if kind == .increment {
            for value in values where Int64(value.text) == nil { log.add(value.place, "`\(value.text)` is no whole number", "Write one.") }
            return
        }
        for value in values {
            do {
                // What `now` is does not matter for whether it is a time.
                _ = try ScenarioValues(schema: schema).value(value.text, of: field, now: 0)
            } catch {
                log.add(value.place, error.problem, error.remedy)
            }
        }
        if collection.group(holding: name)?.isSet != true, values.count != 1, let first = values.first {
            log.add(first.place, "`\(name)` has \(values.count) values", "Write one.")
        }
    }
}

import ReplicationCore
import Yams

extension ScenarioReader {
    /// How long an expectation may take unless it says so: what is on its way comes.
    private static let patience: UInt64 = 30_000
    private static let kinds = ["value", "held", "not_held", "status", "counts", "rows", "same", "blocked", "mail", "link"]
    private static let standings = ["synced", "pending", "refused", "conflict"]

    func expectation(_ map: YAMLMap) -> Scenario.Expectation? {
        guard let kind = map.text("expect") else { return nil }
        var within = Self.patience
        if let text = map.text("within") {
            guard let span = ScenarioTime.span(text.text), 0...3_600_000 ~= span else {
                log.add(text.place, "`\(text.text)` is no span of time up to an hour", "Write it as `30 s`.")
                return nil
            }
            within = UInt64(span)
        }
        return expected(kind, map).map { Scenario.Expectation(within: within, what: $0) }
    }

    private func expected(_ kind: Located, _ map: YAMLMap) -> Scenario.Expectation.What? {
        func allow(_ keys: String...) { map.allow(Self.common + ["expect", "within"] + keys) }
        switch kind.text {
        case "value":
            allow("row", "field", "is", "where")
            guard let row = row(map), let field = field(map.text("field", required: true), of: row.collection), let node = map.node("is") else {
                if map.node("is") == nil { map.missing("is") }
                return nil
            }
            let isNothing = node.scalar.map { $0.string == "null" || $0.string == "~" } ?? false
            let values = isNothing ? [] : YAMLMap.texts(node, what: "`is`", log: log)
            check(values, of: field, .set, schema.collection(named: row.collection))
            let texts = values.map(\.text)
            return .value(row, field: field, is: isNothing ? nil : texts.sorted().joined(separator: ", "), at: places(map))
        case "held", "not_held":
            allow("row", "where")
            return row(map).map { .held($0, kind.text == "held", at: places(map)) }
        case "status":
            allow("row", "is", "where")
            guard let row = row(map), let standing = map.text("is", required: true) else { return nil }
            if !Self.standings.contains(standing.text) { log.addUnknown(standing, "standing", known: Self.standings) }
            return .status(row, is: standing.text, at: places(map))
        case "counts":
            allow("where", "pending", "conflicts", "refused")
            guard let device = device(map.text("where", required: true)) else { return nil }
            func count(_ key: String) -> Int? { map.number(key, in: 0...1_000_000).map(Int.init) }
            return .counts(at: device, pending: count("pending"), conflicts: count("conflicts"), refused: count("refused"))
        case "rows":
            allow("of", "having", "are", "where")
            guard let name = map.text("of", required: true), let count = map.number("are", in: 0...1_000_000, required: true) else { return nil }
            guard schema.collection(named: name.text) != nil else {
                log.addUnknown(name, "collection", known: schema.collections.map(\.name))
                return nil
            }
            var having: [String: String] = [:]
            for entry in map.map("having", what: "`having`")?.entries ?? [] {
                guard let field = field(entry.key, of: name.text) else { continue }
                having[field] = YAMLMap.text(entry.value, what: "`\(field)`", log: log)?.text
            }
            let places = places(map)
            if places.contains(Scenario.hub) { log.add(map.place, "rows are counted on devices", "Name devices under `where`.") }
            return .rows(of: name.text, having: having, count: Int(count), at: places)
        case "same":
            allow("where")
            return .same(map.node("where") == nil ? [] : places(map).filter { $0 != Scenario.hub })
        case "blocked":
            allow("where")
            return device(map.text("where", required: true)).map { .blocked($0) }
        case "mail":
            allow("where", "says", "attached")
            return customer(map.text("where", required: true)).map { .mail(to: $0, says: map.text("says")?.text, attached: map.text("attached")?.text) }
        case "link":
            allow("where", "is")
            guard let name = customer(map.text("where", required: true)), let state = map.text("is", required: true) else { return nil }
            if !["open", "ended"].contains(state.text) { log.addUnknown(state, "state of a link", known: ["open", "ended"]) }
            return .link(of: name, isOpen: state.text == "open")
        default:
            log.addUnknown(kind, "expectation", known: Self.kinds)
            return nil
        }
    }

    private func field(_ name: Located?, of collection: String) -> String? {
        guard let name, let collection = schema.collection(named: collection) else { return nil }
        if collection.field(named: name.text) != nil { return name.text }
        log.addUnknown(name, "field", known: collection.fields.map(\.name), in: "the collection `\(collection.name)`")
        return nil
    }
}

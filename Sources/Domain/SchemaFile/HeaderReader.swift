import ReplicationCore
import Yams

/// Reads what collections refer to: lattices, roles and teams.
struct HeaderReader {
    let log: MistakeLog

    func read(_ map: YAMLMap, into draft: inout SchemaDraft) {
        for entry in map.map("lattices", what: "`lattices`")?.entries ?? [] {
            SchemaNames.check(entry.key, "lattice", log: log)
            draft.lattices[entry.key.text] = lattice(entry.key.text, entry.value)
        }
        var numbers: [Int64: String] = [:]
        for entry in map.map("roles", what: "`roles`", required: true)?.entries ?? [] {
            SchemaNames.check(entry.key, "role", log: log)
            let what = "the role `\(entry.key.text)`"
            guard let map = YAMLMap(entry.value, what: what, log: log) else { continue }
            map.allow(["number", "label", "receives"])
            guard let number = map.number("number", in: 1...1_000_000, required: true) else { continue }
            if let other = numbers.updateValue(entry.key.text, forKey: number) {
                log.add(map.place(of: "number"), "\(what) has number \(number), as the role `\(other)` has", "Give it a number that was never used.")
                continue
            }
            draft.roles.append(Role(
                number: UInt32(number), name: entry.key.text,
                label: map.text("label")?.text ?? Labels.label(for: entry.key.text),
                subscriptions: (map.texts("receives") ?? []).compactMap { subscription($0, what) }))
        }
        for entry in map.map("teams", what: "`teams`")?.entries ?? [] {
            SchemaNames.check(entry.key, "team", log: log)
            if draft.role(named: entry.key.text) != nil {
                log.add(entry.key.place, "the team `\(entry.key.text)` is called as a role is", "Give it another name.")
            }
            let names = YAMLMap.texts(entry.value, what: "the team `\(entry.key.text)`", log: log)
            draft.teams[entry.key.text] = draft.roleNumbers(names, log: log).sorted()
        }
    }

    private func lattice(_ name: String, _ node: Node) -> Lattice {
        let what = "the lattice `\(name)`"
        guard let map = YAMLMap(node, what: what, log: log) else { return Lattice(states: []) }
        map.allow(["order", "clashes"])
        let order = map.texts("order") ?? []
        if order.count < 2 { log.add(map.place, "\(what) has fewer than two states", "Write `order: [first, ..., last]`.") }
        var seen: Set<String> = []
        for state in order {
            SchemaNames.check(state, "state", log: log)
            if !seen.insert(state.text).inserted {
                log.add(state.place, "\(what) has the state `\(state.text)` twice", "Remove one of them.")
            }
        }
        var clashes: [Lattice.Clash] = []
        for node in map.node("clashes")?.sequence.map(Array.init) ?? [] {
            let pair = YAMLMap.texts(node, what: "a clash of \(what)", log: log)
            guard pair.count == 2 else {
                log.add(Place(node.mark), "a clash of \(what) does not have two states", "Write `[one, other]`.")
                continue
            }
            for state in pair where !seen.contains(state.text) {
                log.addUnknown(state, "state", known: order.map(\.text), in: what)
            }
            clashes.append(Lattice.Clash(first: pair[0].text, second: pair[1].text))
        }
        return Lattice(states: order.map(\.text), clashes: clashes)
    }

    /// Reads `kind:$id` and `kind:$field`, and behind them ` days -7..14` or ` months -24..1`.
    private func subscription(_ text: Located, _ what: String) -> Role.Subscription? {
        let words = text.text.split(separator: " ")
        let parts = (words.first ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, SchemaNames.isWellFormed(String(parts[0])), parts[1].hasPrefix("$"),
            SchemaNames.isWellFormed(String(parts[1].dropFirst()))
        else {
            log.add(text.place, "\(what) receives `\(text.text)`, which names no scope", "Write `kind:$id` or `kind:$field`, in quotes.")
            return nil
        }
        var window: ScopeWindow?
        if words.count > 1 {
            window = Self.window(words.dropFirst().map(String.init))
            if window == nil {
                log.add(text.place, "\(what) receives `\(text.text)`, whose window cannot be read", "Write `days <first>..<last>` or `months <first>..<last>` behind the scope, counted from today: `days -7..14`. A window has at most \(Self.longestWindow) of them.")
                return nil
            }
        }
        let key = String(parts[1].dropFirst())
        return Role.Subscription(kind: String(parts[0]), key: key == "id" ? .user : .field(key), window: window)
    }

    /// Each day or month of a window is a scope that every catch-up reads.
    private static let longestWindow = 100

    private static func window(_ words: [String]) -> ScopeWindow? {
        guard words.count == 2, let unit = CalendarUnit.allCases.first(where: { "\($0)s" == words[0] }) else { return nil }
        let ends = words[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 3, ends[1].isEmpty, let first = Int(ends[0]), let last = Int(ends[2]),
            -10_000...10_000 ~= first, -10_000...10_000 ~= last, first <= last, last - first < longestWindow
        else { return nil }
        return ScopeWindow(unit: unit, first: first, last: last)
    }
}

/// What people call a thing whose label is not written out.
enum Labels {
    /// `planned_start` becomes "Planned start".
    static func label(for name: String) -> String {
        let words = name.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

import Yams

/// A YAML mapping as it is read: each access that finds something else than it needs records a mistake
/// and goes on.
struct YAMLMap {
    /// What this mapping is, for messages: "the collection `site`".
    let what: String
    let place: Place
    let entries: [(key: Located, value: Node)]
    let log: MistakeLog

    init?(_ node: Node, what: String, log: MistakeLog) {
        guard let mapping = node.mapping else {
            log.add(Place(node.mark), "\(what) is not a mapping", "Write it as `key: value` lines.")
            return nil
        }
        self.what = what
        self.log = log
        place = Place(node.mark)
        entries = mapping.map { key, value in
            (Located(text: key.scalar?.string ?? "?", place: Place(key.mark)), value)
        }
    }

    /// Reports every key that is none of these.
    func allow(_ keys: [String]) {
        for entry in entries where !keys.contains(entry.key.text) {
            log.addUnknown(entry.key, "key", known: keys, in: what)
        }
    }

    func node(_ key: String) -> Node? { entries.first { $0.key.text == key }?.value }

    func key(_ name: String) -> Located? { entries.first { $0.key.text == name }?.key }

    func place(of key: String) -> Place { node(key).map { Place($0.mark) } ?? place }

    func missing(_ key: String) {
        log.add(place, "\(what) has no `\(key)`", "Add `\(key): ...`.")
    }

    func text(_ key: String, required: Bool = false) -> Located? {
        guard let node = node(key) else {
            if required { missing(key) }
            return nil
        }
        return Self.text(node, what: "`\(key)` in \(what)", log: log)
    }

    static func text(_ node: Node, what: String, log: MistakeLog) -> Located? {
        guard let scalar = node.scalar else {
            log.add(Place(node.mark), "\(what) is not a single value", "Write one word or one quoted text.")
            return nil
        }
        return Located(text: scalar.string, place: Place(node.mark))
    }

    /// A list of texts; a single one need not be put in brackets.
    func texts(_ key: String) -> [Located]? {
        guard let node = node(key) else { return nil }
        return Self.texts(node, what: "`\(key)` in \(what)", log: log)
    }

    static func texts(_ node: Node, what: String, log: MistakeLog) -> [Located] {
        if let sequence = node.sequence { return sequence.compactMap { text($0, what: what, log: log) } }
        return text(node, what: what, log: log).map { [$0] } ?? []
    }

    func number(_ key: String, in range: ClosedRange<Int64>, required: Bool = false) -> Int64? {
        guard let found = text(key, required: required) else { return nil }
        guard let number = Int64(found.text), range.contains(number) else {
            log.add(found.place, "`\(key)` in \(what) is `\(found.text)`",
                "Write a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    func flag(_ key: String) -> Bool {
        guard let found = text(key) else { return false }
        switch found.text {
        case "true", "yes": return true
        case "false", "no": return false
        default:
            log.add(found.place, "`\(key)` in \(what) is `\(found.text)`", "Write `true` or `false`.")
            return false
        }
    }

    func map(_ key: String, what: String, required: Bool = false) -> YAMLMap? {
        guard let node = node(key) else {
            if required { missing(key) }
            return nil
        }
        return YAMLMap(node, what: what, log: log)
    }
}

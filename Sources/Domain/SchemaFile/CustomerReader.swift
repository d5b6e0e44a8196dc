import ReplicationCore

/// Reads what customers are sent by themselves.
struct CustomerReader {
    let log: MistakeLog

    /// Nil where the schema says nothing of customers.
    func read(_ file: YAMLMap) -> CustomerRules? {
        guard let map = file.map("customers", what: "`customers`") else { return nil }
        map.allow(["signature", "codes", "quiet", "visit", "arrival"])
        var rules = CustomerRules()
        if let map = map.map("signature", what: "`signature` of `customers`") { rules.signature = signature(map) }
        if let map = map.map("codes", what: "`codes` of `customers`") { rules.codes = codes(map) }
        if let text = map.text("quiet") { rules.quiet = quiet(text) }
        if let map = map.map("visit", what: "`visit` of `customers`") { rules.visit = visit(map) }
        if let map = map.map("arrival", what: "`arrival` of `customers`") { rules.arrival = arrival(map) }
        return rules
    }

    private func signature(_ map: YAMLMap) -> CustomerRules.Signature {
        map.allow(["expires", "reminders"])
        var rules = CustomerRules.Signature()
        if let time = duration("expires", map, in: 3_600...90 * 86_400) { rules.expires = time }
        let reminders = map.texts("reminders") ?? []
        rules.reminders = reminders.compactMap { duration($0, in: 3_600...rules.expires) }
        if reminders.count > 10 { log.add(map.place(of: "reminders"), "\(reminders.count) reminders are too many", "Give at most 10.") }
        if zip(rules.reminders, rules.reminders.dropFirst()).contains(where: { $0 >= $1 }) {
            log.add(map.place(of: "reminders"), "the reminders do not follow each other", "Write them from the first to the last.")
        }
        return rules
    }

    private func codes(_ map: YAMLMap) -> CustomerRules.Codes {
        map.allow(["expires", "tries", "per_hour"])
        var rules = CustomerRules.Codes()
        if let time = duration("expires", map, in: 60...3_600) { rules.seconds = time }
        if let tries = map.number("tries", in: 1...10) { rules.tries = Int(tries) }
        if let count = map.number("per_hour", in: 1...20) { rules.perHour = Int(count) }
        return rules
    }

    private func quiet(_ text: Located) -> CustomerRules.Quiet? {
        let parts = text.text.split(separator: "-").map { Self.minute(String($0)) }
        guard parts.count == 2, let from = parts[0], let to = parts[1], from != to else {
            log.add(text.place, "`\(text.text)` is no time of the day", "Write it as in \"21:00-08:00\".")
            return nil
        }
        return .init(from: from, to: to)
    }

    private func visit(_ map: YAMLMap) -> CustomerRules.Visit {
        map.allow(["channel", "booked", "day_before", "on_the_way", "done", "canceled", "position"])
        var rules = CustomerRules.Visit()
        if let channel = channel(map) { rules.channel = channel }
        rules.isCanceledTold = map.flag("canceled")
        rules.isConfirmed = map.flag("booked")
        rules.isOnTheWayTold = map.flag("on_the_way")
        rules.isDoneTold = map.flag("done")
        rules.showsPosition = map.flag("position")
        if let text = map.text("day_before") {
            rules.dayBefore = Self.minute(text.text)
            if rules.dayBefore == nil { log.add(text.place, "`\(text.text)` is no time of the day", "Write it as in \"17:00\".") }
        }
        return rules
    }

    private func arrival(_ map: YAMLMap) -> CustomerRules.Arrival {
        map.allow(["channel", "threshold", "gap", "most"])
        var rules = CustomerRules.Arrival()
        if let channel = channel(map) { rules.channel = channel }
        if let time = duration("threshold", map, in: 60...86_400) { rules.threshold = time }
        if let time = duration("gap", map, in: 60...86_400) { rules.gap = time }
        if let most = map.number("most", in: 0...100) { rules.most = Int(most) }
        return rules
    }

    private func channel(_ map: YAMLMap) -> CustomerRules.Channel? {
        guard let text = map.text("channel") else { return nil }
        let channel = CustomerRules.Channel(rawValue: text.text)
        if channel == nil {
            log.add(text.place, "`\(text.text)` is no channel", "There are: \(CustomerRules.Channel.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return channel
    }

    private func duration(_ key: String, _ map: YAMLMap, in range: ClosedRange<Int64>) -> Int64? {
        map.text(key).flatMap { duration($0, in: range) }
    }

    /// In seconds.
    private func duration(_ text: Located, in range: ClosedRange<Int64>) -> Int64? {
        let units: [Substring: Int64] = ["minute": 60, "minutes": 60, "hour": 3_600, "hours": 3_600, "day": 86_400, "days": 86_400]
        let words = text.text.split(separator: " ")
        guard words.count == 2, let count = Int64(words[0]), let unit = units[words[1]], (0...100_000).contains(count), range.contains(count * unit) else {
            log.add(text.place, "`\(text.text)` is no length of time from \(range.lowerBound / 60) minutes to \(range.upperBound / 60)", "Write it as in `14 days`, `2 hours` or `15 minutes`.")
            return nil
        }
        return count * unit
    }

    /// Of the day; nil for what is no time.
    private static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) }), let hour = Int(parts[0]), let minute = Int(parts[1]),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }
}

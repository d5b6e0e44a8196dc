import ReplicationCore
import WireProtocol

/// Windows of time move when a day begins in the time zone of those who receive them.
extension CommitDecision {
    /// Takes note of the days that have begun in the zones of users, each as an entry in the log. None goes back but where
    /// the hub's clock has been set right by more than a day.
    ///
    /// - Returns: when the next one begins, in Unix milliseconds; nil if nobody receives anything that moves with time.
    mutating func beginDays() throws -> UInt64? {
        let rules = ScopeRules(schema)
        guard rules.hasWindows, let users = schema.collection(schema.userCollection) else { return nil }
        var zones: Set<String> = []
        for role in schema.roles where role.subscriptions.contains(where: { $0.window != nil }) {
            for key in try reader.rows(of: users.number, where: "role", equals: .text(role.name), limit: HubLimits.users) {
                guard let user = try rows.row(key) else { continue }
                zones.insert(try rules.timeZone(of: user) { try rows.row($0) })
            }
        }
        let known = try reader.days()
        let unused = known.keys.filter { !zones.contains($0) }.sorted()
        change { $0.unusedZones += unused }
        var next: UInt64?
        for zone in zones.sorted() {
            var day = ZoneDay(zone: zone, at: moment.wallMilliseconds)
            if let former = known[zone], day.day < former, day.day >= former - 1 { day.day = former }
            next = min(next ?? .max, day.end)
            if day.day != known[zone] { try begin(day) }
        }
        return next
    }

    private mutating func begin(_ day: ZoneDay) throws {
        let name = "\(day.zone) \(CalendarUnit.day.bucket(of: day.day))"
        try commitAct(
            AdministrativeAct(.beginDay, administrator: "", reason: name),
            identity: DerivedIdentifier.make("act", [Array("\(nextSequence) \(name)".utf8)]), stamp: receiptTime())
        change { $0.days.append(day) }
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// Hundreds of random commits, against a recomputation that knows no increments.
@Suite struct ScopeRandomTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func membershipsAndPagesEqualANaiveRecomputation(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let store = try StoreFactory.sqlite(in: folder).make(TestSchema.withWindows)
        var random = SeededGenerator(seed: seed)
        var naive = NaiveScopes()
        var devices = (1...8 as ClosedRange<UInt64>).map { user in
            RandomDevice(limit: [1, 3, 7, 1_000][Int(user % 4)], user: key(TestSchema.user, user).row)
        }
        var history: [Moment] = []
        var midnights = 0
        for _ in 0..<150 {
            let changesets = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in randomEdit(&random, now: naive.now) }
            }
            let before = naive.memberships()
            for edit in changesets.joined() { naive.apply(edit) }
            let after = naive.memberships()
            let committed = try store.commit(changesets)
            func alive(_ key: RowKey) throws -> Bool { try store.read { try $0.row(key) }?.isAlive ?? false }
            var subscriptions = try naive.subscriptions(alive)
            try check(committed, before, after, subscriptions, store)
            history.append(Moment(head: committed.head, memberships: after, subscriptions: subscriptions))
            // As a hub does: when somebody's midnight has passed, and when somebody may live elsewhere.
            if Int.random(in: 0..<3, using: &random) == 0 {
                naive.now += Int64.random(in: 0..<(Int.random(in: 0..<8, using: &random) == 0 ? 30 : 1) * 86_400_000, using: &random)
            }
            let begun = try beginDays(at: naive.now, store)
            #expect(begun.rows.isEmpty, "no row is written")
            midnights += begun.head > begun.before ? 1 : 0
            naive.beginDays()
            subscriptions = try naive.subscriptions(alive)
            try check(begun, after, after, subscriptions, store)
            history.append(Moment(head: begun.head, memberships: after, subscriptions: subscriptions))
            for index in devices.indices where Int.random(in: 0..<4, using: &random) == 0 {
                let isComplete = try devices[index].pull(store, pages: Int.random(in: 1...3, using: &random))
                if isComplete { try check(devices[index], after, subscriptions, store, seed) }
            }
        }
        try checkReceived(history, Set(naive.rows.keys), store, seed)
        let last = try #require(history.last)
        for index in devices.indices {
            #expect(try devices[index].pull(store, pages: .max))
            try check(devices[index], last.memberships, last.subscriptions, store, seed)
        }
        // Rows came whole where they entered, and otherwise as what had changed of them.
        #expect(midnights > 20, "seed \(seed)")
        #expect(devices.map(\.whole).reduce(0, +) > 100 && devices.map(\.partial).reduce(0, +) > 50, "seed \(seed)")
    }

    private func beginDays(at milliseconds: Int64, _ store: any HubStore) throws -> Committed {
        let moment = CommitMoment(wallMilliseconds: UInt64(milliseconds))
        return try store.commit { reader in
            try CommitBatch.decide([.beginDays], reader: reader, schema: TestSchema.withWindows, moment: moment)
        }.0
    }

    /// A device that is complete holds what its user receives, as the hub has it, and nothing else.
    private func check(
        _ device: RandomDevice, _ memberships: [RowKey: Set<Scope>], _ subscriptions: [RowID: Set<Scope>],
        _ store: any HubStore, _ seed: UInt64
    ) throws {
        let scopes = subscriptions[device.user] ?? []
        let wanted = memberships.filter { !$0.value.isDisjoint(with: scopes) }.keys
        try #require(Set(device.held.keys) == Set(wanted), "seed \(seed)")
        for (key, state) in device.held { try #require(try store.read { try $0.row(key) } == state, "seed \(seed)") }
    }

    /// Which scopes rows were in and users received, from a commit on.
    private struct Moment {
        let head: CommitSequence
        let memberships: [RowKey: Set<Scope>]
        let subscriptions: [RowID: Set<Scope>]
    }

    /// Walks back from the last commit, and asks at every tenth who has received what since.
    private func checkReceived(_ history: [Moment], _ keys: Set<RowKey>, _ store: any HubStore, _ seed: UInt64) throws {
        var received: [RowID: Set<RowKey>] = [:]
        var answers: Set<Bool> = []
        for (index, moment) in history.enumerated().reversed() {
            for (user, scopes) in moment.subscriptions {
                let now = moment.memberships.filter { !$0.value.isDisjoint(with: scopes) }.keys
                received[user, default: []].formUnion(now)
            }
            guard index.isMultiple(of: 10) else { continue }
            try store.read { reader throws in
                for (user, rows) in received {
                    let found = try keys.filter { try reader.received($0, by: user, since: moment.head) }
                    try #require(found.symmetricDifference(rows) == [], "seed \(seed), by \(user) since \(moment.head)")
                    answers.formUnion(keys.map { rows.contains($0) })
                }
            }
        }
        #expect(answers == [true, false], "seed \(seed) asks for too little")
    }

    private func check(
        _ committed: Committed, _ before: [RowKey: Set<Scope>], _ after: [RowKey: Set<Scope>],
        _ subscriptions: [RowID: Set<Scope>], _ store: any HubStore
    ) throws {
        let reported = Dictionary(uniqueKeysWithValues: committed.rows.map { ($0.state.key, $0) })
        try store.read { reader throws in
            for (key, scopes) in after {
                let found = try reader.scopes(of: key)
                try #require(found == scopes, "\(key)")
                if let row = reported[key] {
                    try #require(row.scopesBefore == before[key] ?? [] && row.scopesAfter == scopes)
                    try #require(try reader.row(key) == row.state)
                } else {
                    try #require(before[key] == scopes)
                }
            }
            for (user, scopes) in subscriptions { try #require(try reader.subscriptions(of: user) == scopes) }
            for scope in Set(after.values.joined()) {
                let members = after.filter { $0.value.contains(scope) }.keys.sorted()
                try #require(try reader.members(of: scope, after: nil, limit: 10_000) == members)
            }
        }
    }

    private func randomEdit(_ random: inout SeededGenerator, now: Int64) -> Edit {
        func some(_ collection: UInt32) -> RowKey { key(collection, .random(in: 1...8, using: &random)) }
        func maybe(_ value: Value) -> Value { Int.random(in: 0..<5, using: &random) == 0 ? .null : value }
        let target = some([1, 2, 3, 4, 5, 6, 8, 8, 8, 9].randomElement(using: &random) ?? 1)
        if Int.random(in: 0..<15, using: &random) == 0 { return Edit(key: target, isDeletion: true) }
        var edit = Edit(key: target)
        switch target.collection {
        case TestSchema.user:
            switch Int.random(in: 0..<3, using: &random) {
            case 0: edit.values[2] = [maybe(.text(["technician", "manager"].randomElement(using: &random) ?? ""))]
            case 1: edit.values[3] = [maybe(.text(["north", "south"].randomElement(using: &random) ?? ""))]
            default: edit.values[4] = [maybe(.named(some(TestSchema.account)))]
            }
        case TestSchema.account:
            if Bool.random(using: &random) {
                edit.values[1] = [maybe(.text(NaiveScopes.zones.randomElement(using: &random) ?? ""))]
            } else {
                edit.values[2] = [maybe(.text(["north", "south"].randomElement(using: &random) ?? ""))]
            }
        case TestSchema.visit:
            switch Int.random(in: 0..<3, using: &random) {
            case 0: edit.values[1] = [maybe(.integer(now + .random(in: -20...20, using: &random) * 43_210_987))]
            case 1: edit.values[2] = [maybe(.named(some(TestSchema.user)))]
            default: edit.values[3] = [maybe(.named(some(TestSchema.account)))]
            }
        case TestSchema.report:
            edit.values[2] = [maybe(.named(some(TestSchema.visit)))]
        case TestSchema.order:
            switch Int.random(in: 0..<4, using: &random) {
            case 0: edit.values[2] = [maybe(.named(some(TestSchema.account)))]
            case 1: edit.values[3] = [maybe(.named(some(TestSchema.user)))]
            case 2: edit.values[4] = [maybe(.named(some(TestSchema.document)))]
            default: edit.values[1] = [.text("title")]
            }
        case TestSchema.note:
            if Bool.random(using: &random) {
                edit.values[2] = [maybe(.named(some(TestSchema.order)))]
            } else {
                let about = Bool.random(using: &random) ? some(TestSchema.account) : some(TestSchema.order)
                let name = about.collection == TestSchema.account ? "accounts" : "orders"
                edit.values[3] = [maybe(.text("\(name)/\(about.row)"))]
            }
        default: edit.values[1] = [.text("name")]
        }
        return edit
    }
}

/// A device that pulls pages now and then.
private struct RandomDevice {
    let limit: Int
    let user: RowID
    var cursor = CatchUpCursor.start
    var held: [RowKey: RowState] = [:]
    /// How many rows came whole, and how many as what had changed of them.
    var whole = 0
    var partial = 0

    init(limit: Int, user: RowID) {
        self.limit = limit
        self.user = user
    }

    /// - Returns: whether nothing is left to be sent.
    mutating func pull(_ store: any HubStore, pages: Int) throws -> Bool {
        for _ in 0..<pages {
            let page = try store.read { reader in
                let subscriptions = try reader.subscriptions(of: user, after: cursor)
                return try reader.changes(after: cursor, in: subscriptions, limit: limit, bytes: .max)
            }
            try #require(Set(page.items.map(\.place)).count == page.items.count, "a row stands in the stream once")
            for item in page.items {
                switch item.content {
                case .row(let row, isHeld: true):
                    partial += 1
                    try #require(held[row.key] != nil, "row \(row.key) is not held")
                    for cell in row.cells where cell.sequence > cursor.base { held[row.key]?[cell.part] = cell }
                case .row(let row, isHeld: false):
                    whole += 1
                    held[row.key] = row
                case .left(let key): held[key] = nil
                }
            }
            cursor = page.next
            if page.isLast { return true }
        }
        return false
    }
}

/// All scopes from all rows, from the schema's rules as they read, each time anew.
private struct NaiveScopes {
    static let zones = ["Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Nowhere/Land"]

    var rows: [RowKey: [UInt32: Value]] = [:]
    /// Unix milliseconds: an hour before the clocks of Madrid go forward.
    var now: Int64 = 1_774_738_800_000
    /// The day that it is in a zone, at noon.
    private var days: [String: Date] = [:]

    private func calendar(_ zone: String) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        return calendar
    }

    private func zone(of user: [UInt32: Value]) -> String {
        user[4]?.row.flatMap { rows[RowKey(collection: TestSchema.account, row: $0)]?[1]?.text } ?? "UTC"
    }

    /// Of the zones in which somebody lives; the others are forgotten.
    mutating func beginDays() {
        days = [:]
        for (key, row) in rows where key.collection == TestSchema.user && ["technician", "manager"].contains(row[2]?.text) {
            let zone = zone(of: row), calendar = calendar(zone)
            let noon = calendar.date(bySettingHour: 12, minute: 0, second: 0, of: Date(timeIntervalSince1970: Double(now) / 1_000))
            days[zone] = noon ?? .distantPast
        }
    }

    private func date(_ moment: Date, _ isDay: Bool) -> String {
        let parts = calendar("UTC").dateComponents([.year, .month, .day], from: moment)
        let month = String(format: "%04d-%02d", parts.year ?? 0, parts.month ?? 0)
        return isDay ? month + String(format: "-%02d", parts.day ?? 0) : month
    }

    /// The days or months of UTC in which some moment lies of those that a window has in a zone.
    private func window(_ zone: String, _ unit: Calendar.Component, _ first: Int, _ last: Int) -> Set<String> {
        let calendar = calendar(zone)
        guard let today = days[zone], let now = calendar.dateInterval(of: unit, for: today)?.start,
            let from = calendar.date(byAdding: unit, value: first, to: now), let to = calendar.date(byAdding: unit, value: last + 1, to: now)
        else { return [] }
        let step: Double = unit == .day ? 3_600 : 43_200
        let times = Array(stride(from: from.timeIntervalSince1970, to: to.timeIntervalSince1970, by: step)) + [to.timeIntervalSince1970 - 1]
        return Set(times.map { date(Date(timeIntervalSince1970: $0), unit == .day) }).union(["undated"])
    }

    mutating func apply(_ edit: Edit) {
        var row = rows[edit.key] ?? [:]
        for (group, values) in edit.values { row[group] = values[0] }
        rows[edit.key] = row
    }

    func memberships() -> [RowKey: Set<Scope>] {
        Dictionary(uniqueKeysWithValues: rows.keys.map { ($0, scopes(of: $0)) })
    }

    /// - Parameter isAlive: of a user's row; one that was deleted receives nothing.
    func subscriptions(_ isAlive: (RowKey) throws -> Bool) rethrows -> [RowID: Set<Scope>] {
        var subscriptions: [RowID: Set<Scope>] = [:]
        for (key, row) in rows where key.collection == TestSchema.user {
            guard try isAlive(key) else {
                subscriptions[key.row] = []
                continue
            }
            var scopes: Set = [ScopeRules.everyone]
            switch row[2]?.text {
            case "technician":
                scopes.insert(Scope(kind: "tech", key: key.row.description))
                for day in window(zone(of: row), .day, -2, 3) { scopes.insert(Scope(kind: "tech", key: "\(key.row)@\(day)")) }
                if let area = row[3]?.text {
                    scopes.insert(Scope(kind: "area", key: area))
                    for month in window(zone(of: row), .month, -1, 1) { scopes.insert(Scope(kind: "area", key: "\(area)@\(month)")) }
                }
            case "manager":
                if let account = row[4]?.row {
                    scopes.insert(Scope(kind: "book", key: account.description))
                    for month in window(zone(of: row), .month, 0, 0) {
                        scopes.insert(Scope(kind: "book", key: "\(account)@\(month)"))
                    }
                }
            default: break
            }
            subscriptions[key.row] = scopes
        }
        return subscriptions
    }

    /// Also of rows that do not exist: what refers to them passes scopes through them.
    private func scopes(of key: RowKey) -> Set<Scope> {
        let row = rows[key]
        func reference(_ group: UInt32, _ collection: UInt32) -> RowKey? {
            row?[group]?.row.map { RowKey(collection: collection, row: $0) }
        }
        var scopes: Set<Scope> = []
        switch key.collection {
        case TestSchema.user, TestSchema.product:
            if row != nil { scopes.insert(ScopeRules.everyone) }
        case TestSchema.account:
            if row != nil { scopes.insert(Scope(kind: "book", key: key.row.description)) }
            if let area = row?[2]?.text { scopes.insert(Scope(kind: "area", key: area)) }
        case TestSchema.order:
            if let account = reference(2, TestSchema.account) { scopes.formUnion(self.scopes(of: account)) }
            if let user = row?[3]?.row { scopes.insert(Scope(kind: "tech", key: user.description)) }
        case TestSchema.note:
            if let order = reference(2, TestSchema.order) { scopes.formUnion(self.scopes(of: order)) }
            if let about = row?[3]?.text.flatMap({ TestSchema.schema.rowKey(fromReference: $0) }) { scopes.formUnion(self.scopes(of: about)) }
        case TestSchema.document:
            for (other, values) in rows where other.collection == TestSchema.order && values[4]?.row == key.row {
                scopes.formUnion(self.scopes(of: other))
            }
        case TestSchema.visit:
            let at: Date? = if case .integer(let number)? = row?[1] { Date(timeIntervalSince1970: Double(number) / 1_000) } else { nil }
            if let user = row?[2]?.row {
                scopes.insert(Scope(kind: "tech", key: "\(user)@\(at.map { date($0, true) } ?? "undated")"))
            }
            for scope in reference(3, TestSchema.account).map({ self.scopes(of: $0) }) ?? [] {
                scopes.insert(Scope(kind: scope.kind, key: "\(scope.key)@\(at.map { date($0, false) } ?? "undated")"))
            }
        case TestSchema.report:
            if let visit = reference(2, TestSchema.visit) { scopes.formUnion(self.scopes(of: visit)) }
        default: break
        }
        return scopes
    }
}

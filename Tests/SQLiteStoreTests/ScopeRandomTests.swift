import Foundation
import GRDB
import ReplicationCore
@testable import ReplicationEngine
import Testing
import WireProtocol

@testable import SQLiteStore

/// Hundreds of random commits, against a recomputation that knows no increments.
@Suite struct ScopeRandomTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func membershipsAndPagesEqualANaiveRecomputation(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let store = try StoreFactory.makeSQLite(at: folder.file("hub.sqlite"), schema: TestSchema.withReaders)
        var sums = SumCheck(schema: TestSchema.withReaders)
        var random = SeededGenerator(seed: seed)
        var naive = NaiveScopes()
        var devices = (1...8 as ClosedRange<UInt64>).map { user in
            RandomDevice(limit: [1, 3, 7, 1_000][Int(user % 4)], user: key(TestSchema.user, user).row)
        }
        var history: [Moment] = []
        var midnights = 0, newestMoves = 0
        for _ in 0..<150 {
            let changesets = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (0..<Int.random(in: 1...4, using: &random)).map { _ in randomEdit(&random, now: naive.now) }
            }
            let before = naive.memberships()
            for edit in changesets.joined() { naive.apply(edit) }
            let after = naive.memberships()
            newestMoves += after.reduce(0) { sum, row in
                let moved = row.value.symmetricDifference(before[row.key] ?? []).filter { $0.key.hasSuffix("+newest") }
                return sum + (moved.isEmpty ? 0 : 1)
            }
            let committed = try store.commit(changesets)
            func alive(_ key: RowKey) throws -> Bool { try store.read { try $0.row(key) }?.isAlive ?? false }
            var subscriptions = try naive.subscriptions(alive)
            try check(committed, before, after, subscriptions, store)
            try sums.check(store, subscriptions, seed)
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
            try sums.check(store, subscriptions, seed)
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
        #expect(sums.isTelling, "seed \(seed): \(sums)")
        // Rows came whole where they entered, and otherwise as what had changed of them.
        #expect(midnights > 20 && newestMoves > 100, "seed \(seed): \(newestMoves) rows came or went as the newest")
        #expect(devices.map(\.whole).reduce(0, +) > 100 && devices.map(\.partial).reduce(0, +) > 50, "seed \(seed)")
    }

    private func beginDays(at milliseconds: Int64, _ store: any HubStore) throws -> Committed {
        let moment = CommitMoment(wallMilliseconds: UInt64(milliseconds))
        return try store.commit { reader in
            try CommitBatch.decide([.beginDays], reader: reader, schema: TestSchema.withReaders, moment: moment)
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
        let target = some([1, 2, 3, 3, 4, 5, 6, 8, 8, 8, 9, 10, 10].randomElement(using: &random) ?? 1)
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
            switch Int.random(in: 0..<4, using: &random) {
            case 0: edit.values[4] = [maybe(.named(some(TestSchema.order)))]
            case 1: edit.values[1] = [maybe(.integer(now + .random(in: -20...20, using: &random) * 43_210_987))]
            case 2: edit.values[2] = [maybe(.named(some(TestSchema.user)))]
            default: edit.values[3] = [maybe(.named(some(TestSchema.account)))]
            }
        case TestSchema.call:
            // Few parents and few days, so that many are under one, and some of one day.
            func few(_ collection: UInt32) -> RowKey { key(collection, .random(in: 1...2, using: &random)) }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: edit.values[1] = [maybe(.integer(now / 86_400_000 + .random(in: -4...4, using: &random)))]
            case 1:
                let isAccount = Bool.random(using: &random)
                let about = few(isAccount ? TestSchema.account : TestSchema.order)
                edit.values[2] = [maybe(.text("\(isAccount ? "accounts" : "orders")/\(about.row)"))]
            default: edit.values[3] = [maybe(.named(few(TestSchema.visit)))]
            }
        case TestSchema.report:
            edit.values[2] = [maybe(.named(some(TestSchema.visit)))]
        case TestSchema.order:
            switch Int.random(in: 0..<7, using: &random) {
            case 0: edit.values[2] = [maybe(.named(some(TestSchema.account)))]
            case 1: edit.values[3] = [maybe(.named(some(TestSchema.user)))]
            case 2, 3: edit.values[4] = [maybe(.named(key(TestSchema.document, .random(in: 1...3, using: &random))))]
            case 4, 5: edit.values[5] = [maybe(.integer(now + .random(in: -6...6, using: &random) * 43_200_000))]
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

/// What the store keeps count of, against all rows of each user, as somebody of each role may read them.
private struct SumCheck {
    let encoder: ChangeEncoder
    var rows = 0, hidden = 0, ownCohorts = 0, sharedCohorts = 0, cohortsThatWent = 0
    private var cohorts: Set<Int64> = []

    init(schema: Schema) { encoder = ChangeEncoder(schema: schema) }

    /// The rows saw readers of less, cohorts of both kinds, and cohorts that went.
    var isTelling: Bool { rows > 10_000 && hidden > 1_000 && ownCohorts > 40 && sharedCohorts > 1_000 && cohortsThatWent > 100 }

    mutating func check(_ store: SQLiteHubStore, _ subscriptions: [RowID: Set<Scope>], _ seed: UInt64) throws {
        let all = Array(Set(subscriptions.values))
        // Also of what no user receives together.
        let asked = all + (all.count > 1 ? [all[0].union(all[1]), []] : [[]])
        for role in [TestSchema.technician, TestSchema.manager] {
            let readable = try store.read { try self.readable(by: role, $0) }
            for scopes in asked {
                var made = HeldSum()
                for row in readable where !row.scopes.isDisjoint(with: scopes) { made += row.held }
                try #require(try store.read { try $0.held(in: scopes, by: role) } == made, "seed \(seed), role \(role), \(scopes)")
            }
        }
        #expect(try store.read { try $0.held(in: all.first ?? [ScopeRules.everyone], by: 99) } == HeldSum(), "another role reads nothing")
        let comparison = try #require(try store.read { try $0.compareSums() })
        try #require(comparison.isEqual, "seed \(seed): \(comparison)")
        let now = try store.pool.read { try Int64.fetchAll($0, sql: "SELECT number FROM _cohort") }
        let own = try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM _cohort WHERE key >= x'01'") ?? 0 }
        ownCohorts += own
        sharedCohorts += now.count - own
        cohortsThatWent += cohorts.subtracting(now).count
        cohorts = Set(now)
    }

    private mutating func readable(by role: UInt32, _ reader: any HubReader) throws -> [(scopes: Set<Scope>, held: HeldSum)] {
        var readable: [(scopes: Set<Scope>, held: HeldSum)] = []
        for collection in encoder.schema.collections {
            for number in 1...8 as ClosedRange<UInt64> {
                let key = key(collection.number, number)
                guard let row = try reader.row(key) else { continue }
                let cells = encoder.cells(of: row, role: role)
                hidden += row.cells.count - (cells?.count ?? 0)
                guard let cells else { continue }
                var held = HeldSum(rows: 1)
                for cell in cells { held.cells.add(CellDigest(of: cell, in: key)) }
                rows += 1
                readable.append((try reader.scopes(of: key), held))
            }
        }
        return readable
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
                let count = try #require(try reader.changeCount(after: cursor, in: subscriptions, limit: .max))
                let all = try reader.changes(after: cursor, in: subscriptions, limit: .max, bytes: .max).items.count
                try #require(count >= all, "a device is told that less comes than does")
                #expect(try reader.changeCount(after: cursor, in: subscriptions, limit: max(all - 1, 0)) == nil || all == 0)
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
                case .ready: Issue.record("nobody has asked for changes as they travel")
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
    private var deleted: Set<RowKey> = []
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
        // What is written later brings it back.
        if edit.isDeletion { deleted.insert(edit.key) } else { deleted.remove(edit.key) }
    }

    func memberships() -> [RowKey: Set<Scope>] {
        Dictionary(uniqueKeysWithValues: rows.keys.map { ($0, scopes(of: $0).union(newestScopes(of: $0))) })
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
            let newest = scopes.filter { $0 != ScopeRules.everyone }.map { Scope(kind: $0.kind, key: $0.key + "+newest") }
            subscriptions[key.row] = scopes.union(newest)
        }
        return subscriptions
    }

    /// Those that the row is in as one of the newest under another, or as what hangs on such a one.
    private func newestScopes(of key: RowKey) -> Set<Scope> {
        guard let row = rows[key] else { return [] }
        var scopes: Set<Scope> = []
        func add(_ count: Int, _ parent: UInt32, under named: RowKey?, by time: UInt32, seconds: Double) {
            guard let named, !deleted.contains(key), case .integer(let own)? = row[time] else { return }
            let others = rows.filter { other, values in
                guard other.collection == key.collection, !deleted.contains(other), reference(values[parent]) == reference(row[parent]),
                    case .integer(let theirs)? = values[time]
                else { return false }
                return theirs > own || theirs == own && other.row > key.row
            }
            if others.count >= count { return }
            let date = Date(timeIntervalSince1970: Double(own) * seconds)
            for scope in self.scopes(of: named) {
                let part = scope.key.split(separator: "@").dropFirst().first.map(String.init) ?? "undated"
                // Texts of dates sort as dates do.
                if part != "undated" && part < self.date(date, part.count == 10) { continue }
                scopes.insert(Scope(kind: scope.kind, key: scope.key + "+newest"))
            }
        }
        switch key.collection {
        case TestSchema.order:
            add(2, 4, under: row[4]?.row.map { RowKey(collection: TestSchema.document, row: $0) }, by: 5, seconds: 0.001)
        case TestSchema.call:
            add(3, 2, under: reference(row[2]), by: 1, seconds: 86_400)
            add(1, 3, under: row[3]?.row.map { RowKey(collection: TestSchema.visit, row: $0) }, by: 1, seconds: 86_400)
        case TestSchema.note:
            if let order = row[2]?.row { scopes.formUnion(newestScopes(of: RowKey(collection: TestSchema.order, row: order))) }
            if let about = reference(row[3]) { scopes.formUnion(newestScopes(of: about)) }
        default: break
        }
        return scopes
    }

    private func reference(_ value: Value?) -> RowKey? {
        value?.text.flatMap { TestSchema.schema.rowKey(fromReference: $0) } ?? value?.row.map { RowKey(collection: 0, row: $0) }
    }

    /// Without those that a row is in as one of the newest. Also of rows that do not exist: what refers to them passes scopes
    /// through them.
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
            for (other, values) in rows where other.collection == TestSchema.visit && values[4]?.row == key.row {
                scopes.formUnion(self.scopes(of: other))
            }
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

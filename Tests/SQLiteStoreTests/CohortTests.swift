import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

@testable import SQLiteStore

/// What a hub keeps count of for those who receive rows.
@Suite struct CohortTests {
    private let folder: TemporaryFolder
    private let path: String
    private let schema = TestSchema.withReaders

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("hub.sqlite")
    }

    private func make() throws -> SQLiteHubStore { try StoreFactory.makeSQLite(at: path, schema: schema) }

    private func open(_ schema: Schema? = nil, rebuildsSums: Bool = false) throws -> SQLiteHubStore {
        let schema = schema ?? self.schema
        return try SQLiteHubStore.open(at: path, schema: schema, schemaText: "text of version \(schema.version)", rebuildsSums: rebuildsSums)
    }

    private func count(_ table: String, _ store: SQLiteHubStore) throws -> Int {
        try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    private func isOwn(_ key: RowKey, _ store: SQLiteHubStore) throws -> Bool {
        try store.pool.read { try CohortTables.number(of: .own(key), in: $0) != nil }
    }

    private func isEqual(_ store: SQLiteHubStore) throws -> Bool {
        try #require(try store.read { try $0.compareSums() }).isEqual
    }

    private func held(_ scopes: Set<Scope>, _ role: UInt32, _ store: SQLiteHubStore) throws -> HeldSum? {
        try store.read { try $0.held(in: scopes, by: role) }
    }

    /// An order that visits name is in the scopes of each of them: one more with each day.
    private func visit(_ number: UInt64, order: RowKey) -> Edit {
        Edit(key: key(TestSchema.visit, number), values: [
            1: [.integer(Int64(number) * 86_400_000)], 2: [.named(key(TestSchema.user, 1))], 4: [.named(order)],
        ])
    }

    /// What a row gains late costs as much as what it gained first, however many scopes it is in.
    @Test func aRowInManyScopesIsACohortOfItsOwn() throws {
        let store = try make(), order = key(TestSchema.order, 1)
        try store.commit([[Edit(key: order, values: [1: [.text("title")]])]])
        for number in 1...UInt64(Cohort.mostScopes) { try store.commit([[visit(number, order: order)]]) }
        #expect(try store.read { try $0.scopes(of: order) }.count == Cohort.mostScopes)
        #expect(try !isOwn(order, store))
        try store.commit([[visit(100, order: order)]])
        #expect(try isOwn(order, store) && isEqual(store))
        for number in 101...140 as ClosedRange<UInt64> {
            let before = try store.pool.read { $0.totalChangesCount }
            try store.commit([[visit(number, order: order)]])
            #expect(try isOwn(order, store) && isEqual(store))
            #expect(try store.pool.read { $0.totalChangesCount } - before < 100)
        }
        let day = Scope(kind: "tech", key: "\(key(TestSchema.user, 1).row)@1970-05-01")
        #expect(try held([day], TestSchema.manager, store)?.rows == 2)
        // Without its visits it is in few scopes again.
        let visits = (Array(1...UInt64(Cohort.mostScopes)) + Array(100...140)).dropLast(3)
        try store.commit([visits.map { Edit(key: key(TestSchema.visit, $0), values: [4: [.null]]) }])
        #expect(try !isOwn(order, store) && isEqual(store))
        #expect(try held([day], TestSchema.manager, store)?.rows == 1)
    }

    @Test func cohortsWithoutRowsGo() throws {
        let store = try make(), order = key(TestSchema.order, 1), account = key(TestSchema.account, 1)
        try store.commit([[Edit(key: order, values: [3: [.named(key(TestSchema.user, 1))]])]])
        #expect(try count("_cohort", store) == 1 && count("_cohort_scope", store) == 1)
        try store.commit([[Edit(key: order, values: [2: [.named(account)]]), Edit(key: account)]])
        #expect(try count("_cohort", store) == 2 && count("_cohort_scope", store) == 3 && isEqual(store))
        try store.commit([[Edit(key: order, values: [2: [.null], 3: [.null]])]])
        #expect(try count("_cohort", store) == 1 && count("_cohort_scope", store) == 1 && isEqual(store))
    }

    /// A store from before there were sums, or with other classes of readers, makes them when it is opened.
    @Test(arguments: [
        "DELETE FROM _sums", "UPDATE _sums SET classes = ''", "DELETE FROM _sums; DELETE FROM _cohort_sum",
        "DROP TABLE _sums; DROP TABLE _cohort_sum; DROP TABLE _cohort_scope; DROP TABLE _cohort; DELETE FROM grdb_migrations WHERE identifier = '14'",
    ])
    func sumsAreMadeWhenAStoreIsOpened(_ sql: String) throws {
        var store = try make()
        try fill(store)
        let scopes: Set<Scope> = [ScopeRules.everyone, Scope(kind: "area", key: "north")]
        let before = try [TestSchema.technician, TestSchema.manager].map { try held(scopes, $0, store) }
        #expect(before[0] != before[1] && before[0]?.rows == 16)
        try store.close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
        store = try open()
        #expect(try [TestSchema.technician, TestSchema.manager].map { try held(scopes, $0, store) } == before)
        #expect(try isEqual(store))
        try fill(store)
        #expect(try isEqual(store))
    }

    private func fill(_ store: SQLiteHubStore) throws {
        for number in 1...8 as ClosedRange<UInt64> {
            try store.commit([[
                Edit(key: key(TestSchema.user, number), values: [1: [.text("name \(number)")], 3: [.text("north")]]),
                Edit(key: key(TestSchema.account, number), values: [2: [.text("north")]]),
            ]])
        }
    }

    @Test func otherRightsMakeOtherSums() throws {
        var store = try make()
        try fill(store)
        let everyone: Set<Scope> = [ScopeRules.everyone]
        #expect(try held(everyone, TestSchema.technician, store)?.cells.cells == 16)
        try store.close()
        store = try open(Schema(
            version: 1, name: schema.name, collections: schema.collections.map { collection in
                Collection(
                    number: collection.number, name: collection.name, label: collection.label, kind: collection.kind,
                    groups: collection.groups.map { Group(number: $0.number, name: $0.name, policy: $0.policy, fields: $0.fields) },
                    scopes: collection.scopes, rights: collection.rights, unique: collection.unique)
            }, roles: schema.roles, userCollection: schema.userCollection, timeZone: schema.timeZone))
        #expect(try held(everyone, TestSchema.technician, store)?.cells.cells == 24)
        #expect(try isEqual(store))
    }

    @Test func backupsCarryTheSums() throws {
        let store = try make()
        try fill(store)
        try store.backup(to: folder.file("backup"))
        try fill(store)
        try store.close()
        _ = try SQLiteHubStore.restore(from: folder.file("backup"), to: path)
        let restored = try open()
        #expect(try isEqual(restored))
        #expect(try held([ScopeRules.everyone], TestSchema.manager, restored)?.rows == 8)
    }

    /// Whatever something else has done to the file shows.
    @Test(arguments: [
        "UPDATE _cohort_sum SET rows = rows + 1", "UPDATE _cohort_sum SET cells = cells - 1", "UPDATE _cohort_sum SET sum = zeroblob(32)",
        "DELETE FROM _cohort_sum", "DELETE FROM _cohort_scope", "UPDATE _cohort_scope SET scope = scope + 1000", "DELETE FROM _cohort",
        "INSERT INTO _cohort (key) VALUES (x'00')", "UPDATE accounts SET area = 'south'", "DELETE FROM accounts",
    ])
    func whatDiffersIsFound(_ sql: String) throws {
        let store = try make()
        try fill(store)
        #expect(try isEqual(store))
        try store.pool.write { try $0.execute(sql: sql) }
        let comparison = try #require(try store.read { try $0.compareSums() })
        #expect(!comparison.isEqual && comparison.differing > 0 && !comparison.scopes.isEmpty)
        #expect(comparison.scopes.count <= 10)
        try store.close()
        let asItWas = try open()
        #expect(try !isEqual(asItWas), "opening alone reads no rows")
        try asItWas.close()
        #expect(try isEqual(try open(rebuildsSums: true)))
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

@Suite struct SchemaGrowthTests {
    private let folder: TemporaryFolder
    private let path: String
    private let note = key(TestSchema.note, 1)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("hub.sqlite")
        let store = try StoreFactory.makeSQLite(at: path)
        try store.commit([[Edit(key: note, values: [1: [.text("body")]])]])
        try store.close()
    }

    private func open(_ schema: Schema) throws -> SQLiteHubStore {
        try SQLiteHubStore.open(at: path, schema: schema, schemaText: "text of version \(schema.version)")
    }

    @Test func collectionsAndFieldsAreAdded() throws {
        let task = Collection(
            number: 9, name: "tasks", label: "Task", kind: .record,
            groups: [TestSchema.one(1, Field(name: "note", label: "", type: .reference(collection: TestSchema.note)))],
            scopes: [.parent(field: "note")])
        let mood = TestSchema.one(9, Field(name: "mood", label: "", type: .text(maximumBytes: 9)))
        let grown = TestSchema.make(version: 2, more: [task], noteGroups: [mood])
        let old = try open(TestSchema.schema)
        let before = try old.read { try $0.row(note) }
        try old.close()
        let store = try open(grown)
        #expect(try store.read { try $0.row(note) } == before)
        #expect(try store.read { try $0.identity().schemaText } == "text of version 2")
        try store.commit([[Edit(key: note, values: [9: [.text("good")]]), Edit(key: key(9, 1), values: [1: [.named(note)]])]])
        #expect(try store.read { try $0.rows(of: TestSchema.note, where: "mood", equals: .text("good"), limit: 2) } == [note])
        try store.close()
        #expect(try SQLiteHubStore.schemaText(at: path) == "text of version 2")
        // And there is no way back to the schema that lacks them.
        let error = #expect(throws: HubStoreError.self) { try open(TestSchema.schema) }
        #expect(error?.code == .otherSchema && error?.message.contains("mood") == true)
    }

    /// And not only with their next day.
    @Test func whatRolesReceiveByALaterSchemaTheyReceiveWithTheFirstTickOfTheHub() throws {
        let path = folder.file("windows.sqlite"), tech = key(TestSchema.user, 4), account = key(TestSchema.account, 5)
        let first = TestSchema.withWindows
        let later = Schema(
            version: 1, name: first.name, collections: first.collections,
            roles: first.roles.map { role in
                Role(
                    number: role.number, name: role.name, label: role.label,
                    subscriptions: role.subscriptions + (role.number == TestSchema.technician ? [.init(kind: "book", key: .field("account"))] : []))
            },
            userCollection: first.userCollection, timeZone: first.timeZone)
        func begin(_ store: SQLiteHubStore, _ schema: Schema) throws {
            let moment = CommitMoment(wallMilliseconds: 100 * 86_400_000)
            _ = try store.commit { try CommitBatch.decide([.beginDays], reader: $0, schema: schema, moment: moment) }
        }
        let book = Scope(kind: "book", key: account.row.description)
        var store = try StoreFactory.makeSQLite(at: path, schema: first)
        try store.commit([[Edit(key: account, values: [1: [.text("UTC")]]), Edit(key: tech, values: [2: [.text("technician")], 4: [.named(account)]])]])
        try begin(store, first)
        #expect(try !store.read { try $0.subscriptions(of: tech.row) }.contains(book))
        try store.close()
        store = try SQLiteHubStore.open(at: path, schema: later, schemaText: "another text")
        try begin(store, later)
        #expect(try store.read { try $0.subscriptions(of: tech.row) }.contains(book))
        let head = try store.read { try $0.head }
        try begin(store, later)
        #expect(try store.read { try $0.head } == head, "the day has begun")
        try store.close()
    }

    @Test func anythingElseIsRefusedByName() throws {
        func field(_ name: String, _ type: FieldType) -> Field { Field(name: name, label: "", type: type) }
        let text = FieldType.text(maximumBytes: 5)
        let body = TestSchema.one(1, field("body", text))
        let order = TestSchema.one(2, field("order", .reference(collection: TestSchema.order)))
        let about = TestSchema.one(3, field("about", .anyReference(collections: [TestSchema.account, TestSchema.order])))
        let rules: [ScopeRule] = [.parent(field: "order"), .parent(field: "about")]
        func notes(_ groups: [Group], _ scopes: [ScopeRule], name: String = "notes", kind: Collection.Kind = .ledger) -> Collection {
            Collection(number: TestSchema.note, name: name, label: "", kind: kind, groups: groups, scopes: scopes)
        }
        let changes: [(Collection, String)] = [
            (notes([body, order, about], rules, name: "remarks"), "remarks"),
            (notes([body, order, about], rules, kind: .record), "record"),
            (notes([order, about], rules), "body"),
            (notes([TestSchema.one(1, field("body", .real)), order, about], rules), "body"),
            (notes([TestSchema.one(8, field("body", text)), order, about], rules), "body"),
            (notes([body, order, about], [.parent(field: "order")]), "about"),
            (notes([body, order, about], rules + [.everyone]), "everyone"),
            (notes([body, order, about], rules + [.field(kind: "text", field: "body")]), "body"),
            (notes([body, order, about], rules + [.referrer(collection: TestSchema.document, field: "title")]), "title"),
        ]
        for (collection, word) in changes {
            let others = TestSchema.schema.collections.filter { $0.number != TestSchema.note }
            let schema = Schema(
                version: 2, name: "test", collections: others + [collection], roles: TestSchema.schema.roles,
                userCollection: TestSchema.user)
            let error = #expect(throws: HubStoreError.self) { try open(schema) }
            #expect(error?.code == .otherSchema && error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        try open(TestSchema.schema).close()
    }
}

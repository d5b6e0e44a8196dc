import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

@testable import SQLiteStore

/// Rows that go whole are written from their columns: byte for byte as they would be from their states.
struct ReadyChangesTests {
    private let folder: TemporaryFolder
    private let store: any HubStore
    private static let scope = Subscription(scope: Scope(kind: "area", key: "north"), since: .zero)
    private static let all = ReadyChanges(collections: Set(TestSchema.schema.collections.map(\.number)))

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreFactory.sqlite(in: folder).make(TestSchema.schema)
    }

    private func account(_ number: UInt64, _ name: String) -> Edit {
        Edit(key: key(TestSchema.account, number), values: [1: [.text(name)], 2: [.text("north")]])
    }

    private func changes(_ ready: ReadyChanges, after cursor: CatchUpCursor = .start, limit: Int = 100) throws -> (ChangePage, ChangePage) {
        try store.read { reader in
            (try reader.changes(after: cursor, in: [Self.scope], limit: limit, bytes: .max, taking: ready),
             try reader.changes(after: cursor, in: [Self.scope], limit: limit, bytes: .max))
        }
    }

    /// - Returns: how many rows were given as they travel.
    private func compare(_ ready: ChangePage, _ states: ChangePage) throws -> Int {
        #expect(ready.items.map(\.place) == states.items.map(\.place) && ready.isLast == states.isLast)
        var count = 0
        for (item, state) in zip(ready.items, states.items) {
            switch (item.content, state.content) {
            case (.ready(let key, let range), .row(let row, _)):
                let collection = try #require(TestSchema.schema.collection(key.collection))
                var change = RowChangeCodec.encode(row, in: collection)
                change.whole = true
                #expect(try Array(ready.changes[range]) == change.serializedBytes() && key == row.key)
                count += 1
            case (.row(let a, let isHeld), .row(let b, let wasHeld)): #expect(a == b && isHeld == wasHeld)
            case (.left(let a), .left(let b)): #expect(a == b)
            default: Issue.record("another kind of item")
            }
        }
        return count
    }

    @Test func rowsOfEveryKindOfValue() throws {
        var random = SeededGenerator(seed: 4)
        try store.commit((1...60).map { number in
            [account(number, ["", "caf\u{E9}", String(repeating: "x", count: 300), "a\0b"][Int(random.next() % 4)])]
        })
        try store.commit([[Edit(key: key(TestSchema.account, 3), isDeletion: true)]])
        // Later changes of some of their fields alone.
        try store.commit([[Edit(key: key(TestSchema.account, 5), values: [1: [.text("other")]])], [Edit(key: key(TestSchema.account, 6), values: [1: [.null]])]])
        let (ready, states) = try changes(Self.all)
        #expect(try compare(ready, states) == 59, "all but the deleted one")
        let (none, _) = try changes(.none)
        #expect(try compare(none, states) == 0)
    }

    @Test func whatIsHeldGoesAsItsCells() throws {
        let first = try store.commit([[account(1, "a")], [account(2, "b")]])
        try store.commit([[account(2, "c")], [account(3, "d")]])
        let (ready, states) = try changes(Self.all, after: CatchUpCursor(complete: first.head))
        #expect(try compare(ready, states) == 1)
    }

    @Test func pagesAddUp() throws {
        try store.commit((1...20).map { [account($0, "n\($0)")] })
        var cursor = CatchUpCursor.start
        var rows = 0
        while true {
            let (ready, states) = try changes(Self.all, after: cursor, limit: 3)
            rows += try compare(ready, states)
            cursor = ready.next
            if ready.isLast { break }
        }
        #expect(rows == 20)
    }

    @Test func whatIsSealedIsGivenAsItsState() throws {
        let first = try store.commit([[account(1, "a")]])
        try store.commit([[account(2, "b")]])
        var sealing = Self.all
        sealing.unsealedUpTo = first.head
        let (ready, states) = try changes(sealing)
        #expect(try compare(ready, states) == 1)
    }

    /// A text that is none, which only another program can have written, goes as it is read from a state.
    @Test func aDamagedTextGoesTheGeneralWay() throws {
        try store.commit([[account(1, "abc")]])
        try store.close()
        let path = folder.file("hub.sqlite")
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE accounts SET name = CAST(X'61FF62' AS TEXT)") }
        let again = try SQLiteHubStore.open(at: path, schema: TestSchema.schema, schemaText: "text of version 1")
        let page = try again.read { try $0.changes(after: .start, in: [Self.scope], limit: 9, bytes: .max, taking: Self.all) }
        #expect(page.rows.count == 1 && page.changes.isEmpty)
        try again.close()
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// Scopes, subscriptions and catch-up, as every `HubStore` keeps them.
@Suite struct ScopeContractTests {
    private let folder: TemporaryFolder
    private let store: any HubStore
    private let account = key(TestSchema.account, 1), other = key(TestSchema.account, 2)
    private let order = key(TestSchema.order, 3), note = key(TestSchema.note, 4)
    private let document = key(TestSchema.document, 5), tech = key(TestSchema.user, 6)

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreFactory.sqlite(in: folder).make(TestSchema.schema)
    }

    private func scopes(_ key: RowKey) throws -> Set<String> {
        Set(try store.read { try $0.scopes(of: key) }.map(\.description))
    }

    private func received(_ key: RowKey, by user: RowKey, since number: UInt64) throws -> Bool {
        try store.read { try $0.received(key, by: user.row, since: CommitSequence(epoch: 1, number: number)) }
    }

    private func book(_ key: RowKey) -> Scope { Scope(kind: "book", key: key.row.description) }
    private func area(_ name: String) -> Scope { Scope(kind: "area", key: name) }

    /// Who receives the account by its area, and who by its book.
    private let byArea = key(TestSchema.user, 7), byBook = key(TestSchema.user, 8)
    private var receivers: [Edit] {
        [
            Edit(key: byArea, values: [2: [.text("technician")], 3: [.text("north")]]),
            Edit(key: byBook, values: [2: [.text("manager")], 4: [.named(account)]]),
        ]
    }

    private func makeCompany(_ more: [Edit] = []) throws {
        try store.commit([more + [
            Edit(key: account, values: [2: [.text("north")]]), Edit(key: other),
            Edit(key: order, values: [2: [.named(account)], 3: [.named(tech)], 4: [.named(document)]]),
            Edit(key: note, values: [2: [.named(order)]]), Edit(key: document),
        ]])
    }

    @Test func rowsInheritThroughTwoLevelsAndBackwards() throws {
        try makeCompany()
        let ofAccount: Set = [book(account).description, "area:north"]
        let ofOrder = ofAccount.union(["tech:\(tech.row)"])
        #expect(try scopes(account) == ofAccount)
        #expect(try scopes(order) == ofOrder)
        #expect(try scopes(note) == ofOrder)
        #expect(try scopes(document) == ofOrder)
        #expect(try scopes(other) == [book(other).description])
        let members = try store.read { try $0.members(of: area("north"), after: nil, limit: 3) }
        #expect(members == [account, order, note])
        #expect(try store.read { try $0.members(of: area("north"), after: members[2], limit: 3) } == [document])
        #expect(try store.read { try $0.members(of: area("nowhere"), after: nil, limit: 3) } == [])
    }

    @Test func reassigningMovesWhatHangsOnTheRow() throws {
        try makeCompany(receivers)
        let committed = try store.commit([[Edit(key: order, values: [2: [.named(other)]])]])
        #expect(try scopes(note) == [book(other).description, "tech:\(tech.row)"])
        for user in [byArea, byBook] {
            #expect(try received(note, by: user, since: 1) && !received(note, by: user, since: 2))
        }
        #expect(Set(committed.rows.map(\.state.key)) == [order, note, document])
        let moved = try #require(committed.rows.first { $0.state.key == note })
        #expect(moved.scopesBefore.contains(area("north")) && !moved.scopesAfter.contains(area("north")))
        let after = CatchUpCursor(complete: CommitSequence(epoch: 1, number: 1))
        let page = try store.read { try $0.changes(after: after, in: [area("north")], limit: 9) }
        #expect(page.rows.isEmpty && page.evicted == [order, note, document] && page.isLast)
        let entered = try store.read { try $0.changes(after: after, in: [book(other)], limit: 9) }
        #expect(entered.rows.map(\.key) == [order, note, document] && entered.evicted.isEmpty)
        // Still in the technician's scope: nothing has left a device that has both.
        let both = try store.read { try $0.changes(after: after, in: [area("north"), Scope(kind: "tech", key: tech.row.description)], limit: 9) }
        #expect(both.evicted.isEmpty)
    }

    @Test func aRowIsInAScopeUntilTheLastWayIsGone() throws {
        let second = key(TestSchema.order, 8)
        try makeCompany(receivers)
        try store.commit([[Edit(key: second, values: [2: [.named(account)], 4: [.named(document)]])]])
        try store.commit([[Edit(key: order, values: [4: [.null]])]])
        #expect(try scopes(document) == [book(account).description, "area:north"])
        try store.commit([[Edit(key: second, values: [4: [.null]])]])
        #expect(try scopes(document) == [])
        for user in [byArea, byBook] {
            #expect(try received(document, by: user, since: 3) && !received(document, by: user, since: 4))
        }
    }

    @Test func whatEntersAndLeavesWithinACommitHasNotMoved() throws {
        try makeCompany()
        let third = key(TestSchema.order, 9)
        let committed = try store.commit([[
            Edit(key: order, values: [4: [.null]]),
            Edit(key: third, values: [2: [.named(account)], 3: [.named(tech)], 4: [.named(document)]]),
        ]])
        #expect(!committed.rows.contains { $0.state.key == document })
        #expect(try scopes(document) == [book(account).description, "area:north", "tech:\(tech.row)"])
        let after = CatchUpCursor(complete: CommitSequence(epoch: 1, number: 1))
        let page = try store.read { try $0.changes(after: after, in: [area("north")], limit: 9) }
        #expect(page.rows.map(\.key) == [order, third] && page.evicted.isEmpty)
    }

    @Test func deletedRowsKeepTheirScopes() throws {
        try makeCompany()
        try store.commit([[Edit(key: order, isDeletion: true)]])
        #expect(try scopes(order).contains("area:north"))
        let after = CatchUpCursor(complete: CommitSequence(epoch: 1, number: 1))
        let page = try store.read { try $0.changes(after: after, in: [area("north")], limit: 9) }
        #expect(page.rows.map(\.isAlive) == [false])
    }

    @Test func referencesMayComeBeforeTheirRows() throws {
        try store.commit([[Edit(key: note, values: [2: [.named(order)]])]])
        try store.commit([[Edit(key: order, values: [2: [.named(account)], 4: [.named(document)]])]])
        #expect(try scopes(note) == [])
        try store.commit([receivers + [Edit(key: account, values: [2: [.text("north")]])]])
        #expect(try scopes(note).contains("area:north"))
        // The document is named and in the scope, but nobody has made it yet.
        #expect(try scopes(document) == [])
        #expect(try store.read { try $0.members(of: area("north"), after: nil, limit: 9) } == [account, order, note])
        #expect(try store.read { try $0.changes(after: .start, in: [area("north")], limit: 9).rows.count } == 3)
        // Whoever ceases to receive the north as the document is made has never received it.
        let committed = try store.commit([[Edit(key: document), Edit(key: byArea, values: [3: [.text("south")]])]])
        let made = try #require(committed.rows.first { $0.state.key == document })
        #expect(made.scopesBefore.isEmpty && made.scopesAfter.contains(area("north")))
        #expect(try scopes(document).contains("area:north"))
        #expect(try !received(document, by: byArea, since: 0) && received(document, by: byBook, since: 4))
        #expect(try received(note, by: byArea, since: 3) && !received(note, by: byArea, since: 4))
    }

    @Test func anyReferencePassesScopesOnByName() throws {
        try makeCompany()
        let about = key(TestSchema.note, 10), wrong = key(TestSchema.note, 11)
        try store.commit([[
            Edit(key: about, values: [3: [.text("accounts/\(account.row)")]]),
            Edit(key: wrong, values: [3: [.text("accounts/no uuid")]]),
        ]])
        #expect(try scopes(about) == [book(account).description, "area:north"])
        #expect(try scopes(wrong) == [])
    }

    @Test func keysThatOnlyLookAlikeAreTwoScopes() throws {
        try store.commit([[Edit(key: account, values: [2: [.text("e\u{301}")]]), Edit(key: other, values: [2: [.text("\u{E9}")]])]])
        #expect(try store.read { try $0.members(of: area("e\u{301}"), after: nil, limit: 9) } == [account])
        #expect(try store.read { try $0.members(of: area("\u{E9}"), after: nil, limit: 9) } == [other])
    }

    // MARK: Subscriptions

    private func subscriptions() throws -> Set<String> {
        Set(try store.read { try $0.subscriptions(of: tech.row) }.map(\.description))
    }

    /// Being in a scope and receiving it count only at one moment.
    @Test func whatWasReceivedSinceAMoment() throws {
        func received(since moment: CommitSequence) throws -> Bool {
            try store.read { try $0.received(account, by: tech.row, since: moment) }
        }
        try makeCompany()
        #expect(try !received(since: .zero))
        let north = try store.commit([[Edit(key: tech, values: [2: [.text("technician")], 3: [.text("north")]])]]).head
        #expect(try received(since: .zero) && received(since: north))
        let moved = try store.commit([[Edit(key: account, values: [2: [.text("south")]])]]).head
        #expect(try received(since: .zero) && received(since: north) && !received(since: moved))
        try store.commit([[Edit(key: account, values: [2: [.text("west")]])]])
        try store.commit([[Edit(key: tech, values: [3: [.text("south")]])]])
        #expect(try received(since: north) && !received(since: moved), "it was in the south, and they went there, after each other")
        let west = try store.commit([[Edit(key: tech, values: [3: [.text("west")]])]]).head
        let gone = try store.commit([[Edit(key: tech, values: [3: [.text("north")]])]]).head
        #expect(try received(since: moved) && received(since: west) && !received(since: gone))
    }

    /// Nobody is shown what lies between the changesets of a commit.
    @Test func whatOneCommitBeginsAndEndsDoesNotMeet() throws {
        try store.commit([[Edit(key: tech, values: [2: [.text("technician")], 3: [.text("north")]])]])
        try store.commit([
            [Edit(key: account, values: [2: [.text("north")]])], [Edit(key: tech, values: [3: [.text("south")]])],
        ])
        #expect(try !received(account, by: tech, since: 0))
    }

    @Test func subscriptionsFollowRoleAndFields() throws {
        let product = key(TestSchema.product, 9)
        let first = try store.commit([[
            Edit(key: tech, values: [2: [.text("technician")], 3: [.text("north")]]), Edit(key: account),
            Edit(key: other, values: [2: [.text("north")]]), Edit(key: order, values: [3: [.named(tech)]]), Edit(key: product),
        ]])
        #expect(first.resubscribed == [tech.row])
        #expect(try subscriptions() == ["everyone:all", "tech:\(tech.row)", "area:north"])
        let second = try store.commit([[Edit(key: tech, values: [1: [.text("Ann")]])]])
        #expect(second.resubscribed.isEmpty)
        let third = try store.commit([[Edit(key: tech, values: [2: [.text("manager")], 4: [.named(account)]])]])
        #expect(third.resubscribed == [tech.row])
        #expect(try subscriptions() == ["everyone:all", book(account).description])
        try store.commit([[Edit(key: tech, values: [2: [.text("unheard of")]])]])
        #expect(try subscriptions() == ["everyone:all"])
        let last = try store.commit([[Edit(key: tech, isDeletion: true)]])
        #expect(last.resubscribed == [tech.row])
        #expect(try subscriptions() == [])
        // Each scope until it was taken from them, by a row that has stood in it all the time.
        for (row, until) in [(order, 3), (other, 3), (account, 4), (product, 5)] as [(RowKey, UInt64)] {
            #expect(try received(row, by: tech, since: until - 1) && !received(row, by: tech, since: until))
        }
    }

    // MARK: Catch-up

    /// A device has passed by where a row stood before something brought it later; when that is lost, the row is not.
    @Test(arguments: [false, true])
    func aRowThatLosesWhatBroughtItLastIsNotPassedBy(isChanged: Bool) throws {
        try store.commit([[Edit(key: account, values: [2: [.text("north")]]), Edit(key: other)]])
        try store.commit([[Edit(key: order, values: [2: [.named(account)]])]])
        try store.commit([[Edit(key: other, values: [2: [.text("north")]])]])
        // It enters a second scope, behind other rows; the device stops between.
        try store.commit([[Edit(key: note, values: [3: [.text("accounts/\(other.row)")]])]])
        let first = Subscription(scope: book(account), since: CommitSequence(epoch: 1, number: 1))
        let later = Subscription(scope: area("north"), since: CommitSequence(epoch: 1, number: 4))
        let page = try store.read { try $0.changes(after: .start, in: [first, later], limit: 1, bytes: .max) }
        var cursor = page.next
        cursor.place = ChangeCursor(sequence: CommitSequence(epoch: 1, number: 3))
        var held = Set(page.rows.map(\.key))
        if isChanged { try store.commit([[Edit(key: account, values: [1: [.text("renamed")]])]]) }
        let committed = try store.commit([[Edit(key: tech)]])
        let ended = Subscription(scope: later.scope, since: later.since, until: committed.head)
        let rest = try store.read { try $0.changes(after: cursor, in: [first, ended], limit: 9, bytes: .max) }
        held.formUnion(rest.rows.map(\.key))
        #expect(held.isSuperset(of: [account, order]) && Set(rest.items.map(\.place)).count == rest.items.count)
    }

    /// For a device that has nothing, and for one that was complete when half of the orders were there.
    @Test(arguments: [(CatchUpCursor.start, 32, 0), (CatchUpCursor(complete: CommitSequence(epoch: 1, number: 23)), 16, 10)])
    func pagesOfAnySizeAddUpToTheSame(start: CatchUpCursor, rowCount: Int, evictedCount: Int) throws {
        try makeCompany()
        for number in 20...40 as ClosedRange<UInt64> {
            try store.commit([
                [Edit(key: key(TestSchema.product, number))],
                [Edit(key: key(TestSchema.order, number), values: [2: [.named(number % 2 == 0 ? account : other)]])],
            ])
        }
        try store.commit([[Edit(key: account, values: [2: [.text("south")]])], [Edit(key: key(TestSchema.product, 22))]])
        let scopes: Set = [area("north"), ScopeRules.everyone, book(other)]
        let whole = try store.read { try $0.changes(after: start, in: scopes, limit: 1_000) }
        #expect(whole.isLast && whole.next == CatchUpCursor(complete: CommitSequence(epoch: 1, number: 45)))
        #expect(whole.rows.count == rowCount && whole.evicted.count == evictedCount)
        #expect(Set(whole.rows.map(\.key)).count == whole.rows.count)
        for limit in 1...50 {
            var rows: [RowState] = [], evicted: [RowKey] = [], cursor = start, pages = 0
            while true {
                let page = try store.read { try $0.changes(after: cursor, in: scopes, limit: limit) }
                #expect(page.rows.count + page.evicted.count <= limit && page.next.place > cursor.place)
                rows += page.rows
                evicted += page.evicted
                cursor = page.next
                pages += 1
                if page.isLast { break }
            }
            #expect(rows == whole.rows && evicted == whole.evicted && cursor == whole.next)
            #expect(pages == (rowCount + evictedCount + limit - 1) / limit)
        }
        // Every item can be gone on from, and so can a page that ends by its weight.
        for item in whole.items {
            let cursor = CatchUpCursor(place: item.place, base: start.base, begun: whole.next.place.sequence)
            let rest = try store.read { try $0.changes(after: cursor, in: scopes, limit: 1_000) }
            #expect(rest.items.map(\.place) == whole.items.map(\.place).filter { $0 > item.place })
        }
        let heaviest = try #require(whole.rows.map(\.weight).max())
        for bytes in [0, 1, heaviest, 5 * heaviest] {
            var places: [ChangeCursor] = [], cursor = start
            while true {
                let page = try store.read { try $0.changes(after: cursor, in: scopes, limit: 1_000, bytes: bytes) }
                #expect(page.rows.dropLast().reduce(0) { $0 + $1.weight } < max(bytes, 1))
                places += page.items.map(\.place)
                cursor = page.next
                if page.isLast { break }
            }
            #expect(places == whole.items.map(\.place))
        }
    }
}

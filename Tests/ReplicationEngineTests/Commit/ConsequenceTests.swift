import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What the hub makes of a changeset beyond its cells: conflicts, reviews, rows that come back.
struct ConsequenceTests {
    private let office: Office

    init() throws { office = try Office() }

    private func visit(of order: RowKey) -> (RowKey, [Office.Operation]) {
        let key = office.newRow(OfficeSchema.appointments)
        return (key, [(key, .liveness, .create, Context()), office.set(key, 1, .reference(order.row))])
    }

    private func delete(_ key: RowKey, _ seen: Context) -> Office.Operation {
        let covering = (office.row(key)?.cells ?? []).filter { $0.part != .liveness }.map {
            SeenCell(part: $0.part, context: Context(sequence: $0.sequence))
        }
        return (key, .liveness, .delete(covering: covering), seen)
    }

    /// One changeset of thousands of conflicts: what follows from it is larger than a changeset may be.
    @Test func consequencesAreAsManyChangesetsAsTheyNeed() throws {
        let count = 2_600
        let orders = (0..<count).map { _ in office.newRow(OfficeSchema.orders) }
        for chunk in stride(from: 0, to: count, by: 500) {
            try office.ann(orders[chunk..<min(chunk + 500, count)].flatMap { key in
                [(key, Part.liveness, Action.create, Context()), office.set(key, 1, .text("a")),
                 office.set(key, 2, .reference(office.ann.user)), office.set(key, 13, .reference(office.dora.user))]
            })
        }
        let seen = orders.map { office.seen($0, 1) }
        try office.ann(orders.enumerated().map { office.set($1, 1, .text("ann"), seen: seen[$0]) })
        let receipt = try office.dora(orders.enumerated().map { office.set($1, 1, .text("dora"), seen: seen[$0]) })
        #expect(receipt.verdicts.allSatisfy { $0.outcome == .conflict })
        #expect(office.all(OfficeSchema.conflicts).count == count)
    }

    /// Whichever comes first, the deletion or the child that its writer had not been sent.
    @Test(arguments: [true, false])
    func aDeletionDoesNotBuryAnUnseenChild(_ childFirst: Bool) throws {
        let (order, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(order, 13, .reference(office.dora.user))])
        let basis = office.head
        let deletion = delete(order, office.seen(order, 0))
        let (visit, visiting) = visit(of: order)
        if childFirst {
            try office.ann(visiting, .init(basis: basis))
            try office.dora([deletion], .init(basis: basis))
        } else {
            try office.dora([deletion], .init(basis: basis))
            try office.ann(visiting, .init(basis: basis))
        }
        #expect(office.row(order)?.isAlive == true)
        #expect(office.row(visit)?.isAlive == true)
        #expect(office.reviews() == ["revived"])
    }

    /// Who deletes a row and was sent its children knows what goes with it.
    @Test func aDeletionTakesSeenChildrenInItsStride() throws {
        let (order, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(order, 13, .reference(office.dora.user))])
        try office.ann(visit(of: order).1)
        try office.dora([delete(order, office.seen(order, 0))])
        #expect(office.row(order)?.isAlive == false)
        #expect(office.reviews() == [])
    }

    /// An edit that brings a row back brings back what it belongs to.
    @Test func aRevivedRowBringsItsParents() throws {
        let (order, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(order, 13, .reference(office.dora.user))])
        let (visit, visiting) = visit(of: order)
        try office.ann(visiting)
        let basis = office.head
        let note = office.set(visit, 3, .text("seen nothing"))
        try office.dora([delete(visit, office.seen(visit, 0)), delete(order, office.seen(order, 0))])
        #expect(office.row(order)?.isAlive == false && office.row(visit)?.isAlive == false)
        try office.ann([note], .init(basis: basis))
        #expect(office.row(visit)?.isAlive == true)
        #expect(office.row(order)?.isAlive == true)
    }

    /// Two devices that come in the same commit.
    @Test func uniquenessIsLookedAtWithinACommit() throws {
        var envelopes: [(Office.Device, WireEnvelope)] = []
        var ann = office.ann, bob = office.bob
        for _ in 0..<2 {
            let isAnn = envelopes.isEmpty
            let (key, operations) = office.order(of: isAnn ? ann : bob)
            let all = operations + [office.set(key, 6, .text("N1"))]
            envelopes.append(isAnn ? (ann, try office.envelope(&ann, all)) : (bob, try office.envelope(&bob, all)))
        }
        try office.decide(envelopes.map { device, envelope in
            .changesets(ConnectionID(rawValue: UInt64(device.site)), [Submission(replica: device.replica, envelope: envelope)])
        })
        #expect(office.reviews() == ["unique"])
    }

    /// A row may name one that its changeset makes later, if nothing speaks against that.
    @Test func referencesGoForwardAsWell() throws {
        let (order, operations) = office.order(of: office.ann)
        let (visit, visiting) = visit(of: order)
        #expect(try office.ann(visiting + operations).rules.allSatisfy { $0 == nil })
        #expect(office.row(visit)?.isAlive == true)
        // Without its title the order is refused, and the visit with it.
        let (second, incomplete) = office.order(of: office.ann)
        let (lost, naming) = self.visit(of: second)
        let rules = try office.ann(naming + incomplete.filter { $0.1 != Part(group: 1) }).rules
        #expect(rules.allSatisfy { $0 != nil })
        #expect(office.row(lost) == nil && office.row(second) == nil)
    }
}

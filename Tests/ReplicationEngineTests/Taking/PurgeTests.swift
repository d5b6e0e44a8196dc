import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Deleted rows whose values are taken away for good.
struct PurgeTests {
    private let house: HubHouse
    private let office: Office

    init() throws {
        house = try HubHouse()
        office = house.office
    }

    /// An order of Ann's that Dora has deleted, with an appointment and its deletion.
    private func deletedOrder(withAppointment: Bool = false) throws -> (order: RowKey, appointment: RowKey) {
        let (order, create) = office.order(of: office.ann, title: "to be purged")
        try office.dora(create + [office.set(order, 13, .reference(office.dora.user))])
        let appointment = office.newRow(OfficeSchema.appointments)
        if withAppointment {
            try office.dora([
                (appointment, .liveness, .create, Context()), office.set(appointment, 1, .reference(order.row)),
                office.set(appointment, 3, .text("a note")),
            ])
        }
        try delete(order)
        return (order, appointment)
    }

    private func delete(_ key: RowKey) throws {
        let covering = office.row(key)?.cells.dropFirst().map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) } ?? []
        try office.dora([(key, .liveness, .delete(covering: covering), office.seen(key, 0))])
    }

    @Test func theValuesGoAndTheIdStays() throws {
        let (order, _) = try deletedOrder()
        let deletion = office.row(order)?[.liveness]
        let connection = try house.open(office.ann)
        #expect(try house.rows(house.changes(connection))[order] != nil, "deleted rows stay with devices")
        house.forgetSent()
        #expect(try house.purge(order)["rows"] as? [String: Int] == ["orders": 1])
        #expect(office.row(order)?.cells == [try #require(deletion)])
        #expect(house.changes(connection).flatMap(\.collections).flatMap(\.evicted) == [Data(order.row.bytes)])
        // A device that comes later is told to drop it as well, and their digests are equal.
        #expect(office.store.now.scopes(of: order).isEmpty)
        #expect(try house.lastAct()?.kind == .purge && house.lastAct()?.rows == 1)
        // A reference to it is as good as ever.
        var dora = office.dora
        let movement = office.newRow(OfficeSchema.movements)
        #expect(try office.write(&dora, [
            (movement, .liveness, .create, Context()), office.set(movement, 3, .reference(office.dora.user)),
        ]).rules == [nil, nil])
        #expect(try house.error(house.purging(order))?.contains("already") == true)
    }

    @Test func aLateEditGoesToQuarantineAndRevivesNothing() throws {
        let (order, _) = try deletedOrder()
        let basis = office.head
        try house.purge(order)
        let receipt = try office.ann([office.set(order, 1, .text("two years late"), seen: Context())], .init(basis: basis))
        #expect(receipt.rules == [.purged])
        #expect(office.store.now.quarantine.map(\.refusal.rule) == [.purged])
        #expect(office.row(order)?.isStripped == true)
        #expect(Refusal.Rule.purged.remedy.contains("new row"))
        // Neither does a new row under it, with all that is written to it.
        let appointment = office.newRow(OfficeSchema.appointments)
        let late = try office.ann([
            (appointment, .liveness, .create, Context()), office.set(appointment, 1, .reference(order.row)),
            office.set(appointment, 3, .text("late")),
        ], .init(basis: basis))
        #expect(late.rules == [.purged, .purged, .purged])
        #expect(office.row(appointment) == nil && office.row(order)?.isStripped == true)
        #expect(try office.ann([(order, .liveness, .restore, office.seen(order, 0))]).rules == [.purged])
        #expect(try office.ann(office.order(of: office.ann).1).rules == [nil, nil, nil], "the device goes on")
    }

    @Test func whatBelongsToItGoesWithItOrHoldsIt() throws {
        let (order, appointment) = try deletedOrder(withAppointment: true)
        // The appointment is alive.
        #expect(try house.error(house.purging(order))?.contains("belongs to it") == true)
        #expect(try house.purge()["held"] as? Int == 1)
        try delete(appointment)
        #expect(try house.purge(dryRun: true)["rows"] as? [String: Int] == ["orders": 1, "appointments": 1])
        #expect(office.row(order)?.isStripped == false, "a dry run changes nothing")
        #expect(try house.purge()["rows"] as? [String: Int] == ["orders": 1, "appointments": 1])
        #expect(office.row(appointment)?.isStripped == true)
        #expect(try office.store.now.taken(appointment)?.parent == order)
        #expect(try house.purge()["rows"] as? [String: Int] == [:])
    }

    @Test func onlyWhatWasDeletedLongAgoAndWhatIsDeleted() throws {
        let (order, _) = try deletedOrder()
        #expect(try house.purge(olderThan: 86_400)["rows"] as? [String: Int] == [:])
        office.wall += 86_400_000
        #expect(try house.purge(olderThan: 86_400)["rows"] as? [String: Int] == ["orders": 1])
        let (alive, create) = office.order(of: office.ann)
        try office.ann(create)
        #expect(try house.error(house.purging(alive))?.contains("not deleted") == true)
        #expect(office.row(order)?.isStripped == true)
    }

    /// Steps go on where the one before ended, over more rows than one takes.
    @Test func stepsAddUp() throws {
        for _ in 0..<(HubLimits.rowsPerPurge / 100 + 1) {
            let orders = (0..<100).map { _ in office.newRow(OfficeSchema.orders) }
            try office.dora(orders.flatMap { key -> [Office.Operation] in
                [(key, .liveness, .create, Context()), office.set(key, 1, .text("x")), office.set(key, 2, .reference(office.dora.user))]
            })
            try office.dora(orders.map { key in (key, .liveness, .delete(covering: (1...2).map { SeenCell(part: Part(group: $0), context: office.seen(key, $0)) }), office.seen(key, 0)) })
        }
        var after = Data()
        var purged = 0, steps = 0
        repeat {
            guard case .purge(var command) = house.purging() else { return }
            command.after = after
            let report = try house.report(.purge(command))
            purged += (report["rows"] as? [String: Int])?["orders"] ?? 0
            steps += 1
            after = Data((report["next"] as? String).map { text in
                stride(from: 0, to: text.count, by: 2).compactMap { place in
                    let start = text.index(text.startIndex, offsetBy: place)
                    return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16)
                }
            } ?? [])
        } while !after.isEmpty
        #expect(purged == HubLimits.rowsPerPurge + 100 && steps == 2)
    }
}

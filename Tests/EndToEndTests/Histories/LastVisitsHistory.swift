import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// With the machine that she is to repair a technician gets its last five visits, over the shipped hub and devices.
struct LastVisitsHistory {
    private let world: HistoryWorld
    private static let day: Int64 = 86_400_000
    /// Noon of 28 May 2026 in Lisbon, where it is one hour later than in UTC.
    private static let noon: Int64 = 1_779_966_000_000
    private static let site = RowID.derived(collection: 6, key: ["yard"]), machine = RowID.derived(collection: 7, key: ["boiler"])
    private static let contact = RowID.derived(collection: 5, key: ["guard"])
    private static let visit = RowID.derived(collection: 13, key: ["visit"])

    init() throws {
        world = try HistoryWorld()
        try world.importRows([
            row("site", Self.site, [("account", .reference(HistoryWorld.account)), ("name", .text("Yard"))]),
            row("asset", Self.machine, [("site", .reference(Self.site)), ("name", .text("Boiler"))]),
            row("contact", Self.contact, [("account", .reference(HistoryWorld.account)), ("name", .text("Guard"))]),
        ])
        for number in 1...8 { try makeOrder(number, reported: Int64(number) * 10 - 100) }
    }

    private func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
        .init(collection: collection, row: id, fields: fields.map { (name: $0.0, value: $0.1) }, sets: [], fillsOnly: false)
    }

    private func order(_ number: Int) -> RowID { RowID.derived(collection: 12, key: ["order \(number)"]) }
    private func item(_ number: Int) -> RowID { RowID.derived(collection: 16, key: ["item \(number)"]) }

    /// An order for the machine, with a question that was to be answered there.
    ///
    /// - Parameter day: counted from today.
    private func makeOrder(_ number: Int, reported day: Int64) throws {
        try world.importRows([
            row("work_order", order(number), [
                ("account", .reference(HistoryWorld.account)), ("territory", .reference(HistoryWorld.territory)),
                ("title", .text("Order \(number)")), ("asset", .reference(Self.machine)), ("contact", .reference(Self.contact)),
                ("reported_at", .integer(Self.noon + day * Self.day)),
            ]),
            row("checklist_item", item(number), [
                ("work_order", .reference(order(number))), ("position", .integer(1)), ("question", .text("Tight?")),
                ("answer_kind", .text("check")),
            ]),
        ])
    }

    private func holds(_ device: HistoryDevice, _ collection: String, _ row: RowID) throws -> Bool {
        let key = try world.key(collection, row)
        return try device.store.read { try $0.confirmed(key) } != nil
    }

    /// A device holds these orders and what hangs on them, and what the hub says of it is the same.
    private func check(_ device: HistoryDevice, _ wanted: [Int], _ comment: Comment) throws {
        let orders = try (1...10).filter { try holds(device, "work_order", order($0)) }
        let items = try (1...10).filter { try holds(device, "checklist_item", item($0)) }
        #expect(orders == wanted && items == wanted, comment)
        #expect(try holds(device, "asset", Self.machine) == !wanted.isEmpty, comment)
        #expect(try world.verify(device)?.isEqual == true, comment)
    }

    @Test("The last five visits of a machine come and go with the visit that is planned")
    func lastVisitsComeAndGo() throws {
        let ines = try world.device("ines", of: HistoryWorld.ines), away = try world.device("away", of: HistoryWorld.ines)
        let bo = try world.device("bo", of: HistoryWorld.bo), dora = try world.device("dora", of: HistoryWorld.dora)
        for device in [ines, away, bo, dora] { try world.connect(device) }
        // An order that nobody has visited, for the day behind the window.
        try makeOrder(9, reported: 0)
        let start = Self.noon + 15 * Self.day
        try world.importRows([row("appointment", Self.visit, [
            ("work_order", .reference(order(9))), ("assignee", .reference(HistoryWorld.ines)),
            ("territory", .reference(HistoryWorld.territory)), ("planned_start", .integer(start)), ("planned_end", .integer(start + 1)),
        ])])
        for device in [ines, away, bo] { try check(device, [], "not yet") }

        try world.wait(UInt64(Self.noon + 12 * 3_600_000) - world.wall)
        for device in [ines, away] { try check(device, [4, 5, 6, 7, 8, 9], "with the day that has come into the window") }
        #expect(try holds(ines, "contact", Self.contact), "the order in hand names him")
        try check(bo, [], "another's visit")

        // One more is reported, and the oldest of the five gives way; somebody works on that meanwhile.
        try world.disconnect(away)
        try world.write(away) { try $0.set("checklist_item", item(4), ["answer": .text("yes")]) }
        var sent: [String: [WireChanges]] = [:]
        world.onSent = { device, body in
            if case .changes(let changes) = body { sent[device.name, default: []].append(changes) }
        }
        try makeOrder(10, reported: 1)
        try check(ines, [5, 6, 7, 8, 9, 10], "one comes and one goes")
        let moved = sent["ines"]?.flatMap(\.collections) ?? []
        // The machine's count of visits and all else stays: two rows come, and two go.
        #expect(moved.flatMap(\.rows).count == 2 && moved.flatMap(\.evicted).count == 2)
        #expect(sent["bo"]?.flatMap(\.collections).flatMap(\.rows).isEmpty ?? true)
        try world.connect(away)
        try check(away, [5, 6, 7, 8, 9, 10], "after it was away")
        #expect(try world.value("checklist_item", item(4), "answer") == .text("yes"), "she had received it when she wrote")
        #expect(try world.quarantine().isEmpty)

        // The machine of an order was entered wrongly, and is corrected.
        try world.write(dora) { try $0.set("work_order", order(10), ["asset": .null]) }
        try check(ines, [4, 5, 6, 7, 8, 9], "what was pushed out is back")

        // The visit is given to a colleague: the machine's history goes with it.
        try world.write(dora) { try $0.set("appointment", Self.visit, ["assignee": .reference(HistoryWorld.bo)]) }
        for device in [ines, away] { try check(device, [], "given away") }
        try check(bo, [4, 5, 6, 7, 8, 9], "taken over")
        try world.stopHub()
        try world.startHub()
        try world.wait(60_000)
        try check(bo, [4, 5, 6, 7, 8, 9], "after the hub was stopped")
    }
}

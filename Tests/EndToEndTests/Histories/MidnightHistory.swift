import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
@testable import WireProtocol

/// History 10 over the shipped hub and devices.
struct MidnightHistory {
    private let world: HistoryWorld
    private static let day: Int64 = 86_400_000
    private static let pump = RowID.derived(collection: 8, key: ["pump"])
    /// Noon of 28 May 2026 in Lisbon, where it is one hour later than in UTC.
    private static let noon: Int64 = 1_779_966_000_000

    init() throws { world = try HistoryWorld() }

    /// A visit at noon of some day from today, with an order of its own and a part that it needs.
    private func visit(_ day: Int64, of assignee: RowID) throws -> (visit: RowID, order: RowID, part: RowID) {
        let name = "\(assignee) \(day)"
        let order = RowID.derived(collection: 12, key: [name]), visit = RowID.derived(collection: 13, key: [name])
        let part = RowID.derived(collection: 17, key: [name])
        let start = Self.noon + day * Self.day
        func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
            .init(collection: collection, row: id, fields: fields.map { (name: $0.0, value: $0.1) }, sets: [], fillsOnly: false)
        }
        try world.importRows([
            row("work_order", order, [
                ("account", .reference(HistoryWorld.account)), ("territory", .reference(HistoryWorld.territory)),
                ("title", .text("Visit of day \(day)")),
            ]),
            row("product", Self.pump, [("name", .text("Pump")), ("sku", .text("P-1")), ("unit", .text("piece"))]),
            row("part_needed", part, [
                ("work_order", .reference(order)), ("product", .reference(Self.pump)), ("quantity", .integer(2)),
            ]),
            row("appointment", visit, [
                ("work_order", .reference(order)), ("assignee", .reference(assignee)), ("territory", .reference(HistoryWorld.territory)),
                ("planned_start", .integer(start)), ("planned_end", .integer(start + 3_600_000)),
            ]),
        ])
        return (visit, order, part)
    }

    private func holds(_ device: HistoryDevice, _ collection: String, _ row: RowID) throws -> Bool {
        let key = try world.key(collection, row)
        return try device.store.read { try $0.confirmed(key) } != nil
    }

    @Test("History 10: midnight moves every technician's window")
    func midnightMovesWindows() throws {
        let days: [Int64] = [-9, -8, -7, -6, 0, 13, 14, 15, 16]
        var visits: [Int64: (visit: RowID, order: RowID, part: RowID)] = [:]
        for day in days { visits[day] = try visit(day, of: HistoryWorld.ines) }
        let other = try visit(15, of: HistoryWorld.bo)
        let ines = try world.device("ines", of: HistoryWorld.ines), away = try world.device("away", of: HistoryWorld.ines)
        let bo = try world.device("bo", of: HistoryWorld.bo), dora = try world.device("dora", of: HistoryWorld.dora)
        for device in [ines, away, bo, dora] { try world.connect(device) }
        /// A bucket is a day of UTC, and Lisbon's midnight lies within one: a window has one more at its beginning.
        func check(_ device: HistoryDevice, from first: Int64, to last: Int64) throws {
            for (day, rows) in visits {
                let isWanted = first...last ~= day
                #expect(try holds(device, "appointment", rows.visit) == isWanted, "\(device.name), day \(day)")
                #expect(try holds(device, "work_order", rows.order) == isWanted, "\(device.name), day \(day)")
                #expect(try holds(device, "part_needed", rows.part) == isWanted, "\(device.name), day \(day)")
            }
        }
        for device in [ines, away] { try check(device, from: -8, to: 14) }
        #expect(try !holds(bo, "appointment", other.visit))

        // One is away over midnight, and works on what will have left by then.
        try world.disconnect(away)
        let leaving = try #require(visits[-8]), today = try #require(visits[0])
        try world.write(away) { try $0.set("part_needed", leaving.part, ["note": .text("was the wrong one")]) }
        var sent: [String: [WireChanges]] = [:]
        world.onSent = { device, body in
            if case .changes(let changes) = body { sent[device.name, default: []].append(changes) }
        }
        try world.wait(1_000)
        let before = try world.store.read { try $0.head }
        let midnight = UInt64(Self.noon + 12 * 3_600_000)
        try world.wait(midnight - 1 - world.wall)
        #expect(try world.store.read { try $0.head } == before, "not a millisecond earlier")
        try world.wait(1)
        let after = try world.store.read { try $0.head }
        #expect(after.number == before.number + 1)
        let entry = try #require(try world.store.read { try $0.entry(at: after) })
        let header = try ChangesetCodec.decode(entry.changeset).header
        #expect(entry.touched.isEmpty && header.act?.kind == .beginDay && header.act?.reason == "Europe/Lisbon 2026-05-29")

        try check(ines, from: -7, to: 15)
        #expect(try holds(bo, "appointment", other.visit) && holds(bo, "work_order", other.order))
        // What came are the rows of one day, and what went those of another; nobody began anew.
        let moved = try #require(sent["ines"])
        #expect(moved.allSatisfy { !$0.restart } && moved.flatMap(\.collections).flatMap(\.rows).count == 3)
        #expect(moved.flatMap(\.collections).flatMap(\.evicted).count == 3)
        let bytes = try moved.reduce(0) { try $0 + $1.serializedData().count }
        #expect(bytes < 2_000, "\(bytes) bytes")
        #expect(sent["dora"]?.flatMap(\.collections).flatMap(\.rows).isEmpty ?? true, "the office has no window of visits")
        for device in [ines, bo, dora] { #expect(try world.verify(device)?.isEqual == true, "\(device.name)") }

        // Whoever was away gets the same, and what was written counts.
        sent = [:]
        try world.write(dora) { try $0.set("work_order", today.order, ["title": .text("Visit of today")]) }
        try world.connect(away)
        try check(away, from: -7, to: 15)
        let caughtUp = try #require(sent["away"])
        #expect(caughtUp.allSatisfy { !$0.restart })
        // The visit of the new day, and a review of what was written about work that had left; of the order that stayed only
        // what changed.
        let rows = caughtUp.flatMap(\.collections).flatMap { part in part.rows.map { (part.collection, $0) } }
        #expect(rows.filter(\.1.whole).map(\.0).sorted() == [12, 13, 17, 27])
        let partial = try #require(rows.first { !$0.1.whole })
        #expect(rows.count == 5 && Array(partial.1.row) == today.order.bytes && partial.1.values.count == 1)
        #expect(try world.value("part_needed", leaving.part, "note") == .text("was the wrong one"))
        #expect(try world.quarantine().isEmpty)
        #expect(try world.verify(away)?.isEqual == true)

        // The hub starts again: it is the same day.
        try world.stopHub()
        try world.startHub()
        let head = try world.store.read { try $0.head }
        try world.wait(60_000)
        #expect(try world.store.read { try $0.head } == head)
        try check(ines, from: -7, to: 15)
    }

    /// The clock of the hub's machine is set right by a year, and by a minute over midnight.
    @Test func daysGoBackOnlyWithTheHubsClock() throws {
        try world.wait(UInt64(Self.day))
        func days() throws -> [String: Int64] { try world.store.read { try $0.days() } }
        let day = try #require(try days()["Europe/Lisbon"])
        world.wall = UInt64(Self.noon + 12 * 3_600_000 + 30_000 + Self.day)
        try world.wait(1)
        #expect(try days() == ["Europe/Lisbon": day + 1])
        world.wall -= 60_000
        try world.wait(1)
        try world.stopHub()
        try world.startHub()
        try world.wait(1)
        #expect(try days() == ["Europe/Lisbon": day + 1], "no window moves to and fro")
        world.wall += 365 * UInt64(Self.day)
        try world.wait(1)
        #expect(try days() == ["Europe/Lisbon": day + 366 - 1])
        world.wall -= 365 * UInt64(Self.day)
        try world.wait(1)
        #expect(try days() == ["Europe/Lisbon": day])
    }

    /// A territory's zone is corrected, and a technician goes to another territory.
    @Test func aUsersDaysAreThoseOfTheTerritory() throws {
        let east = RowID.derived(collection: 1, key: ["east"])
        let next = try visit(15, of: HistoryWorld.ines)
        let ines = try world.device("ines", of: HistoryWorld.ines)
        try world.connect(ines)
        #expect(try !holds(ines, "appointment", next.visit))
        var restarts = 0
        world.onSent = { _, body in if case .changes(let changes) = body, changes.restart { restarts += 1 } }
        func importZone(_ row: RowID, _ zone: String) throws {
            try world.importRows([.init(
                collection: "territory", row: row, fields: [("name", .text("East")), ("time_zone", .text(zone))], sets: [], fillsOnly: false)])
        }
        // There it is the next day already.
        try importZone(east, "Pacific/Kiritimati")
        try world.importRows([.init(
            collection: "user", row: HistoryWorld.ines, fields: [("territory", .reference(east))], sets: [], fillsOnly: false)])
        try world.wait(1_000)
        #expect(try holds(ines, "appointment", next.visit))
        try importZone(east, "Europe/Lisbon")
        try world.wait(1_000)
        #expect(try !holds(ines, "appointment", next.visit))
        #expect(restarts == 0, "another territory is what entered and what left")
        // What is no zone counts as UTC, and stops nobody.
        try importZone(east, "Atlantis/Harbour")
        try world.wait(1_000)
        #expect(try !holds(ines, "appointment", next.visit))
        #expect(try world.verify(ines)?.isEqual == true)
    }

    /// Whoever lives where nobody lived before, and enrols and synchronises within the second, receives her window.
    @Test func aNewZonesDayBeginsWithItsFirstUser() throws {
        let far = RowID.derived(collection: 1, key: ["far"]), mai = HistoryWorld.row("mai")
        func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
            .init(collection: collection, row: id, fields: fields, sets: [], fillsOnly: false)
        }
        try world.importRows([
            row("territory", far, [("name", .text("Far")), ("time_zone", .text("Asia/Tokyo"))]),
            row("user", mai, [("name", .text("Mai")), ("role", .text("technician")), ("territory", .reference(far))]),
        ])
        let today = try visit(0, of: mai)
        let device = try world.device("mai", of: mai)
        try world.connect(device)
        #expect(try holds(device, "appointment", today.visit))
        #expect(try world.verify(device)?.isEqual == true)
    }
}

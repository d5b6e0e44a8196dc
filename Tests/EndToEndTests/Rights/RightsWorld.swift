import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

/// A hub with a device of every role, rows that those in the roles receive, and rows that they do not.
final class RightsWorld {
    let world: HistoryWorld
    let rights: SchemaRights
    let log: FrameLog
    var rows: MarkedRows
    /// Everything that was marked so far.
    private(set) var marks: [MarkedRows.Mark] = []
    /// Those that were to cross the wire before the last check.
    private var fresh = 0..<0
    private(set) var devices: [(role: String, device: HistoryDevice)] = []
    let near: MarkedRows.Place, far: MarkedRows.Place
    var schema: Schema { world.schema }

    init(_ text: String) throws {
        world = try HistoryWorld()
        rights = try SchemaRights(text: text)
        log = FrameLog(schema: world.schema)
        rows = MarkedRows(schema: world.schema, wall: world.wall)
        func user(_ role: String, _ place: String) -> RowID { HistoryWorld.row("\(role) of \(place)") }
        func place(_ name: String, _ territory: RowID) -> MarkedRows.Place {
            .init(name: name, territory: territory, technician: user("technician", name), owner: user("key_account_manager", name))
        }
        near = place("near", HistoryWorld.territory)
        far = place("far", RowID.derived(collection: 1, key: ["south"]))
        try world.importRows([
            .init(collection: "territory", row: far.territory, fields: [("name", .text("South")), ("time_zone", .text("Europe/Lisbon"))], sets: [], fillsOnly: false),
        ])
        for place in [near, far] {
            try world.importRows(rights.roles.map { role in
                .init(collection: "user", row: user(role, place.name), fields: [
                    ("name", .text(role)), ("role", .text(role)), ("territory", .reference(place.territory)),
                ], sets: [], fillsOnly: false)
            })
            try world.importRows(rows.bases(of: place))
        }
        try world.importRows(rows.customFields)
        world.onFrame = { [unowned self] device, frame in
            do { try log.take(frame, to: device.name) } catch { Issue.record(error) }
        }
        for role in rights.roles { devices.append((role, try world.device(role, of: user(role, near.name)))) }
        log.empty()
    }

    func device(_ role: String) throws -> HistoryDevice { try #require(devices.first { $0.role == role }).device }

    /// A new generation of marked rows, near and far.
    func importGeneration(_ name: String) throws {
        for place in [near, far] { try world.importRows(rows.generation(name, at: place)) }
    }

    /// Rows for everyone are everywhere; others are where their place is, but for who receives no place.
    func receives(_ role: String, _ collection: SchemaRights.Collection, at place: String) -> Bool {
        // What a technician asked for is decided in the territory, and is no matter of the account's.
        if collection.name == "approval", role == "key_account_manager" { return false }
        return collection.isForEveryone || (place == near.name && role != "administrator")
    }

    func collection(_ number: UInt32) throws -> SchemaRights.Collection {
        try #require(rights.collections.first { $0.number == number })
    }

    /// Holds what has crossed the wire since the log was emptied against the rights. What was marked since the last check was
    /// to cross it, to those who may read it; of what was marked before, nothing goes to those who may not.
    ///
    /// - Parameter isRepeated: what was marked before the last check was to cross it once more.
    func check(_ step: String, isRepeated: Bool = false) throws {
        let new = rows.takeMarks()
        if !isRepeated { fresh = marks.count..<marks.count + new.count }
        marks += new
        for role in rights.roles {
            let cells = log.cells(of: role)
            for (index, mark) in marks.enumerated() {
                let collection = try collection(mark.collection)
                let group = try #require(collection.group(mark.group), "\(mark.field)")
                let mayReach = collection.reads(role, group) && receives(role, collection, at: mark.place)
                if mayReach, !fresh.contains(index) { continue }
                #expect(
                    cells.contains(.init(key: mark.key, group: mark.group)) == mayReach,
                    "\(step): \(role), \(mark.field), \(mark.place), the cell")
                if mark.forms.isEmpty { continue }
                #expect(log.holds(mark.forms, for: role) == mayReach, "\(step): \(role), \(mark.field), \(mark.place), the value's bytes")
            }
            for cell in log.conflicts[role] ?? [] {
                let collection = try collection(cell.key.collection)
                let group = try #require(collection.group(cell.group))
                #expect(collection.reads(role, group), "\(step): \(role), a conflict about \(collection.name).\(group.name)")
            }
        }
        #expect(rights.roles.contains { !log.cells(of: $0).isEmpty }, "\(step): nothing came at all")
        log.empty()
    }
}

import Domain
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import TestSupport
import TestTraits
import WireProtocol

/// Rights to fields, for every role, collection and field of the shipped schema, held against what crosses the wire.
@Suite(.realTime)
struct RightsMatrixTests {
    @Test("The page of the rights is what the schema says now")
    func page() throws {
        #expect(try Fixture.isCurrent("docs/rights.md", text: SchemaRights(text: StandardSchema.text).document))
    }

    @Test("A field reaches a device if its role may read it, and in no message if not; and is written by who may write it")
    func matrix() throws {
        let world = try RightsWorld(StandardSchema.text)
        try world.importGeneration("first")
        for (_, device) in world.devices { try world.world.connect(device) }
        try world.check("catch-up")
        try world.importGeneration("second")
        try world.check("new rows, pushed")
        try hiddenFields(world)
        try cells(world)
        try conflicts(world)
        try preview(world)
        try repair(world)
        for (role, device) in world.devices {
            #expect(try world.world.verify(device)?.isEqual == true, "\(role)")
            try world.world.disconnect(device)
        }
        try WriteMatrix(world).run()
    }

    @Test("A row that travels in parts comes without what its reader may not read")
    func rowsInParts() throws {
        let world = try HistoryWorld()
        let log = FrameLog(schema: world.schema)
        let secret = "mark of the notes", account = HistoryWorld.account
        func write(_ fields: [(name: String, value: Value)], tags: [String]) throws {
            try world.importRows([.init(
                collection: "account", row: account, fields: fields, sets: [(name: "tags", elements: tags)], fillsOnly: false)])
        }
        try write([("notes", .text(secret))], tags: [])
        for step in 0..<4 { try write([], tags: (0..<3_000).map { "\(step) \($0) \(String(repeating: "t", count: 40))" }) }
        var parts: [String: Int] = [:]
        world.onFrame = { device, frame in
            do {
                try log.take(frame, to: device.name)
                for case .changes(let changes)? in try WireFrame(serializedBytes: frame).messages.map(\.body) {
                    parts[device.name, default: 0] += changes.collections.flatMap(\.rows).count { Array($0.row) == account.bytes }
                }
            } catch {
                Issue.record(error)
            }
        }
        let readers: [(name: String, user: RowID, reads: Bool)] = [("dora", HistoryWorld.dora, false), ("kay", HistoryWorld.kay, true)]
        for reader in readers {
            let device = try world.device(reader.name, of: reader.user)
            try world.connect(device)
            #expect(parts[reader.name] ?? 0 > 1, "\(reader.name): one message took it all")
            #expect(log.holds([Array(secret.utf8)], for: reader.name) == reader.reads, "\(reader.name)")
            #expect(try world.verify(device)?.isEqual == true, "\(reader.name)")
        }
    }

    /// Fields that not everybody reads are changed: who reads them is sent them, and for the others nothing happens at all.
    private func hiddenFields(_ world: RightsWorld) throws {
        let readers = Set(world.rights.collections.flatMap(\.groups).compactMap(\.readers))
        #expect(!readers.isEmpty)
        for readers in readers {
            // Whose device holds a row with such a field.
            let reached = Set(world.rights.roles.filter { role in
                world.rights.collections.contains { collection in
                    world.receives(role, collection, at: world.near.name)
                        && collection.groups.contains { $0.readers == readers && collection.reads(role, $0) }
                }
            })
            func sums() throws -> [String: [UInt8]] {
                var sums: [String: [UInt8]] = [:]
                for (role, device) in world.devices {
                    let report = try #require(try world.world.verify(device))
                    #expect(report.isEqual, "\(role)")
                    sums[role] = report.sum + report.fingerprint
                }
                return sums
            }
            let before = try sums()
            world.log.empty()
            try change(world) { $0.readers == readers }
            let changes = world.log.changes
            try world.check("fields for \(readers.sorted())")
            let after = try sums()
            for (role, _) in world.devices {
                #expect((after[role] == before[role]) == !reached.contains(role), "\(role): the digest")
                if !reached.contains(role) { #expect(changes[role] == nil, "\(role) is sent something") }
            }
        }
    }

    /// All other cells that can be changed, pushed alone.
    private func cells(_ world: RightsWorld) throws {
        world.log.empty()
        try change(world) { $0.readers == nil }
        try world.check("changed cells, pushed")
    }

    /// Changes groups of the marked rows at the hub.
    private func change(_ world: RightsWorld, _ isChanged: (SchemaRights.Group) -> Bool) throws {
        for place in [world.near, world.far] {
            var changes: [ImportBatch.Row] = []
            for collection in world.rights.collections where !collection.isLedger {
                let kind = try #require(world.schema.collection(collection.number))
                let row = try #require(world.rows.row(collection.name, at: place))
                var fields: [(name: String, value: Value)] = [], sets: [(name: String, elements: [String])] = []
                for group in collection.groups.filter(isChanged) {
                    let kind = (group: try #require(kind.group(group.number)), collection: kind)
                    // What is written once, summed up or computed is not changed by an import.
                    if ["write-once", "derived", "counter"].contains(group.policy) { continue }
                    if MarkedRows.isFixed(kind.group, of: kind.collection) { continue }
                    if try !kind.group.fields.contains(where: { try isSearchable($0, world) }) { continue }
                    for field in kind.group.fields {
                        let value = world.rows.marked(field, kind.group, kind.collection, row, at: place)
                        if kind.group.isSet, let element = value.text { sets.append((field.name, [element])) } else { fields.append((MarkedRows.name(of: field), value)) }
                    }
                }
                if !fields.isEmpty || !sets.isEmpty {
                    changes.append(.init(collection: collection.name, row: row, fields: fields, sets: sets, fillsOnly: false))
                }
            }
            try world.world.importRows(changes)
        }
    }

    /// True of fields whose next value differs from all before it, so that writing it changes the cell.
    private func isSearchable(_ field: Field, _ world: RightsWorld) throws -> Bool {
        !MarkedValue(of: field.type, number: 1, wall: world.world.wall) { .null }.forms.isEmpty
    }

    /// Two roles write every field that both may write, offline: what is kept of both sides goes to readers only.
    private func conflicts(_ world: RightsWorld) throws {
        for (_, device) in world.devices { try world.world.disconnect(device) }
        var writes: [String: [(collection: Collection, row: RowID, values: [String: Value])]] = [:]
        var about: Set<FrameLog.Cell> = []
        for collection in world.rights.collections where !collection.isLedger {
            let kind = try #require(world.schema.collection(collection.number))
            let row = try #require(world.rows.row(collection.name, at: world.near))
            for group in collection.groups where !["add-wins-set", "counter"].contains(group.policy) {
                let writers = world.rights.roles.filter {
                    collection.may($0, "update") && collection.writes($0, group) && collection.reads($0, group)
                        && world.receives($0, collection, at: world.near.name)
                }
                let kindOfGroup = try #require(kind.group(group.number))
                guard writers.count > 1, let field = try kindOfGroup.fields.first(where: { try isSearchable($0, world) }) else { continue }
                about.insert(.init(key: RowKey(collection: kind.number, row: row), group: group.number))
                for role in [writers[0], writers[writers.count - 1]] {
                    let value = world.rows.marked(field, kindOfGroup, kind, row, at: world.near)
                    writes[role, default: []].append((kind, row, [MarkedRows.name(of: field): value]))
                }
            }
        }
        for (role, writes) in writes {
            try world.world.write(world.device(role)) { transaction in
                transaction.isUnchecked = true
                for write in writes { try transaction.set(write.collection.name, write.row, write.values) }
            }
        }
        world.log.empty()
        for (_, device) in world.devices { try world.world.connect(device) }
        try world.world.wait(5_000)
        #expect(try world.world.quarantine() == [])
        let raised = world.log.conflicts["manager"] ?? []
        #expect(raised.isSuperset(of: about.filter { world.rights.reads("manager", $0) }), "every one of them is a conflict")
        try world.check("conflicts")
    }

    /// What a sync would bring, and what the hub would say of a write.
    private func preview(_ world: RightsWorld) throws {
        for (_, device) in world.devices { try world.world.disconnect(device) }
        try world.importGeneration("third")
        let technician = try world.device("technician")
        try world.world.write(technician) { try $0.set("work_order", HistoryWorld.workOrder(world), ["description": .text("own")]) }
        world.log.empty()
        for (role, device) in world.devices {
            for frame in try world.world.preview(device) { try world.log.take(frame, to: role) }
        }
        try world.check("preview")
        for (_, device) in world.devices { try world.world.connect(device) }
        try world.check("catch-up from a cursor", isRepeated: true)
    }

    /// Devices lose rows, compare themselves with the hub, and are sent what they lack.
    private func repair(_ world: RightsWorld) throws {
        let hidden = world.rights.collections.filter { $0.groups.contains { $0.readers != nil } }.map(\.name)
        for (role, device) in world.devices {
            try device.restart {
                try DatabaseQueue(path: device.folder + "/device.sqlite").write { database in
                    for name in hidden { try database.execute(sql: "DELETE FROM \"\(name)\"") }
                }
            }
            try world.world.connect(device)
            world.log.empty()
            let report = try #require(try world.world.verify(device, repairing: true))
            #expect(report.isEqual && report.repair != nil, "\(role)")
            #expect(!world.log.cells(of: role).isEmpty, "\(role)")
            try world.check("repair")
        }
    }
}

extension SchemaRights {
    fileprivate func reads(_ role: String, _ cell: FrameLog.Cell) -> Bool {
        guard let collection = collections.first(where: { $0.number == cell.key.collection }),
            let group = collection.group(cell.group)
        else { return false }
        return collection.reads(role, group)
    }
}

extension HistoryWorld {
    /// The order that a technician works on.
    fileprivate static func workOrder(_ world: RightsWorld) throws -> RowID {
        world.near.row(try #require(world.schema.collection(named: "work_order")))
    }
}

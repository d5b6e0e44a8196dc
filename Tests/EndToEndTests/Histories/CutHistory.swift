import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// One history, and for each frame of it a device of the same user whose connection is cut behind that frame.
struct CutHistory {
    private static let day: Int64 = 86_400_000
    /// Noon of 28 May 2026 in Lisbon, where it is one hour later than in UTC.
    private static let noon: Int64 = 1_779_966_000_000
    private static let machine = RowID.derived(collection: 7, key: ["boiler"])
    private static let sites = ["yard", "pier"].map { RowID.derived(collection: 6, key: [$0]) }

    private static func id(_ collection: UInt32, _ name: String) -> RowID { RowID.derived(collection: collection, key: [name]) }

    private static func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
        .init(collection: collection, row: id, fields: fields.map { (name: $0.0, value: $0.1) }, sets: [], fillsOnly: false)
    }

    /// An order with a visit on a day from today, and a part that it needs. A long text makes catch-up several messages.
    private static func job(_ name: String, of assignee: RowID, day: Int64) -> [ImportBatch.Row] {
        [
            row("work_order", id(12, name), [
                ("account", .reference(HistoryWorld.account)), ("territory", .reference(HistoryWorld.territory)),
                ("title", .text(name)), ("site", .reference(sites[0])), ("description", .text(String(repeating: name, count: 300))),
                ("reported_at", .integer(noon - Self.day)),
            ]),
            row("part_needed", id(17, name), [
                ("work_order", .reference(id(12, name))), ("product", .reference(id(8, "pump"))), ("quantity", .integer(2)),
            ]),
            row("appointment", id(13, name), [
                ("work_order", .reference(id(12, name))), ("assignee", .reference(assignee)),
                ("territory", .reference(HistoryWorld.territory)), ("planned_start", .integer(noon + day * Self.day)),
            ]),
        ]
    }

    private static func begin() throws -> HistoryWorld {
        let world = try HistoryWorld()
        try world.importRows([
            row("product", id(8, "pump"), [("name", .text("Pump")), ("sku", .text("P-1")), ("unit", .text("piece"))]),
        ] + sites.map { row("site", $0, [("account", .reference(HistoryWorld.account)), ("name", .text("\($0)"))]) } + [
            row("asset", machine, [("site", .reference(sites[0])), ("name", .text("Boiler"))]),
        ])
        // Of the machine there were visits by others, of which the newest come with it.
        for number in 1...7 {
            try world.importRows([row("work_order", id(12, "past \(number)"), [
                ("account", .reference(HistoryWorld.account)), ("territory", .reference(HistoryWorld.territory)),
                ("title", .text("past \(number)")), ("asset", .reference(machine)),
                ("reported_at", .integer(noon - (40 - Int64(number)) * Self.day)),
            ])])
        }
        for number in 0..<30 { try world.importRows(job("hers \(number)", of: HistoryWorld.ines, day: Int64(number % 5))) }
        try world.importRows(job("his", of: HistoryWorld.bo, day: 1) + job("of long ago", of: HistoryWorld.ines, day: -8)
            + job("far ahead", of: HistoryWorld.ines, day: 15))
        return world
    }

    /// The first of the steps that change her role.
    private static let roleChange = 9

    /// What happens while everybody is connected, one step after the other.
    private static func steps(_ world: HistoryWorld, _ dora: HistoryDevice) -> [() throws -> Void] {
        func change(_ collection: String, _ row: RowID, _ fields: [(String, Value)]) throws {
            try world.importRows([Self.row(collection, row, fields)])
        }
        return [
            { try change("appointment", id(13, "hers 1"), [("assignee", .reference(HistoryWorld.bo))]) },
            { try change("appointment", id(13, "his"), [("assignee", .reference(HistoryWorld.ines))]) },
            { try change("work_order", id(12, "hers 2"), [("site", .reference(sites[1])), ("asset", .reference(machine))]) },
            { try world.importRows(job("new", of: HistoryWorld.bo, day: 0)) },
            { try change("work_order", id(12, "new"), [("asset", .reference(machine))]) },
            { try world.write(dora) { try $0.delete("part_needed", id(17, "hers 3")) } },
            { try world.write(dora) { try $0.delete("appointment", id(13, "hers 4")) } },
            { try world.wait(UInt64(noon + day / 2) - world.wall) },
            { try change("work_order", id(12, "hers 2"), [("asset", .null), ("title", .text("without the machine"))]) },
            { try change("user", HistoryWorld.ines, [("role", .text("dispatcher"))]) },
            { try change("work_order", id(12, "his"), [("title", .text("seen by a dispatcher"))]) },
            { try change("user", HistoryWorld.ines, [("role", .text("technician"))]) },
        ]
    }

    /// Lives the history with one device that is never cut and one for each of the first frames.
    /// - Returns: how many frames came to the device that is never cut, and how many bytes to each device.
    private static func live(
        cuts: Int, _ check: (HistoryWorld, [HistoryDevice]) throws -> Void = { _, _ in }
    ) throws -> (frames: Int, bytes: [String: Int]) {
        let world = try begin()
        let dora = try world.device("dora", of: HistoryWorld.dora)
        try world.connect(dora)
        let devices = try (0...cuts).map { try world.device("cut \($0)", of: HistoryWorld.ines) }
        var frames = 0, bytes: [String: Int] = [:]
        world.onFrame = { device, frame in
            if device.name == "cut 0" { frames += 1 }
            bytes[device.name, default: 0] += frame.count
        }
        for number in 1..<devices.count { world.cuts["cut \(number)"] = number }
        for device in devices { try world.connect(device) }
        try world.wait(5_000)
        for (index, step) in steps(world, dora).enumerated() {
            // Another role begins anew, which would mend what was lost until then.
            if index == roleChange {
                let cuts = world.cuts
                world.cuts = [:]
                try check(world, devices)
                world.cuts = cuts
            }
            try step()
            // Whoever was cut comes back, after what was pushed to the others.
            try world.wait(5_000)
        }
        // As long as a device waits at most before it connects again.
        try world.wait(61_000)
        #expect(world.cuts.isEmpty, "every cut was made: \(world.cuts)")
        try check(world, devices)
        return (frames, bytes)
    }

    @Test("A device is cut behind each frame of its history, and holds in the end what one does that never was")
    func cutBehindEachFrame() throws {
        let frames = try Self.live(cuts: 0).frames
        #expect(frames > 20, "the history has boundaries to be cut at: \(frames)")
        let (_, bytes) = try Self.live(cuts: frames) { world, devices in
            var wanted: (report: DigestReport, rows: [[ConfirmedRow]])?
            for device in devices {
                let report = try #require(try world.verify(device), "\(device.name)")
                #expect(report.isEqual, "\(device.name)")
                let rows = try world.schema.collections.map { collection in
                    try device.store.read { try $0.confirmedRows(of: collection.number, after: nil, upTo: nil, limit: .max) }
                }
                if let wanted {
                    #expect(report.sum == wanted.report.sum && report.fingerprint == wanted.report.fingerprint, "\(device.name)")
                    #expect(rows == wanted.rows, "\(device.name)")
                } else {
                    wanted = (report, rows)
                }
            }
            #expect(wanted?.rows.joined().isEmpty == false)
        }
        // A cut costs a greeting and what was under way.
        let whole = try #require(bytes["cut 0"])
        for (name, bytes) in bytes where name != "dora" {
            #expect(bytes <= whole + whole / 4 + 4_096, "\(name): \(bytes) of \(whole) bytes")
        }
    }

    @Test("Two users who are pushed the same frame both go on from it")
    func sharedFramesAreResumed() throws {
        let world = try HistoryWorld()
        let second = RowID.derived(collection: 2, key: ["second dispatcher"])
        try world.importRows([Self.row("user", second, [
            ("name", .text("Second")), ("role", .text("dispatcher")), ("territory", .reference(HistoryWorld.territory)),
        ])])
        let devices = [try world.device("dora", of: HistoryWorld.dora), try world.device("second", of: second)]
        for device in devices { try world.connect(device) }
        try world.importRows([Self.row("work_order", HistoryWorld.order, [("title", .text("pushed to both"))])])
        var restarted: [String] = []
        world.onSent = { device, body in
            if case .changes(let changes) = body, changes.restart { restarted.append(device.name) }
        }
        for device in devices {
            try world.disconnect(device)
            try world.connect(device)
        }
        // What is pushed is encoded once for a role and its scopes; the cursor is each user's.
        #expect(restarted == [])
    }
}

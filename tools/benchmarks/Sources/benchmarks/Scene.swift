import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// A hub with users, and a fleet of their devices.
final class Scene {
    let schema: Schema
    let hub: BenchmarkHub
    let administrator: Administrator
    let fleet: Fleet
    let users: [RowID]
    let folder: String
    private var hasLeft = false

    /// - Parameter usersOfDevices: for each device, the place of its user.
    init(_ plan: Plan, _ name: String, users count: Int, usersOfDevices: [Int]) throws {
        folder = try plan.makeFolder(name)
        schema = try BenchmarkSchema.load()
        hub = try BenchmarkHub(folder: folder + "/hub", schema: schema)
        administrator = try Administrator(hub.endpoint, token: hub.token)
        users = Self.makeIDs(count)
        try administrator.makeUsers(users)
        fleet = try Fleet(hub.endpoint)
        if !usersOfDevices.isEmpty {
            try fleet.enrol(try administrator.makeCodes(for: usersOfDevices.map { users[$0] }))
            try fleet.open(0..<usersOfDevices.count)
        }
        _ = hub.store.takeCounts()
        _ = fleet.takeTraffic()
    }

    /// Ends it, checks that the hub refused nothing, and gives the disk back.
    func stop() throws {
        if !hasLeft { try leaveHub() }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Ends the hub, so that another process can serve its store, and checks that it refused nothing.
    func leaveHub() throws {
        hasLeft = true
        let quarantined = try hub.store.read { try $0.quarantineCount() }
        administrator.stop()
        fleet.stop()
        try hub.stop()
        if quarantined > 0 { throw BenchmarkFailure("the hub refused \(quarantined) operations") }
    }

    var hubFolder: String { folder + "/hub" }

    static func makeIDs<Subject>(_ count: Int) -> [Identifier<Subject>] {
        var random = SystemRandomNumberGenerator()
        var generator = IdentifierGenerator()
        let now = UInt64(Date().timeIntervalSince1970 * 1_000)
        return (0..<count).map { _ in generator.next(milliseconds: now, random: &random) }
    }

    /// The sequences at which rows stand at the hub: what a device that is complete was shown.
    func seen(_ ids: [RowID]) throws -> ([RowID: CommitSequence], head: CommitSequence) {
        try hub.store.read { reader in
            var seen: [RowID: CommitSequence] = [:]
            for id in ids { seen[id] = try reader.row(RowKey(collection: BenchmarkSchema.item, row: id))?.sequence }
            return (seen, try reader.head)
        }
    }

    /// Uploads what was prepared, and waits until every changeset has its verdict.
    ///
    /// - Returns: the seconds from the first byte to the last verdict, and the processor's seconds in them.
    @discardableResult
    func upload(_ prepared: [[PreparedUpload]]) throws -> (seconds: Double, processor: Double) {
        let changesets = prepared.joined().reduce(0) { $0 + $1.changesets }
        for (index, uploads) in prepared.enumerated() { fleet.prepare(index, uploads) }
        _ = fleet.takeTraffic()
        _ = hub.store.takeCounts()
        let clock = Stopwatch()
        let processor = ProcessorClock()
        fleet.upload(0..<prepared.count)
        try fleet.waitUntil("\(changesets) changesets are answered") { $0.traffic.receipts >= changesets }
        return (clock.seconds, processor.seconds)
    }
}

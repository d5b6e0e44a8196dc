import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// What device and hub keep count of, compared at the end of every catch-up: over the shipped hub and devices.
struct HeldHistory {
    private let world: HistoryWorld
    private let device: HistoryDevice
    private static let accounts = 30

    init() throws {
        world = try HistoryWorld()
        try world.importRows((1...Self.accounts).map { number in
            .init(collection: "account", row: Self.account(number), fields: [
                (name: "name", value: .text("Account \(number)")), (name: "owner", value: .reference(HistoryWorld.kay)),
                (name: "territory", value: .reference(HistoryWorld.territory)),
            ], sets: [], fillsOnly: false)
        })
        device = try world.device("kay's tablet", of: HistoryWorld.kay)
        device.verifiesItself = true
    }

    private static func account(_ number: Int) -> RowID { RowID.derived(collection: 4, key: ["account \(number)"]) }

    private func key(_ number: Int) throws -> RowKey { try world.key("account", Self.account(number)) }

    /// Connects, and gives what the device says of its sums and comparisons, in order.
    private func connect() throws -> [String] {
        device.forgetEvents()
        try world.connect(device)
        try world.wait(1_000)
        return said()
    }

    private func said() -> [String] {
        device.events.compactMap { event in
            switch event {
            case .held(let report): report.isEqual ? "sums equal" : "sums differ"
            case .digest(let report): (report.isEqual ? "equal" : "differs") + (report.repair.map { ", \($0.rows) mended" } ?? "")
            default: nil
            }
        }
    }

    private func restart(_ sql: String, _ arguments: StatementArguments = []) throws {
        try world.disconnect(device)
        try device.restart {
            try DatabaseQueue(path: device.folder + "/device.sqlite").write { try $0.execute(sql: sql, arguments: arguments) }
        }
        device.verifiesItself = true
    }

    private func isKeptRight() throws -> Bool {
        let replica = try #require(device.driver?.replica)
        return try device.store.read { try $0.held == replica.holdings(in: $0).held }
    }

    @Test func everyCatchUpEndsWithEqualSums() throws {
        // The first comparison that reads rows is due as well.
        #expect(try connect() == ["sums equal", "equal"])
        for round in 1...5 {
            try world.disconnect(device)
            try world.write(device) { try $0.set("account", Self.account(round), ["name": .text("Written \(round)")]) }
            try world.importRows([.init(
                collection: "account", row: Self.account(100 + round), fields: [
                    (name: "name", value: .text("Account")), (name: "owner", value: .reference(HistoryWorld.kay)),
                    (name: "territory", value: .reference(HistoryWorld.territory)),
                ], sets: [], fillsOnly: false)])
            #expect(try connect() == ["sums equal"])
            #expect(try isKeptRight())
        }
    }

    /// Replication has gone wrong: a row was let go of that should be held, or kept that should not.
    @Test func whatReplicationGotWrongIsFoundAndMendedAtOnce() throws {
        #expect(try connect() == ["sums equal", "equal"])
        try world.disconnect(device)
        try device.store.write { try $0.put(key(3), view: nil, confirmed: nil) }
        #expect(try connect() == ["sums differ", "equal, 1 mended"])
        #expect(try device.shown("account", Self.account(3), "name") == .text("Account 3"))
        try world.disconnect(device)
        let stranger = RowKey(collection: try key(1).collection, row: RowID(high: 5, low: 5))
        try device.store.write { store in
            var state = try #require(try store.confirmed(key(1)))
            state.key = stranger
            try store.put(stranger, view: state, confirmed: state)
            var other = try #require(try store.confirmed(key(2)))
            other.cells[1].sequence.number += 1
            try store.put(other.key, view: other, confirmed: other)
        }
        #expect(try connect() == ["sums differ", "equal, 2 mended"])
        #expect(try isKeptRight())
        try world.disconnect(device)
        #expect(try connect() == ["sums equal"])
    }

    /// What a disk does is not replication's: it is found by a comparison that reads the rows, and the sums are right after it.
    @Test func whatTheDiskDidIsFoundByReading() throws {
        #expect(try connect() == ["sums equal", "equal"])
        try restart("DELETE FROM account WHERE id = ?", [Data(Self.account(4).bytes)])
        #expect(try connect() == ["sums equal"])
        let report = try #require(try world.verify(device, repairing: true))
        #expect(report.isEqual && report.repair?.missing == 1)
        #expect(try isKeptRight())
        try world.disconnect(device)
        #expect(try connect() == ["sums equal"])
        // A row that cannot be read any more is replaced by one that the hub sends: nobody knows what it had been counted as.
        try restart("UPDATE account SET _clock = x'00' WHERE id = ?", [Data(Self.account(5).bytes)])
        try device.store.write { store in
            let other = try #require(try store.confirmed(key(6)))
            var state = other
            state.key = try key(5)
            try store.put(state.key, view: state, confirmed: state)
        }
        #expect(try device.store.read { try $0.held } == nil)
        #expect(try connect() == ["sums differ", "equal, 1 mended"])
        #expect(try isKeptRight())
    }

    /// A store from before, or one whose sum is wrong: it is made from the rows.
    @Test func sumsAreMadeFromTheRowsWhereNobodyKnows() throws {
        #expect(try connect() == ["sums equal", "equal"])
        try restart("DROP TABLE _held; PRAGMA user_version = 7")
        #expect(try device.store.read { try $0.held } == nil)
        #expect(try connect() == ["sums equal"])
        #expect(try device.store.read { try $0.held } != nil && isKeptRight())
        try restart("UPDATE _held SET rows = rows + 1")
        #expect(try connect() == ["sums differ", "equal"], "and nothing had to be mended")
        #expect(try isKeptRight())
        try world.disconnect(device)
        #expect(try connect() == ["sums equal"])
    }

    /// The hub's sums are wrong: devices find that they hold the same, and do not look for it again with every connection.
    @Test func anAlarmThatFoundNothingIsNotRepeatedForAnHour() throws {
        #expect(try connect() == ["sums equal", "equal"])
        try world.stopHub()
        try DatabaseQueue(path: world.folder.path + "/hub.sqlite").write { try $0.execute(sql: "UPDATE _cohort_sum SET rows = rows + 1") }
        try world.startHub()
        #expect(try world.store.read { try $0.compareSums() }?.isEqual == false)
        #expect(try connect() == ["sums differ", "equal"])
        try world.disconnect(device)
        #expect(try connect() == ["sums differ"])
        world.wall += DeviceLimits.alarmMilliseconds
        try world.disconnect(device)
        #expect(try connect() == ["sums differ", "equal"])
    }

    /// What a user receives changes while the device is connected: what has come and gone is compared.
    @Test func sumsComeWithChangedSubscriptions() throws {
        let doras = try world.device("dora's desk", of: HistoryWorld.dora)
        try world.connect(doras)
        func held() throws -> (reports: [HeldReport], rows: UInt64) {
            let replica = try #require(doras.driver?.replica)
            let (kept, rows) = try doras.store.read { (try $0.held, try replica.holdings(in: $0).held) }
            #expect(kept == rows)
            return (doras.events.compactMap { if case .held(let report) = $0 { report } else { nil } }, rows.rows)
        }
        let before = try held()
        #expect(before.reports.map(\.isEqual) == [true] && before.rows > UInt64(Self.accounts))
        let south = RowID.derived(collection: 1, key: ["south"])
        func place(in territory: RowID) throws {
            doras.forgetEvents()
            world.wall += 1
            try world.importRows([
                .init(collection: "territory", row: south, fields: [
                    (name: "name", value: .text("South")), (name: "time_zone", value: .text("Europe/Lisbon")),
                ], sets: [], fillsOnly: false),
                .init(collection: "user", row: HistoryWorld.dora, fields: [(name: "territory", value: .reference(territory))], sets: [], fillsOnly: false),
            ])
            try world.wait(1_000)
        }
        try place(in: south)
        let after = try held()
        #expect(!after.reports.isEmpty && after.reports.allSatisfy(\.isEqual) && after.rows + UInt64(Self.accounts) <= before.rows)
        try place(in: HistoryWorld.territory)
        let again = try held()
        #expect(!again.reports.isEmpty && again.reports.allSatisfy(\.isEqual) && again.rows > UInt64(Self.accounts))
    }

    /// An administrator asks the hub by itself.
    @Test func theHubComparesItsSumsWithItsRows() throws {
        func ask() throws -> [String: Any] {
            let text = try world.command(.verify(WireVerifyCommand()))
            return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
        let sound = try ask()
        #expect(sound["equal"] as? Bool == true && sound["differing"] as? Int == 0 && sound["rows"] as? Int ?? 0 > Self.accounts)
        try world.stopHub()
        try DatabaseQueue(path: world.folder.path + "/hub.sqlite").write { database in
            try database.execute(sql: "UPDATE account SET name = 'x' WHERE id = ?", arguments: [Data(Self.account(9).bytes)])
        }
        try world.startHub()
        let changed = try ask()
        #expect(changed["equal"] as? Bool == false && changed["differing"] as? Int == 1)
        let scopes = try #require(changed["scopes"] as? [[String]])
        #expect(scopes.count == 1 && scopes[0].contains("user:\(HistoryWorld.kay)"))
    }
}

import Foundation
import GRDB
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// A device's store is damaged, over the shipped hub and devices: exactly the damaged rows travel.
struct RepairHistory {
    private let world: HistoryWorld
    private let device: HistoryDevice
    private static let accounts = 150

    init() throws {
        world = try HistoryWorld()
        try world.importRows((1...Self.accounts).flatMap { number in
            [
                Self.row("account", Self.account(number), [
                    ("name", .text("Account \(number)")), ("owner", .reference(HistoryWorld.kay)),
                    ("territory", .reference(HistoryWorld.territory)),
                ]),
                Self.row("contact", Self.contact(number), [
                    ("account", .reference(Self.account(number))), ("name", .text("Contact \(number)")),
                    ("job_title", .text("Keeper of key \(number)")),
                ]),
            ]
        })
        device = try world.device("kay's tablet", of: HistoryWorld.kay)
        try world.connect(device)
        #expect(try rows("contact") >= Self.accounts)
    }

    private static func row(_ collection: String, _ id: RowID, _ fields: [(String, Value)]) -> ImportBatch.Row {
        .init(collection: collection, row: id, fields: fields.map { (name: $0.0, value: $0.1) }, sets: [], fillsOnly: false)
    }

    private static func account(_ number: Int) -> RowID { RowID.derived(collection: 4, key: ["account \(number)"]) }
    private static func contact(_ number: Int) -> RowID { RowID.derived(collection: 5, key: ["contact \(number)"]) }

    private func rows(_ table: String) throws -> Int {
        try device.store.read { try $0.confirmedRows(of: world.key(table, .zero).collection, after: nil, upTo: nil, limit: .max).count }
    }

    /// What is done to the file, beside the program.
    private func damage(_ sql: String, _ arguments: [any DatabaseValueConvertible] = [], isConnecting: Bool = true) throws {
        try device.restart {
            try DatabaseQueue(path: device.folder + "/device.sqlite").write {
                try $0.execute(sql: sql, arguments: StatementArguments(arguments))
            }
        }
        if isConnecting { try world.connect(device) }
    }

    private func bytes(_ id: RowID) -> Data { Data(id.bytes) }

    /// Compares and mends; what differed is what was damaged, and nothing else has travelled.
    private func verify(
        missing: Set<RowKey> = [], extra: Set<RowKey> = [], changed: Set<RowKey> = [], _ comment: Comment
    ) throws {
        var travelled: [RowKey] = [], evicted: [RowKey] = []
        world.onSent = { _, body in
            guard case .changes(let changes) = body else { return }
            for part in changes.collections {
                travelled += part.rows.compactMap { RowID(bytes: $0.row) }.map { RowKey(collection: part.collection, row: $0) }
                evicted += part.evicted.compactMap { RowID(bytes: $0) }.map { RowKey(collection: part.collection, row: $0) }
            }
        }
        let report = try #require(try world.verify(device, repairing: true), comment)
        world.onSent = { _, _ in }
        #expect(report.isEqual, comment)
        let repair = try #require(report.repair, comment)
        #expect(
            (repair.missing, repair.extra, repair.changed) == (UInt64(missing.count), UInt64(extra.count), UInt64(changed.count)),
            comment)
        #expect(Set(travelled) == missing.union(changed) && travelled.count == missing.count + changed.count, comment)
        #expect(Set(evicted) == extra && evicted.count == extra.count, comment)
        #expect(!repair.isRestarted && repair.received < 8_192 + 1_024 * repair.rows, comment)
        let again = try #require(try world.verify(device, repairing: true), comment)
        #expect(again.isEqual && again.repair == nil, comment)
        #expect(again.fingerprint == report.fingerprint && again.rows == again.hubRows, comment)
    }

    private func contacts(_ numbers: some Sequence<Int>) throws -> Set<RowKey> {
        Set(try numbers.map { try world.key("contact", Self.contact($0)) })
    }

    @Test func aSoundDeviceGetsAReceiptAndNothingElse() throws {
        let report = try #require(try world.verify(device, repairing: true))
        #expect(report.isEqual && report.repair == nil && report.fingerprint.count == 32)
        #expect(report.rows == report.hubRows && report.rows > UInt64(2 * Self.accounts))
        #expect(report.at == (try world.store.read { try $0.head }))
    }

    @Test func rowsThatAreMissingComeBack() throws {
        try damage("DELETE FROM contact WHERE id = ?", [bytes(Self.contact(7))])
        try verify(missing: contacts([7]), "one row")
        let some = Array(20...60)
        try damage(
            "DELETE FROM contact WHERE id IN (\(some.map { _ in "?" }.joined(separator: ",")))", some.map { bytes(Self.contact($0)) })
        try verify(missing: contacts(some), "many")
        try damage("DELETE FROM contact")
        try verify(missing: contacts(1...Self.accounts), "all of a collection")
    }

    @Test func rowsThatShouldNotBeThereGo() throws {
        let stranger = RowID.derived(collection: 5, key: ["stranger"])
        try device.restart {
            try DatabaseQueue(path: device.folder + "/device.sqlite").write { database in
                let names = try database.columns(in: "contact").map { "\"\($0.name)\"" }.filter { $0 != "\"id\"" }.joined(separator: ", ")
                try database.execute(
                    sql: "INSERT INTO contact (id, \(names)) SELECT ?, \(names) FROM contact WHERE id = ?",
                    arguments: [bytes(stranger), bytes(Self.contact(3))])
            }
        }
        try world.connect(device)
        try verify(extra: [world.key("contact", stranger)], "a row of nowhere")
        #expect(try device.store.read { try $0.confirmed(world.key("contact", stranger)) } == nil)
    }

    @Test(arguments: [
        ("a value", "UPDATE contact SET job_title = 'nobody' WHERE id = ?"),
        ("a value that is gone", "UPDATE contact SET job_title = NULL WHERE id = ?"),
        ("a clock that says nothing", "UPDATE contact SET _clock = x'' WHERE id = ?"),
        ("a clock cut off", "UPDATE contact SET _clock = substr(_clock, 1, length(_clock) - 3) WHERE id = ?"),
        ("another row's clock", "UPDATE contact SET _clock = (SELECT _clock FROM contact c WHERE c.id <> contact.id LIMIT 1) WHERE id = ?"),
        ("a set", "UPDATE contact SET phones = '[\"112\"]' WHERE id = ?"),
        ("a row that apps take for deleted", "UPDATE contact SET _alive = 0 WHERE id = ?"),
        ("a row that seems to be of another time", "UPDATE contact SET _sequence = _sequence + 1 WHERE id = ?"),
    ])
    func rowsThatWereChangedAreMended(_ name: String, _ sql: String) throws {
        try damage(sql, [bytes(Self.contact(11))])
        try verify(changed: contacts([11]), Comment(rawValue: name))
        #expect(try device.shown("contact", Self.contact(11), "job_title") == .text("Keeper of key 11"))
    }

    @Test func damageOfAllKindsAtOnce() throws {
        try damage("DELETE FROM contact WHERE id IN (?, ?)", [bytes(Self.contact(1)), bytes(Self.contact(140))])
        try damage("UPDATE account SET name = 'x' WHERE id = ?", [bytes(Self.account(120))])
        try damage("UPDATE account SET _clock = x'00' WHERE id = ?", [bytes(Self.account(2))])
        let accounts = [Self.account(120), Self.account(2)]
        try verify(
            missing: contacts([1, 140]), changed: Set(accounts.map { try world.key("account", $0) }), "four rows of two collections")
    }

    @Test func whatIsWrittenAndNotConfirmedStays() throws {
        try world.disconnect(device)
        let key = try world.key("contact", Self.contact(5))
        try world.write(device) { try $0.set("contact", key.row, ["name": .text("Own name")]) }
        // What the hub had said of it stands beside the row.
        try damage("UPDATE _shadow SET change = x'ff' WHERE id = ?", [bytes(key.row)])
        try world.connect(device)
        let report = try #require(try world.verify(device, repairing: true))
        #expect(report.isEqual && report.repair?.rows == 1)
        #expect(try device.shown("contact", key.row, "name") == .text("Own name"))
        #expect(try world.store.read { try $0.row(key)?.shownValue(of: "name", in: world.schema.collection(key.collection)!) } == .text("Own name"))
    }

    @Test func aDeviceThatDoesNotAskToBeMendedIsOnlyTold() throws {
        try damage("DELETE FROM contact WHERE id = ?", [bytes(Self.contact(7))])
        let report = try #require(try world.verify(device))
        #expect(!report.isEqual && report.repair == nil && report.hubRows == report.rows + 1)
        #expect(try device.store.read { try $0.confirmed(world.key("contact", Self.contact(7))) } == nil)
    }

    /// By itself, once a day: what a damaged disk did does not wait for somebody who asks.
    @Test func aDeviceComparesItselfOnceADay() throws {
        func begin(after hours: UInt64, _ sql: String) throws -> [DigestReport] {
            try damage(sql, isConnecting: false)
            world.wall += hours * 3_600_000
            device.verifiesItself = true
            device.forgetEvents()
            try world.connect(device)
            return device.events.compactMap { if case .digest(let report) = $0 { report } else { nil } }
        }
        #expect(try begin(after: 1, "DELETE FROM contact").map(\.isEqual) == [true], "never before")
        #expect(try rows("contact") == Self.accounts)
        #expect(try begin(after: 23, "DELETE FROM contact").isEmpty, "not again so soon")
        #expect(try rows("contact") == 0)
        let reports = try begin(after: 2, "SELECT 1")
        #expect(reports.count == 1 && reports[0].repair?.missing == UInt64(Self.accounts))
        #expect(try rows("contact") == Self.accounts)
    }

    @Test func aDeviceThatHasLostTooMuchIsSentEverythingAnew() throws {
        let before = try rows("contact")
        try damage("UPDATE contact SET name = 'x', _clock = CASE WHEN substr(hex(id), -1) < '8' THEN _clock ELSE x'00' END")
        device.rowsRepaired = 100
        var restarts = 0
        world.onSent = { _, body in if case .changes(let changes) = body, changes.restart { restarts += 1 } }
        let report = try #require(try world.verify(device, repairing: true))
        #expect(!report.isEqual && report.repair?.isRestarted == true)
        try world.wait(60_000)
        #expect(restarts == 1)
        #expect(try rows("contact") == before)
        let after = try #require(try world.verify(device, repairing: true))
        #expect(after.isEqual && after.repair == nil)
    }
}

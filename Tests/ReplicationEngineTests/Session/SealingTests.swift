import Crypto
import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Which row changes the hub seals.
struct SealingTests {
    private let house: HubHouse
    private var office: Office { house.office }

    init() throws { house = try HubHouse() }

    private func offerBackup() {
        office.store.change { $0.offeredBackups = [BackupRecord(path: "b", sequence: $0.head, milliseconds: 0)] }
    }

    private func order(_ device: inout Office.Device) throws -> RowKey {
        let (key, operations) = office.order(of: device)
        try office.write(&device, operations)
        return key
    }

    private func isSealed(_ change: WireRowChange?, _ key: RowKey) -> Bool {
        guard let change, !change.seal.isEmpty else { return false }
        return house.hub.rowSeal.isSealed(change, in: key.collection, version: office.schema.version)
    }

    @Test func withoutABackupNothingIs() throws {
        let key = try order(&office.ann)
        let connection = try house.open(office.ann)
        try house.confirm(connection)
        let envelope = try office.envelope(&office.bob, office.order(of: office.ann).1)
        let bobs = try house.open(office.bob)
        try house.upload([envelope], on: bobs)
        let changes = try house.rows(house.changes(connection))
        #expect(changes[key] != nil && changes.values.allSatisfy { $0.seal.isEmpty })
        #expect(house.changes(connection).contains { $0.live && !$0.collections.isEmpty })
    }

    @Test func whatNoBackupHasIs() throws {
        let before = try order(&office.ann)
        offerBackup()
        let after = try order(&office.ann)
        let connection = try house.open(office.ann)
        let rows = try house.rows(house.changes(connection))
        #expect(rows[before]?.seal.isEmpty == true)
        #expect(isSealed(rows[after], after))
    }

    @Test func whatIsPushedIs() throws {
        let key = try order(&office.ann)
        let connection = try house.open(office.ann)
        try house.confirm(connection)
        offerBackup()
        house.forgetSent()
        let seen = try #require(office.row(key)).sequence
        let write: [Office.Operation] = [(key, Part(group: 1), .set([.text("new")]), Context(sequence: seen))]
        try house.upload([office.envelope(&office.ann, write)], on: connection)
        let pushed = try house.rows(house.changes(connection))[key]
        #expect(isSealed(pushed, key))
        #expect(pushed?.whole == false)
    }

    @Test func everyPartOfALargeRowIs() throws {
        offerBackup()
        let key = try order(&office.ann)
        var row = try #require(office.row(key))
        let write = try #require(row[Part(group: 1)]?.siblings.first?.write)
        for index in 0..<3_000 {
            let part = Part(group: 7, element: "\(index) " + String(repeating: "e", count: 1_000))
            row[part] = CellState(part: part, sequence: write.sequence, siblings: [Sibling(write: write, content: .present)])
        }
        let large = row
        office.store.change { $0.rows[key] = large }
        let connection = try house.open(office.ann)
        var parts: [WireRowChange] = []
        var confirmed = 0
        while case let messages = house.changes(connection), messages.count > confirmed {
            confirmed = messages.count
            try house.confirm(connection)
        }
        for message in house.changes(connection) {
            parts += message.collections.flatMap(\.rows).filter { RowID(bytes: $0.row) == key.row }
        }
        #expect(parts.count > 2)
        for part in parts { #expect(isSealed(part, key)) }
    }

    /// A seal on what is not committed would make it true.
    @Test func aPredictionIsNot() throws {
        offerBackup()
        let key = try order(&office.ann)
        var hello = house.hello(office.ann)
        hello.preview = true
        let connection = try house.open(office.ann, hello)
        var request = WirePreviewRequest()
        request.envelopes = [try office.envelope(&office.ann, [(key, Part(group: 1), .set([.text("new")]), Context())])]
        try house.say(.previewRequest(request), on: connection)
        let preview = try #require(house.to(connection).compactMap { if case .preview(let preview) = $0 { preview } else { nil } }.last)
        let rows = preview.collections.flatMap(\.rows)
        #expect(!rows.isEmpty && rows.allSatisfy { $0.seal.isEmpty })
    }

    /// Sums come back with their increments: they are not handed in, and need no seal.
    @Test func aSumAloneIsNot() throws {
        let key = try order(&office.ann)
        offerBackup()
        let connection = try house.open(office.ann)
        try house.confirm(connection)
        house.forgetSent()
        let increment: [Office.Operation] = [(key, Part(group: 8), .increment(1), Context())]
        try house.upload([office.envelope(&office.ann, increment)], on: connection)
        let pushed = try #require(try house.rows(house.changes(connection))[key])
        #expect(pushed.seal.isEmpty)
    }
}

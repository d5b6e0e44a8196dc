import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// A session that asks what would happen, and changes nothing.
struct PreviewTests {
    private let house: HubHouse
    private let office: Office

    init() throws {
        house = try HubHouse()
        office = house.office
    }

    private func preview(_ device: Office.Device, _ envelopes: [WireEnvelope], _ change: (inout WireHello) -> Void = { _ in }) throws -> (ConnectionID, WirePreview?) {
        var hello = house.hello(device)
        hello.preview = true
        change(&hello)
        let connection = try house.open(device, hello)
        var request = WirePreviewRequest()
        request.request = 9
        request.envelopes = envelopes
        try house.say(.previewRequest(request), on: connection)
        return (connection, house.to(connection).compactMap { if case .preview(let preview) = $0 { preview } else { nil } }.last)
    }

    @Test func predictsVerdictsAndChangesAndChangesNothing() throws {
        var ann = office.ann
        let (order, operations) = office.order(of: ann)
        try office.write(&ann, operations + [office.set(order, 13, .reference(office.dora.user))])
        let seen = office.seen(order, 1)
        try office.dora([office.set(order, 1, .text("dora's"), seen: seen)])
        let before = office.store.now
        var offline = ann
        let envelope = try office.envelope(
            &offline, [office.set(order, 1, .text("ann's"), seen: seen), office.set(order, 11, .integer(9))])
        let (connection, answer) = try preview(offline, [envelope])
        let preview = try #require(answer)
        #expect(try preview.request == 9 && preview.at.core() == before.head && !preview.forks && !preview.more)
        var receipt = WireReceipt()
        receipt.body = try #require(preview.verdicts.first).serializedData()
        let predicted = try ReceiptCodec.decode(receipt)
        #expect(predicted.verdicts[0].outcome == .conflict)
        #expect(predicted.rules == [nil, .outsideDomain])
        let rows = preview.collections.flatMap { collection in collection.rows.map { RowID(bytes: $0.row) } }
        #expect(rows.contains(order.row))
        #expect(preview.collections.contains { $0.collection == OfficeSchema.conflicts && !$0.rows.isEmpty })

        let after = office.store.now
        #expect(after.head == before.head && after.rows == before.rows && after.quarantine == before.quarantine)
        #expect(after.replicasByID == before.replicasByID && after.releases == before.releases)
        #expect(house.changes(connection).isEmpty, "no catch-up")

        // The prediction holds.
        let real = try #require(try office.send(offline, [envelope])[0].receipt)
        #expect(real.rules == predicted.rules && real.verdicts[0].outcome == .conflict)
    }

    @Test func anOpenSessionGoesOnBesideIt() throws {
        let connection = try house.open(office.ann)
        _ = try preview(office.ann, [])
        #expect(house.failure(connection) == nil && !house.closed.contains(connection))
        var ann = office.ann
        let (_, operations) = office.order(of: ann)
        try house.upload([try office.envelope(&ann, operations)], on: connection)
        #expect(house.receipts(connection).count == 1)
    }

    @Test func aSplitStreamIsSaidAndNotForked() throws {
        var ann = office.ann
        let (_, operations) = office.order(of: ann)
        try office.write(&ann, operations)
        let before = office.store.now.replicasByID
        let (_, answer) = try preview(office.ann, [])
        #expect(answer?.forks == true)
        #expect(office.store.now.replicasByID == before)
    }

    @Test func itTakesNoUploads() throws {
        var ann = office.ann
        let (_, operations) = office.order(of: ann)
        let envelope = try office.envelope(&ann, operations)
        let (connection, _) = try preview(office.ann, [])
        try house.upload([envelope], on: connection)
        #expect(house.failure(connection) == .malformed)
        #expect(office.store.now.replicasByID[ann.replica]?.lastCounter == 0)
    }

    /// It is open for as long as its device wants; what its user receives may change meanwhile.
    @Test func itShowsWhatTheUserReceivesNow() throws {
        let (connection, _) = try preview(office.bob, [])
        let (order, operations) = office.order(of: office.bob)
        try office.dora(operations + [office.set(order, 13, .reference(office.dora.user))])
        func rows() throws -> [RowID] {
            try house.say(.previewRequest(WirePreviewRequest()), on: connection)
            let last = house.to(connection).compactMap { if case .preview(let preview) = $0 { preview } else { nil } }.last
            return last?.collections.flatMap { $0.rows.compactMap { RowID(bytes: $0.row) } } ?? []
        }
        #expect(try rows().contains(order.row))
        try office.dora([office.set(order, 2, .reference(office.ann.user))])
        #expect(try !rows().contains(order.row))
        office.store.change { state in
            guard var record = state.replicasByID[office.bob.replica] else { return }
            record.isRevoked = true
            state.replicasByID[office.bob.replica] = record
        }
        #expect(try rows().isEmpty)
    }

    @Test func oneAtATime() throws {
        let (connection, _) = try preview(office.ann, [])
        try house.say(.previewRequest(WirePreviewRequest()), on: connection)
        #expect(house.failure(connection) == nil, "the one before was answered")
        house.isPaused = true
        try house.say(.previewRequest(WirePreviewRequest()), on: connection)
        try house.say(.previewRequest(WirePreviewRequest()), on: connection)
        #expect(house.failure(connection) == .tooLarge)
    }

    @Test func onlyASessionOpenedForItIsAnswered() throws {
        let connection = try house.open(office.ann)
        try house.say(.previewRequest(WirePreviewRequest()), on: connection)
        #expect(house.failure(connection) == .malformed)
    }
}

import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// An office whose hub goes back to a backup, and whose devices hand in what they kept.
final class RestoredOffice {
    let office: Office
    private var backup: MemoryHubState
    /// What each device has written since the backup, with what the hub said of it.
    private var kept: [ReplicaID: [(envelope: WireEnvelope, receipt: WireReceipt?)]] = [:]

    /// - Parameter prepare: what happened before the backup.
    init(_ prepare: (Office) throws -> Void) throws {
        office = try Office()
        try prepare(office)
        backup = office.store.now
    }

    /// Writes something that the backup lacks.
    ///
    /// - Parameter hasVerdict: the hub's answer reached the device.
    @discardableResult
    func write(
        _ device: inout Office.Device, _ operations: [Office.Operation], _ options: Office.Options = Office.Options(),
        hasVerdict: Bool = true
    ) throws -> Receipt {
        let envelope = try office.envelope(&device, operations, options)
        let outcome = try office.send(device, [envelope])[0]
        guard case .receipt(let wire, _) = outcome else { throw MemoryHubState.Broken(what: "no receipt") }
        kept[device.replica, default: []].append((envelope, hasVerdict ? wire : nil))
        return try ReceiptCodec.decode(wire)
    }

    /// By somebody who sees the row as it stands.
    func deletion(of key: RowKey) throws -> Office.Operation {
        let covering = try #require(office.row(key)).cells.filter { $0.part != .liveness }.map {
            SeenCell(part: $0.part, context: Context(sequence: $0.sequence))
        }
        return (key, .liveness, .delete(covering: covering), Context(sequence: office.head))
    }

    /// Lets a device keep what was written before the backup, with the latest receipt for it.
    func keep(_ envelope: WireEnvelope, _ receipt: WireReceipt, by device: Office.Device) {
        kept[device.replica, default: []].append((envelope, receipt))
    }

    /// Writes something that never reached the hub.
    func writeOffline(
        _ device: inout Office.Device, _ operations: [Office.Operation], _ options: Office.Options = Office.Options()
    ) throws {
        kept[device.replica, default: []].append((try office.envelope(&device, operations, options), nil))
    }

    /// - Returns: the rows as they were, which devices may still hold.
    @discardableResult
    func restore() -> [RowKey: RowState] {
        let before = office.store.now.rows
        office.store.change { $0.restore(to: backup.head, from: backup) }
        backup = office.store.now
        return before
    }

    /// A device comes back: it gets another site, and hands in everything under it.
    @discardableResult
    func handIn(_ device: inout Office.Device, forging forge: (inout WireEnvelope) -> Void = { _ in }) throws -> [Receipt] {
        let results = try office.decide([.fork(ConnectionID(rawValue: 1), device.replica)]).1
        guard case .forked(_, let site) = results[0] else { throw MemoryHubState.Broken(what: "no site") }
        device.site = site
        device.counter = 0
        device.root = []
        var receipts: [Receipt] = []
        for index in kept[device.replica, default: []].indices {
            var (envelope, receipt) = kept[device.replica, default: []][index]
            device.counter += 1
            envelope.counter = device.counter
            envelope.predecessor = Data(device.root)
            if let receipt { envelope.formerReceipts.append(receipt) }
            forge(&envelope)
            device.root = try ChangesetCodec.decode(Array(envelope.changeset)).root
            guard case .receipt(let wire, _) = try office.send(device, [envelope])[0] else {
                throw MemoryHubState.Broken(what: "no receipt")
            }
            kept[device.replica]?[index] = (envelope, wire)
            receipts.append(try ReceiptCodec.decode(wire))
        }
        return receipts
    }

    /// A device hands in the states that it holds of some rows.
    func salvage(_ rows: [RowState], from device: Office.Device, isLast: Bool = true) throws {
        try salvage(rows.map { LostRow(state: $0) }, from: device, isLast: isLast)
    }

    /// A device hands in what it holds of some rows, with what these states contained of earlier lost times.
    func salvage(_ rows: [LostRow], from device: Office.Device, isLast: Bool = true) throws {
        let lost = rows.map { row in
            var row = row
            row.state.cells.removeAll { !office.store.now.hub.isLost($0.sequence) }
            return row
        }
        try office.decide([.salvage(ConnectionID(rawValue: 1), device.replica, lost, isLast: isLast)])
        if isLast { try office.decide([.judgeParked]) }
    }
}

/// A visit of Ann's waited for its order when the backup was made; in the time that will be lost Dora made the order, was shown
/// the visit, and Ann was not told.
struct ReleasedOffice {
    let restored: RestoredOffice
    let order: RowKey
    /// Another of Ann's, which everybody has known since before the backup.
    let other: RowKey
    let visit: RowKey
    /// Of the changeset with the visit.
    let identity: ChangesetID

    init() throws {
        var order = RowKey(collection: 0, row: .zero), other = order
        var making: [Office.Operation] = []
        var visit = order
        var identity = ChangesetID(high: 0, low: 0)
        restored = try RestoredOffice { office in
            let known = office.order(of: office.ann, title: "known")
            other = known.0
            _ = try office.send(office.dora, [try office.envelope(&office.dora, known.1)])
            (order, making) = office.order(of: office.ann)
            making.append(office.set(order, 13, .reference(office.dora.user)))
            visit = office.newRow(OfficeSchema.appointments)
            let waiting = try office.envelope(&office.ann, [
                (visit, .liveness, .create, Context()), office.set(visit, 1, .reference(order.row)),
                office.set(visit, 3, .text("as written")),
            ])
            identity = try ChangesetCodec.decode(Array(waiting.changeset)).header.identity
            _ = try office.send(office.ann, [waiting])
        }
        (self.order, self.other, self.visit, self.identity) = (order, other, visit, identity)
        try restored.write(&restored.office.dora, making)
        #expect(restored.office.value(visit, "note") == .text("as written"))
    }
}

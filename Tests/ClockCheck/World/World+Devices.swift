import Foundation
import ReplicationCore
import ReplicationEngine
import TestSupport
import WireProtocol

extension World {
    func instant(_ viewer: Int) -> DeviceInstant {
        DeviceInstant(wall: UInt64(Int64(now) + conditions.skews[viewer]), monotonic: history * 60_000, boot: 1)
    }

    func writeOnDevice(_ device: Int, _ cell: CellName) throws {
        let number = nextNumber(device)
        let effect = effect(on: cell, by: device, number: number)
        let row = key(cell.row).row, now = instant(device)
        let context = mistakenContext(cell, of: device)
        let seed = history << 20 | UInt64(number)
        let commit = try change(device) { replica, store in
            let transaction = replica.begin(in: store, at: now, random: SplitMix64(seed: seed))
            switch effect {
            case .set: try transaction.set("items", row, ["\(cell.kind)": .text("w\(number)")])
            case .add: try transaction.add("items", row, "tags", CellName.element)
            case .remove: try transaction.remove("items", row, "tags", CellName.element)
            case .increment(let amount): try transaction.increment("items", row, "count", by: amount)
            }
            var random = SplitMix64(seed: ~seed)
            return try replica.commit(transaction, in: store, at: now, random: &random)
        }
        guard let commit else { throw Deviation(what: "write \(number) on \(cell) was taken for nothing") }
        state.devices[device].written += 1
        state.devices[device].numbers[commit.identity] = number
        state.oracle.write(number, effect, cell, by: device)
        if let context { planter.contexts[commit.identity] = context }
    }

    func uploadFromDevice(_ device: Int) throws {
        if state.devices[device].link.needsHello { return try greet(device) }
        let link = state.devices[device].link
        let site = state.devices[device].replica.progress.site
        let entries = try state.devices[device].store.read {
            try $0.uploads(of: site, from: link.uploaded + 1, beyond: link.uploaded, bytes: 1)
        }
        guard let entry = entries.first, let number = state.devices[device].numbers[entry.identity] else {
            throw Deviation(what: "device \(device) has lost a changeset after \(link.uploaded)")
        }
        var envelope = WireEnvelope()
        envelope.counter = entry.dot.counter
        envelope.predecessor = Data(entry.predecessor)
        envelope.changeset = Data(entry.changeset)
        let submission = Submission(replica: Self.replica(device), site: site, envelope: envelope)
        guard let receipt = try commit(submission, number: number, viewer: device) else { return }
        state.devices[device].link.uploaded = entry.dot.counter
        state.devices[device].link.receipts.append(receipt)
    }

    func answerDevice(_ device: Int) throws {
        let wire = state.devices[device].link.receipts.removeFirst()
        _ = try change(device) { try $0.apply(verdicts: [wire], in: $1) }
        state.devices[device].link.isWaiting = false
        if let number = state.devices[device].numbers[try ReceiptCodec.decode(wire).identity] {
            state.oracle.answer(number, to: device)
        }
    }

    func deliver(_ device: Int) throws {
        let parcel = state.devices[device].link.data[0]
        do {
            _ = try change(device) { try $0.apply(parcel.message, in: $1) }
        } catch let obstacle as SumObstacle {
            switch obstacle {
            case .unanswered: state.devices[device].link.isWaiting = true
            case .ahead: try cut(device)
            }
            return
        }
        state.devices[device].link.data.removeFirst()
        state.oracle.deliver(
            rows: parcel.rows, evicted: parcel.evicted, complete: parcel.complete, asOf: parcel.position, to: device)
    }

    /// Nothing in memory survives; the next connection begins where the store says.
    func cut(_ device: Int) throws {
        let store = state.devices[device].store
        let replica = try store.read { try DeviceReplica(from: $0, schema: schema) }
        let site = replica.progress.site
        let first = try store.read { try $0.firstUnanswered(of: site) }
        state.devices[device].replica = replica
        state.devices[device].link = Link(
            sent: CatchUpCursor(bytes: replica.progress.cursor) ?? .start,
            uploaded: (first ?? replica.progress.lastCounter + 1) - 1)
        if !state.copies.isEmpty { state.devices[device].link.needsHello = true }
    }

    /// A device's transaction: durable and in memory, or neither.
    func change<Result>(
        _ device: Int, _ body: (inout DeviceReplica, any DeviceTransaction) throws -> Result
    ) throws -> Result {
        let store = state.devices[device].store
        if conditions.losesTransactions {
            var lost = state.devices[device].replica
            do {
                _ = try FailingDeviceStore(base: store).write { try body(&lost, $0) }
            } catch is FailingDeviceStore.PowerLoss {
                try checkReload(device)
            }
        }
        var next = state.devices[device].replica
        let result = try store.write { try body(&next, $0) }
        state.devices[device].replica = next
        try checkReload(device)
        return result
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import TestSupport
import WireProtocol

/// People behind a gateway: pages that are rendered and sent off, with the same rules as on a device.
extension World {
    func writeOnScreen(_ screen: Int, _ cell: CellName) throws {
        let viewer = Self.devices + screen, number = nextNumber(viewer)
        let effect = effect(on: cell, by: viewer, number: number)
        let action: Action = switch effect {
        case .set: .set([.text("w\(number)")])
        case .add: .add
        case .remove: .remove
        case .increment(let amount): .increment(amount)
        }
        let own = state.gateway.screens[screen].pending.operations(on: key(cell.row))
        let context = mistakenContext(cell, of: viewer) ?? ContextRule.context(
            of: cell.part, confirmed: state.gateway.screens[screen].confirmed[cell.row], own: own)
        let operation = CellOperation(position: 0, key: key(cell.row), part: cell.part, action: action, context: context)
        let header = ChangesetHeader(
            identity: ChangesetID(high: 0x0199_0000_0000_7000, low: 1 << 63 | history << 20 | UInt64(number)),
            author: state.gateway.record.user, role: ClockSchema.role,
            stamp: state.gateway.clock.tick(wallMilliseconds: instant(viewer).wall), schemaVersion: schema.version, basis: .zero)
        var random = SplitMix64(seed: history << 20 | UInt64(number))
        let (bytes, root) = try ChangesetCodec.encode(header, [operation], saltSeed: random.bytes(16))
        var envelope = WireEnvelope()
        envelope.counter = state.gateway.counter + 1
        envelope.predecessor = Data(state.gateway.root)
        envelope.changeset = Data(bytes)
        state.gateway.counter += 1
        state.gateway.root = root
        state.gateway.outbox.append((screen, number, envelope))
        state.gateway.screens[screen].written += 1
        state.gateway.screens[screen].pending.insert(
            try ChangesetCodec.decode(bytes), dot: Dot(site: state.gateway.record.site, counter: state.gateway.counter),
            receipt: nil, reader: DerivationReader(schema: schema))
        state.oracle.write(number, effect, cell, by: viewer)
    }

    func uploadFromGateway() throws {
        let (screen, number, envelope) = state.gateway.outbox[state.gateway.uploaded]
        let submission = Submission(replica: state.gateway.record.id, envelope: envelope)
        guard let receipt = try commit(submission, number: number, viewer: Self.devices + screen) else {
            throw Deviation(what: "the gateway's stream has split")
        }
        state.gateway.uploaded += 1
        state.gateway.screens[screen].receipts.append(receipt)
    }

    func answerScreen(_ screen: Int) throws {
        let receipt = try ReceiptCodec.decode(state.gateway.screens[screen].receipts.removeFirst())
        guard let number = state.gateway.outbox.first(where: { $0.envelope.counter == receipt.dot.counter })?.number,
            let cell = state.oracle.writes[number]?.cell
        else { return }
        _ = state.gateway.screens[screen].pending.answer(receipt, on: [key(cell.row)])
        state.gateway.clock.observe(receipt.verdicts[0].effective)
        settle(screen)
        state.oracle.answer(number, to: Self.devices + screen)
    }

    /// The page is rendered anew, from the hub's present state.
    func look(_ screen: Int) throws {
        for row in 0..<conditions.rows {
            let (found, head) = try hub.read { (try $0.row(key(row)), try $0.head) }
            state.gateway.screens[screen].confirmed[row] = found
            for sibling in found?.cells.flatMap(\.siblings) ?? [] { state.gateway.clock.observe(sibling.write.effective) }
            settle(screen)
            state.oracle.deliver(
                rows: found == nil ? [] : [row], evicted: [], complete: nil, asOf: head.number, to: Self.devices + screen)
        }
    }

    private func settle(_ screen: Int) {
        for row in 0..<conditions.rows {
            let confirmed = state.gateway.screens[screen].confirmed[row]
            state.gateway.screens[screen].pending.settle(key(row), confirmed: confirmed, basis: .zero) { _ in true }
        }
    }

    func view(_ screen: Int, _ row: Int) -> RowState? {
        guard let items = schema.collection(ClockSchema.items) else { return nil }
        return DeviceView.render(
            key(row), confirmed: state.gateway.screens[screen].confirmed[row],
            own: state.gateway.screens[screen].pending.operations(on: key(row)), in: items)
    }
}

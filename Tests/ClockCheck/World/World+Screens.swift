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
        let own = state.gateway.screens[screen].own.filter { $0.operation.key == key(cell.row) }
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
        state.gateway.screens[screen].own.append(PendingOperation(
            identity: header.identity, dot: Dot(site: state.gateway.record.site, counter: state.gateway.counter),
            author: header.author, role: header.role, stamp: header.stamp, operation: operation))
        state.oracle.write(number, effect, cell, by: viewer)
    }

    func uploadFromGateway() throws {
        let (screen, number, envelope) = state.gateway.outbox[state.gateway.uploaded]
        let receipt = try commit(
            Submission(replica: state.gateway.record.id, envelope: envelope), number: number, viewer: Self.devices + screen)
        state.gateway.uploaded += 1
        state.gateway.screens[screen].receipts.append(receipt)
    }

    func answerScreen(_ screen: Int) throws {
        let receipt = try ReceiptCodec.decode(state.gateway.screens[screen].receipts.removeFirst())
        guard let index = state.gateway.screens[screen].own.firstIndex(where: { $0.identity == receipt.identity }) else { return }
        let pending = state.gateway.screens[screen].own[index]
        state.gateway.screens[screen].own[index].verdict = receipt.verdicts[0]
        state.gateway.clock.observe(receipt.verdicts[0].effective)
        settle(screen)
        if let number = state.gateway.outbox.first(where: { $0.envelope.counter == pending.dot.counter })?.number {
            state.oracle.answer(number, to: Self.devices + screen)
        }
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
        let confirmed = state.gateway.screens[screen].confirmed
        state.gateway.screens[screen].own.removeAll { pending in
            number(of: pending.operation.key).map {
                pending.isEchoed(by: confirmed[$0], basis: .zero, isReadable: true)
            } ?? true
        }
    }

    func view(_ screen: Int, _ row: Int) -> RowState? {
        guard let items = schema.collection(ClockSchema.items) else { return nil }
        return DeviceView.render(
            key(row), confirmed: state.gateway.screens[screen].confirmed[row],
            own: state.gateway.screens[screen].own.filter { $0.operation.key == key(row) }, in: items)
    }
}

import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// The rules that are known to be wrong. Each is planted between the product's parts, to see that it is found.
public enum Mistake: String, Sendable, CaseIterable {
    /// The hub keeps the sibling that is shown, and no other.
    case keepingOnlyTheWinner
    /// A context is what the device was complete up to.
    case checkpointAsContext
    /// A context is the cell's present state, although an own write hides it.
    case presentStateWhilePending
    /// A context contains everything that came before it from the same site.
    case ownCounterAsContext
    /// A context is taken from a state that has arrived but is not on the screen yet.
    case contextFromUnseenData
    /// An own write leaves the view when its receipt comes.
    case lettingGoAtReceipt
}

/// Changes what travels between devices and hub.
struct Planter: Sendable {
    /// What mistaken writers claim to have seen.
    var contexts: [ChangesetID: Context] = [:]
    /// Under which root the hub knows a changeset of a device, and the way back.
    private var rootsAtHub: [[UInt8]: [UInt8]] = [:]
    private var rootsAtDevice: [[UInt8]: [UInt8]] = [:]

    mutating func submission(_ submission: Submission, _ mistake: Mistake?) throws -> Submission {
        guard mistake != nil, case .decoded(let changeset) = submission.content else { return submission }
        var envelope = WireEnvelope()
        envelope.counter = submission.counter
        envelope.predecessor = Data(rootsAtHub[submission.predecessor] ?? submission.predecessor)
        envelope.changeset = Data(submission.bytes)
        if let context = contexts[changeset.header.identity] {
            let operations = changeset.operations.map { operation in
                var operation = operation
                operation.context = context
                return operation
            }
            let (bytes, root) = try ChangesetCodec.encode(changeset.header, operations, saltSeed: Array(repeating: 7, count: 16))
            envelope.changeset = Data(bytes)
            rootsAtHub[changeset.root] = root
            rootsAtDevice[root] = changeset.root
        }
        return Submission(replica: submission.replica, envelope: envelope)
    }

    func receipt(_ wire: WireReceipt, _ mistake: Mistake?) throws -> WireReceipt {
        guard let mistake else { return wire }
        var receipt = try ReceiptCodec.decode(wire)
        receipt.root = rootsAtDevice[receipt.root] ?? receipt.root
        if mistake == .lettingGoAtReceipt {
            for index in receipt.verdicts.indices { receipt.verdicts[index].sequence = .zero }
        }
        return try ReceiptCodec.encode(receipt, seal: ReceiptSeal(key: SymmetricKey(data: Data(count: 32))))
    }
}

extension World {
    /// What a mistaken writer would claim now; nil where it makes no difference.
    func mistakenContext(_ cell: CellName, of viewer: Int) -> Context? {
        let isDevice = viewer < Self.devices
        switch conditions.mistake {
        case nil, .keepingOnlyTheWinner, .lettingGoAtReceipt: return nil
        case .checkpointAsContext:
            guard isDevice, state.oracle.viewers[viewer].own[cell] == nil else { return nil }
            return Context(sequence: state.devices[viewer].replica.progress.basis)
        case .presentStateWhilePending:
            let pending = isDevice ? state.devices[viewer].replica.pending : state.gateway.screens[viewer - Self.devices].pending
            let mine = pending.operations(on: key(cell.row)).filter { $0.operation.part == cell.part }
            return mine.isEmpty ? nil : Context(sequence: confirmed(cell, viewer)?.sequence ?? .zero, pending: mine.map(\.identity))
        case .ownCounterAsContext:
            guard !isDevice else { return nil }
            let screen = state.gateway.screens[viewer - Self.devices]
            let before = state.gateway.outbox.compactMap { sent in
                (try? ChangesetCodec.decode(Array(sent.envelope.changeset)))?.header.identity  // Made here; it decodes.
            }
            return Context(sequence: screen.confirmed[cell.row]?[cell.part]?.sequence ?? .zero, pending: before)
        case .contextFromUnseenData:
            guard isDevice, state.oracle.viewers[viewer].own[cell] == nil,
                let parcel = state.devices[viewer].link.data.last(where: { $0.rows.contains(cell.row) })
            else { return nil }
            return Context(sequence: CommitSequence(epoch: 1, number: parcel.position))
        }
    }

    private func confirmed(_ cell: CellName, _ viewer: Int) -> CellState? {
        if viewer >= Self.devices { return state.gateway.screens[viewer - Self.devices].confirmed[cell.row]?[cell.part] }
        // A store in memory or a temporary folder; what cannot be read makes no claim.
        return (try? state.devices[viewer].store.read { try $0.confirmed(key(cell.row)) })?[cell.part]
    }
}

/// The hub's store as it would be if it kept one sibling only.
struct WinnerOnlyHubStore: HubStore {
    let base: any HubStore
    let schema: Schema

    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        try base.commit({ reader in
            var (plan, extra) = try decide(reader)
            for row in plan.rows.indices {
                for cell in plan.rows[row].cells.indices {
                    let state = plan.rows[row].cells[cell]
                    let policy = schema.collection(plan.rows[row].key.collection)?.policy(of: state.part) ?? .lastWriter
                    plan.rows[row].cells[cell].siblings = Shown.sibling(of: state, policy: policy).map { [$0] } ?? []
                }
            }
            return (plan, extra)
        }, lastStep: lastStep)
    }

    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result { try base.read(body) }
    func scrub(compacting: Bool) throws { try base.scrub(compacting: compacting) }
    func backup(to path: String) throws { try base.backup(to: path) }
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int {
        try base.collectBlobs(endedBefore: before, limit: limit, remove: remove)
    }
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws { try base.noteUnnamed(blobs, at: milliseconds) }
    func close() throws { try base.close() }
}

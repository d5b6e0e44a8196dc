import ReplicationCore
import SwiftProtobuf
import WireProtocol

/// Some of what the hub has lost and this device was sent, ready to be handed in.
struct LostForms: Sendable, Equatable {
    var rows: [WireSealedRows] = []
    /// The place before the first of them, and the last place that was looked at.
    let first: UInt64
    var last: UInt64
    /// No more are kept.
    var isLast = false

    mutating func append(_ change: WireRowChange, of form: SealedForm) {
        if rows.last?.collection != form.key.collection || rows.last?.schemaVersion != form.schemaVersion {
            var batch = WireSealedRows()
            batch.collection = form.key.collection
            batch.schemaVersion = form.schemaVersion
            rows.append(batch)
        }
        rows[rows.count - 1].rows.append(change)
    }
}

/// What the hub may lose by being restored is kept as it came, under its seal: it takes it back only so.
extension DeviceReplica {
    /// Keeps what came of a row if the hub has sealed it, and lets go of what need not be handed in any more.
    ///
    /// A form is kept while it is the latest to hold some cell's state that is held here and that the hub may lose. So are
    /// the latest of those that tell of a write where it stood, although others have taken its place since: a restored hub
    /// that is handed in the write anew must know that it had been seen.
    ///
    /// - Parameters:
    ///   - incoming: what is in the change.
    ///   - confirmed: the row as it is held now.
    func keepSealed(
        _ change: WireRowChange, _ incoming: RowState, confirmed: RowState, in store: any DeviceTransaction
    ) throws {
        let key = incoming.key
        let former = try store.sealed(of: key)
        if change.seal.isEmpty, former.isEmpty { return }
        func isHeld(_ cell: CellState) -> Bool { confirmed[cell.part]?.sequence == cell.sequence }
        var spokenFor = Set(incoming.cells.filter(isHeld).map(\.part))
        var told = Set(incoming.cells.flatMap(\.places))
        var earlier = 0
        var earlierBytes = 0
        for form in former.reversed() {
            if form.schemaVersion != schema.version {
                // Its cells are named otherwise. The hub sends every row whole in the new form.
                if change.whole { try store.removeSealed(at: form.place) }
                continue
            }
            let all = cells(of: form)
            let cells = all.filter(mayBeLost)
            if !cells.contains(where: { isHeld($0) && !spokenFor.contains($0.part) }) {
                // Of a row that is sent whole, what is not in it may not be read any more.
                let isReadable = !change.whole || all.allSatisfy { cell in
                    incoming.cells.contains { $0.part.group == cell.part.group }
                }
                earlierBytes += form.change.count
                guard isReadable, earlier < DeviceLimits.earlierFormsPerRow, earlierBytes <= DeviceLimits.earlierFormBytesPerRow,
                    !told.isSuperset(of: cells.flatMap(\.places))
                else {
                    try store.removeSealed(at: form.place)
                    continue
                }
                earlier += 1
            }
            spokenFor.formUnion(cells.filter(isHeld).map(\.part))
            told.formUnion(cells.flatMap(\.places))
        }
        guard !change.seal.isEmpty, incoming.cells.contains(where: { mayBeLost($0) && isHeld($0) }) else { return }
        try store.append(SealedForm(
            key: key, schemaVersion: schema.version, sequence: incoming.sequence, change: try change.serializedBytes()))
    }

    /// The cells of a form; none if its bytes are damaged, and it is of no use.
    private func cells(of form: SealedForm) -> [CellState] {
        guard let collection = schema.collection(form.key.collection) else { return [] }
        do {
            return try RowChangeCodec.decode(WireRowChange(serializedBytes: form.change), key: form.key, in: collection).cells
        } catch {
            return []
        }
    }

    /// True of a state that is not in every backup, or that the hub has lost already.
    private func mayBeLost(_ cell: CellState) -> Bool {
        cell.isHandedIn && (cell.sequence > progress.safe || ended.isLost(cell.sequence))
    }

    /// Lets go of what every backup holds. What the hub has lost and has not been handed in is in none of them, whatever
    /// its number.
    func dropSafeForms(in store: any DeviceTransaction) throws {
        let safe = progress.safe
        for kept in ended.kept where kept.epoch < ended.epoch {
            try store.removeSealed(after: CommitSequence(epoch: kept.epoch, number: 0), upTo: min(kept, safe))
        }
        let present = CommitSequence(epoch: ended.epoch, number: 0)
        if safe > present { try store.removeSealed(after: present, upTo: safe) }
    }

    /// Everything was handed in, and this device is complete: what had been lost is in the hub now, and in every backup
    /// that has all up to here. If the hub loses that, it is handed in once more.
    func noteHandedIn(in store: any DeviceTransaction) throws {
        guard progress.epoch == ended.epoch else { return }
        for kept in ended.lastKept {
            let last = CommitSequence(epoch: kept.epoch, number: CommitSequence.highestNumber)
            try store.moveSealed(after: kept, upTo: last, to: progress.basis)
        }
    }

    /// What is kept of cells whose state the hub has lost, as one message; what came first comes first, so that no state comes
    /// back before those that it had taken the place of.
    ///
    /// - Parameter after: the last place that was looked at; 0 at the beginning.
    func lostForms(after: UInt64, in store: any DeviceReader) throws -> LostForms {
        var lost = LostForms(first: after, last: after)
        var bytes = 0
        while true {
            let page = try store.sealed(after: lost.last, bytes: ProtocolLimits.uploadTargetBytes)
            if page.isEmpty {
                lost.isLast = true
                return lost
            }
            for form in page {
                if ended.isLost(form.sequence), let change = change(of: form) {
                    // One may always be in a message, however large: it came in one.
                    if bytes > 0, bytes + form.change.count > ProtocolLimits.uploadTargetBytes { return lost }
                    bytes += form.change.count
                    lost.append(change, of: form)
                }
                lost.last = form.place
            }
        }
    }

    /// What is kept of lost states that the writer of some changesets had been sent before it wrote: the hub is to know
    /// what stood there when it takes in what has taken its place. As much as goes into one message; the rest follows when
    /// everything is handed in.
    func lostForms(seenBy entries: [OutboxEntry], in store: any DeviceReader) throws -> [WireSealedRows] {
        if progress.epoch >= ended.epoch { return [] }
        var seen: [RowKey: [SeenCell]] = [:]
        for entry in entries {
            for operation in ChangesetCodec.readable(entry.changeset)?.operations ?? [] {
                seen[operation.key, default: []] += operation.seenCells.filter { ended.isLost($0.context.sequence) }
            }
        }
        var lost = LostForms(first: 0, last: 0)
        var bytes = 0
        for (key, contexts) in seen.sorted(by: { $0.key < $1.key }) where !contexts.isEmpty {
            for form in try store.sealed(of: key) where form.schemaVersion == schema.version {
                let isSeen = cells(of: form).contains { cell in
                    ended.isLost(cell.sequence) && contexts.contains { seen in
                        seen.covers(cell.part) && cell.sequence.epoch == seen.context.sequence.epoch
                            && cell.sequence <= seen.context.sequence
                    }
                }
                guard isSeen, bytes + form.change.count <= ProtocolLimits.uploadTargetBytes, let change = change(of: form)
                else { continue }
                bytes += form.change.count
                lost.append(change, of: form)
            }
        }
        return lost.rows
    }

    private func change(of form: SealedForm) -> WireRowChange? {
        do {
            return try WireRowChange(serializedBytes: form.change)
        } catch {
            // Damaged on the disk: nobody can tell what it was.
            return nil
        }
    }

    /// Forgets what the hub has lost and does not know again.
    func dropLostForms(after: UInt64, upTo last: UInt64, in store: any DeviceTransaction) throws {
        var place = after
        while place < last, case let page = try store.sealed(after: place, bytes: ProtocolLimits.uploadTargetBytes), !page.isEmpty {
            for form in page where form.place <= last && ended.isLost(form.sequence) { try store.removeSealed(at: form.place) }
            place = page.last?.place ?? last
        }
    }
}

extension CellOperation {
    /// The cells of which its writer says what it had seen.
    fileprivate var seenCells: [SeenCell] {
        let own = SeenCell(part: part, context: context)
        if case .delete(let covering) = action { return [own] + covering }
        return [own]
    }
}

/// Where a write stood in a cell.
private struct StoodPlace: Hashable {
    let part: Part
    let identity: ChangesetID
    let sequence: CommitSequence
}

extension CellState {
    fileprivate var places: [StoodPlace] {
        siblings.flatMap { sibling in
            ([sibling.write.sequence] + (sibling.write.former?.places ?? [])).map {
                StoodPlace(part: part, identity: sibling.write.identity, sequence: $0)
            }
        }
    }
}

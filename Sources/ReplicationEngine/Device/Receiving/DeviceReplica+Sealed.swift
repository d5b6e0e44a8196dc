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
    /// Keeps what came of a row if the hub has sealed it, and lets go of what nothing is handed in from any more.
    ///
    /// A form is kept as long as it is the latest to hold some cell's state that is held here and that the hub may lose.
    /// So a row has no more forms than such cells.
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
        // The hub has said of these what it wants to know of them again.
        var spokenFor = Set(incoming.cells.filter { confirmed[$0.part]?.sequence == $0.sequence }.map(\.part))
        for form in former.reversed() {
            if form.schemaVersion != schema.version {
                // Its cells are named otherwise. The hub sends every row whole in the new form.
                if change.whole { try store.removeSealed(at: form.place) }
                continue
            }
            let needed = cells(of: form).filter { cell in
                !spokenFor.contains(cell.part) && mayBeLost(cell) && confirmed[cell.part]?.sequence == cell.sequence
            }
            if needed.isEmpty { try store.removeSealed(at: form.place) }
            spokenFor.formUnion(needed.map(\.part))
        }
        guard !change.seal.isEmpty,
            incoming.cells.contains(where: { mayBeLost($0) && confirmed[$0.part]?.sequence == $0.sequence })
        else { return }
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

    /// Lets go of what every backup holds. What the hub has lost is not in them, whatever its number: it goes with the
    /// row's next state.
    func dropSafeForms(in store: any DeviceTransaction) throws {
        let safe = progress.safe
        for kept in ended.kept where kept.epoch < ended.epoch {
            try store.removeSealed(after: CommitSequence(epoch: kept.epoch, number: 0), upTo: min(kept, safe))
        }
        let present = CommitSequence(epoch: ended.epoch, number: 0)
        if safe > present { try store.removeSealed(after: present, upTo: safe) }
    }

    /// What is kept of cells whose state the hub has lost, as one message.
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

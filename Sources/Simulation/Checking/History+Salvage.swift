import ReplicationCore
import ReplicationEngine
import WireProtocol

/// After a restore of the hub: what devices hold of the time that it has lost has to come back, also where its writer
/// does not.
extension History {
    /// A write that a device held in a state which the hub has lost.
    struct HeldWrite: Hashable {
        let device: Int
        let key: RowKey
        let part: Part
        let identity: ChangesetID
    }

    /// A write of which a device could tell that it had stood at a place.
    struct ToldWrite: Hashable {
        let device: Int
        let key: RowKey
        let part: Part
        let identity: ChangesetID
        let place: CommitSequence
    }

    /// A state of which a device could tell up to where it contained lost times.
    struct ToldState: Hashable {
        let device: Int
        let key: RowKey
        let part: Part
        let siblings: Set<ChangesetID>
        let contained: [CommitSequence]
    }

    /// How the hub judged a device's changeset.
    func judgement(
        of changeset: DecodedChangeset, _ verdicts: [Verdict], _ entry: LogEntry, _ reader: any HubReader
    ) throws -> QuarantineTruth.Judgement {
        try checkWhole(changeset, verdicts, reader)
        var staying: Set<UInt32> = []
        if let discarded = changeset.header.discards, let receipt = try reader.adopted(discarded)?.receipt,
            let known = try reader.entry(of: discarded) {
            let former = try ReceiptCodec.decode(WireReceipt(serializedBytes: receipt)).verdicts
            let written = try ChangesetCodec.decode(known.changeset)
            staying = Set(written.operations.filter {
                Int($0.position) < former.count && former[Int($0.position)].isAccepted && hasPlace($0, ofVersion: written.header.schemaVersion)
            }.map(\.position))
        }
        let known = try reader.adopted(entry.identity)?.receipt
        let former = try known.map { try ReceiptCodec.decode(WireReceipt(serializedBytes: $0)).verdicts } ?? verdicts
        return QuarantineTruth.Judgement(
            changeset: changeset, verdicts: verdicts, former: former, hasAccess: hasAccess(entry), staying: staying)
    }

    /// Notes what devices hold of what has just been lost. Two that share an identity may never hand in what they held;
    /// of a device that is not up nobody can tell what it holds, nor, if it has handed in what it held before, whether it still does.
    func noteHeldOfLostTime(by devices: [DeviceNode]) {
        for device in devices where !device.isCloned {
            if let progress = device.driver?.replica.progress { handedIn[device.index] = progress.epoch }
            // It has handed in everything to the epoch that ended, and may have let go of it since.
            if let hub, let epoch = handedIn[device.index], epoch + 1 >= hub.epoch { forgetHeld(by: device.index) }
            guard let store = device.store else { continue }
            do {
                try store.read { reader in
                    for collection in schema.collections where !isInbox(collection) {
                        for row in try reader.confirmedRows(of: collection.number, after: nil, upTo: nil, limit: .max).compactMap(\.state) {
                            note(row, of: collection, heldBy: device)
                        }
                    }
                    for form in try reader.sealed(after: 0, bytes: .max) { try noteTold(by: form, of: device) }
                }
            } catch {
                // Its disk has stopped, and it has not noticed yet.
                forgetHeld(by: device.index)
            }
        }
    }

    private func note(_ row: RowState, of collection: ReplicationCore.Collection, heldBy device: DeviceNode) {
        for cell in row.cells
        where hub?.isLost(cell.sequence) == true && isSalvageable(cell.part, collection) && isSame(cell, on: device, of: row.key, in: row) {
            for sibling in cell.siblings {
                held.insert(HeldWrite(device: device.index, key: row.key, part: cell.part, identity: sibling.write.identity))
            }
            for write in everAccepted(in: cell.part, of: row.key)
            where write.sequence.epoch == cell.sequence.epoch && write.sequence <= cell.sequence && cell.sibling(of: write.identity) == nil {
                seenByHeld.insert(HeldWrite(device: device.index, key: row.key, part: cell.part, identity: write.identity))
            }
        }
    }

    private func noteTold(by form: SealedForm, of device: DeviceNode) throws {
        guard form.schemaVersion == schema.version, let collection = schema.collection(form.key.collection) else { return }
        let change = try WireRowChange(serializedBytes: form.change)
        let row = try RowChangeCodec.decode(change, key: form.key, in: collection)
        for (index, cell) in row.cells.enumerated() where hub?.isLost(cell.sequence) == true {
            let contained = change.contained.filter { Int($0.cell) == index }.map {
                CommitSequence(epoch: $0.upTo.epoch, number: $0.upTo.number)
            }
            toldStates.insert(ToldState(
                device: device.index, key: row.key, part: cell.part, siblings: Set(cell.siblings.map(\.write.identity)),
                contained: [cell.sequence] + contained))
            for write in cell.siblings.map(\.write) {
                for place in [write.sequence] + (write.former?.places ?? []) {
                    told.insert(ToldWrite(
                        device: device.index, key: row.key, part: cell.part, identity: write.identity, place: place))
                }
            }
        }
    }

    /// What the device held is lost with it. What it could tell of writes that had gone, it may have told before.
    func forgetHeld(by device: Int) {
        held = held.filter { $0.device != device }
        told = told.filter { $0.device != device }
        toldStates = toldStates.filter { $0.device != device }
    }

    /// In the end each of them is accepted again, or was seen by the writer of something that is.
    func checkSalvage() {
        for write in held.sorted(by: { ($0.key, $0.part, $0.identity) < ($1.key, $1.part, $1.identity) }) {
            // What was taken away meanwhile does not come back.
            if erased.contains(write.key) || purged[write.key] != nil { continue }
            let cell = cells[write.key]?[write.part]
            if cell?.hasTaken(write.identity) == true { continue }
            // What had taken its place is gone with its writer, and somebody held the state that came of it.
            if seenByHeld.contains(where: { $0.key == write.key && $0.part == write.part && $0.identity == write.identity }) { continue }
            violation(of: "salvage", """
                Before the hub was restored, device \(write.device + 1) held \(write.identity.short) in cell \(write.part) of \
                \(write.key); the hub has not got it back.
                """)
        }
    }

    /// The hub makes conflicts and reviews anew, from what they follow from.
    private func isInbox(_ collection: ReplicationCore.Collection) -> Bool { ["conflict", "review"].contains(collection.name) }

    /// Sums come back by their increments only.
    private func isSalvageable(_ part: Part, _ collection: ReplicationCore.Collection) -> Bool {
        if part == .liveness { return true }
        switch collection.policy(of: part) {
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .writeOnce, .hubOnly: return true
        case .counter, .derived: return false
        }
    }
}

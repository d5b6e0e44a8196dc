import ReplicationCore

/// After a restore: states of lost time tell where writes stood that others have superseded since. A writer that has lost
/// its receipt hands such a write in as if it were new; then it is known that it had been seen.
extension CommitDecision {
    /// Which siblings of the states in a message are superseded by later states in it.
    struct Superseded {
        private struct Place: Hashable {
            let key: RowKey
            let part: Part
            let epoch: UInt32
        }

        private let latest: [Place: CellState]

        init(_ states: [RowState]) {
            var latest: [Place: CellState] = [:]
            for row in states {
                for cell in row.cells {
                    let place = Place(key: row.key, part: cell.part, epoch: cell.sequence.epoch)
                    if let known = latest[place], known.sequence >= cell.sequence { continue }
                    latest[place] = cell
                }
            }
            self.latest = latest
        }

        func contains(_ sibling: Sibling, of cell: CellState, _ key: RowKey) -> Bool {
            guard let latest = latest[Place(key: key, part: cell.part, epoch: cell.sequence.epoch)],
                latest.sequence > cell.sequence
            else { return false }
            return latest.sibling(of: sibling.write.identity) == nil
        }
    }

    /// Takes notice of where writes stood that a replica had been sent before it wrote what comes next. Nothing is taken in:
    /// its writer may hand it in, and those who hold it do.
    mutating func recallPlaces(_ states: [RowState], from replica: ReplicaID) throws {
        guard let record = try self.replica(replica), !record.isRevoked else { return }
        let states = try states.filter { try !isTaken($0) }
        let superseded = Superseded(states)
        for row in states {
            guard let collection = schema.collection(row.key.collection) else { continue }
            for cell in row.cells where isSalvageable(cell, collection) {
                for sibling in cell.siblings {
                    let identity = sibling.write.identity
                    if !superseded.contains(sibling, of: cell, row.key),
                        try rows.row(row.key)?[cell.part]?.sibling(of: identity) != nil,
                        try isMissing(sibling, of: cell, row.key) {
                        // It stands, and is given its place by what takes it in.
                        try takeIn([Lost(key: row.key, sibling: sibling, state: cell)], of: identity, from: replica)
                    } else {
                        try notePlaces(of: sibling, in: cell, row.key, collection, superseded, from: replica)
                    }
                }
            }
        }
    }

    /// Notes where a write stood that is not taken in from this state. Where it stands here without that being known, and
    /// has been seen, it gives way.
    mutating func notePlaces(
        of sibling: Sibling, in cell: CellState, _ key: RowKey, _ collection: ReplicationCore.Collection,
        _ superseded: Superseded, from replica: ReplicaID
    ) throws {
        let identity = sibling.write.identity
        guard let place = sibling.write.place(in: cell.sequence.epoch), hub.isLost(place) else { return }
        let known = try adopted(identity)
        if let known, known.former.places.contains(place) { return }
        let told = (sibling.write.former?.places ?? []) + [sibling.write.sequence]
        guard let former = FormerPlaces((known?.former.places ?? []) + told.filter(hub.isLost)) else { return }
        let note = AdoptedChangeset(identity: identity, former: former, sequence: head, receipt: known?.receipt)
        change { $0.adopted.append(note) }
        guard collection.policy(of: cell.part) != .writeOnce, let held = try rows.row(key)?[cell.part],
            let standing = held.sibling(of: identity), standing.write.place(in: place.epoch) == nil
        else { return }
        let hasGone = try superseded.contains(sibling, of: cell, key) || place <= contained(cell.part, of: key, in: place.epoch)
        if hasGone { try takeOut(of: held, key, Context(pending: [identity]), beside: [], replica) }
    }
}

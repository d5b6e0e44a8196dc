import ReplicationCore
import WireProtocol

/// After a restore: states of lost time tell where writes stood that others have superseded since. A writer that has lost
/// its receipt hands such a write in as if it were new; then it is known that it had been seen.
extension CommitDecision {
    /// Takes notice of where writes stood that a replica had been sent before it wrote what comes next. No value is taken in:
    /// its writer may hand it in, and those who hold it do.
    mutating func noteSeen(_ seen: [LostRow], by replica: ReplicaID) throws {
        guard let record = try self.replica(replica), !record.isRevoked else { return }
        for row in try seen.filter({ try !isTaken($0.state) }) {
            let key = row.state.key
            guard let collection = schema.collection(key.collection) else { continue }
            for cell in row.state.cells where isSalvageable(cell, collection) {
                for sibling in cell.siblings { _ = try notePlace(of: sibling, in: cell, key, collection, from: replica) }
                for place in row.contained(in: cell.part) { try noteContained(place, by: cell, of: key, collection, replica) }
            }
        }
    }

    /// Notes what a state of lost time contained of a still earlier one, for whoever has seen that state. It counts at once, if
    /// something that has is here already.
    private mutating func noteContained(
        _ place: CommitSequence, by cell: CellState, of key: RowKey, _ collection: ReplicationCore.Collection, _ replica: ReplicaID
    ) throws {
        guard hub.isLost(place), place.epoch < cell.sequence.epoch else { return }
        if try !contained(cell.part, of: key, at: cell.sequence).contains(place) {
            let name = stateName(cell.part, of: key, at: cell.sequence)
            try note([ToldPlace(identity: name, key: key, part: cell.part, place: place, isTakenIn: false)])
        }
        if try contained(cell.part, of: key, in: cell.sequence.epoch) >= cell.sequence {
            try conclude(cell, at: place, of: key, collection, replica)
        }
    }

    /// What a lost state contained of still earlier lost times, as far as that was told.
    mutating func contained(_ part: Part, of key: RowKey, at sequence: CommitSequence) throws -> [CommitSequence] {
        guard hub.isLost(sequence) else { return [] }
        return try told(of: stateName(part, of: key, at: sequence)).map(\.place)
    }

    /// A name for a state, under which it is told what it contained: no changeset has it.
    private func stateName(_ part: Part, of key: RowKey, at sequence: CommitSequence) -> ChangesetID {
        DerivedIdentifier.make("state", [key.row.bytes, Array("\(key.collection) \(part) \(sequence)".utf8)])
    }

    mutating func note(_ told: [ToldPlace]) throws {
        for place in told { try lostTime.note(place) }
        change { $0.told += told }
    }

    /// Notes where a write stood. One that stands here, without that being known, is given its place; or gives way, if what
    /// was taken in has seen it.
    ///
    /// - Returns: true if it stands here.
    mutating func notePlace(
        of sibling: Sibling, in cell: CellState, _ key: RowKey, _ collection: ReplicationCore.Collection,
        from replica: ReplicaID
    ) throws -> Bool {
        let identity = sibling.write.identity
        guard let place = sibling.write.place(in: cell.sequence.epoch), hub.isLost(place) else { return false }
        let known = try told(identity, of: cell.part, key)
        let new = ([sibling.write.sequence] + (sibling.write.former?.places ?? [])).filter { hub.isLost($0) && !known.contains($0) }
        try note(new.map { ToldPlace(identity: identity, key: key, part: cell.part, place: $0, isTakenIn: false) })
        guard let held = try rows.row(key)?[cell.part], let standing = held.sibling(of: identity) else { return false }
        // Epochs after the one in which it stands had it from their beginning.
        guard place.epoch < standing.write.sequence.epoch, standing.write.place(in: place.epoch).map({ place < $0 }) ?? true
        else { return true }
        // It stood after that time as well: what contained the place may have had it as a sibling.
        let stoodLater = standing.write.former?.places.contains { $0.epoch > place.epoch } ?? false
        if !stoodLater, collection.policy(of: cell.part) != .writeOnce, try place <= contained(cell.part, of: key, in: place.epoch) {
            try takeOut(of: held, key, Context(pending: [identity]), beside: [], replica)
            return false
        }
        try takeIn([Lost(key: key, sibling: sibling, state: cell, hasContext: false)], of: identity, from: replica)
        return true
    }

    /// Where states of lost time had a write of a cell.
    mutating func told(_ identity: ChangesetID, of part: Part, _ key: RowKey) throws -> [CommitSequence] {
        try told(of: identity).of(part, key).map(\.place)
    }

    /// Whether a write was taken into its cell from a state of lost time.
    mutating func isTakenIn(_ identity: ChangesetID, _ part: Part, _ key: RowKey) throws -> Bool {
        try told(of: identity).of(part, key).contains(where: \.isTakenIn)
    }

    /// Where states of lost time had the writes of a changeset.
    mutating func told(of identity: ChangesetID) throws -> [ToldPlace] {
        if hub.kept.isEmpty { return [] }
        return try lostTime.told(of: identity)
    }
}

/// The latest state of each cell and epoch in a message of what a device holds. What another one of the epoch says to stand
/// there was superseded if this one does not have it. Of states of two epochs nothing follows: a copy of a device may have been
/// sent the later one without having handed in the earlier.
struct LatestStates {
    private struct Place: Hashable {
        let key: RowKey
        let part: Part
        let epoch: UInt32
    }

    private var sequences: [Place: CommitSequence] = [:]

    init(_ states: [RowState]) {
        for row in states {
            for cell in row.cells {
                let place = Place(key: row.key, part: cell.part, epoch: cell.sequence.epoch)
                sequences[place] = max(sequences[place] ?? .zero, cell.sequence)
            }
        }
    }

    func contains(_ cell: CellState, of key: RowKey) -> Bool {
        sequences[Place(key: key, part: cell.part, epoch: cell.sequence.epoch)] == cell.sequence
    }
}

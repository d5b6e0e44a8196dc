import ReplicationCore

/// What is known of lost times while a commit is decided: read from the store when it is first asked for, with what the commit
/// itself has learnt. One message of cells asks for the same row again and again.
struct WorkingLostTime {
    private struct Place: Hashable {
        let key: RowKey
        let part: Part
        let epoch: UInt32
    }

    private let reader: any HubReader
    private var known: Set<RowKey> = []
    private var contained: [Place: CommitSequence] = [:]
    private var told: [ChangesetID: [ToldPlace]] = [:]

    init(reader: any HubReader) { self.reader = reader }

    mutating func contained(_ part: Part, of key: RowKey, in epoch: UInt32) throws -> CommitSequence {
        if !known.contains(key) {
            for place in try reader.contained(of: key) { note(place) }
            known.insert(key)
        }
        return contained[Place(key: key, part: part, epoch: epoch)] ?? .zero
    }

    mutating func note(_ place: ContainedPlace) {
        let cell = Place(key: place.key, part: place.part, epoch: place.sequence.epoch)
        contained[cell] = max(contained[cell] ?? .zero, place.sequence)
    }

    mutating func told(of identity: ChangesetID) throws -> [ToldPlace] {
        if let known = told[identity] { return known }
        let stored = try reader.told(of: identity)
        told[identity] = stored
        return stored
    }

    mutating func note(_ place: ToldPlace) throws {
        _ = try told(of: place.identity)
        told[place.identity]?.append(place)
    }
}

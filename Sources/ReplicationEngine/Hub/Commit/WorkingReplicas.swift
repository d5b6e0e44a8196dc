import ReplicationCore

/// The replicas of a commit while it is decided: read from the store when first asked for, and handed
/// over at the end if they changed.
struct WorkingReplicas {
    private let reader: any HubReader
    private var records: [Record] = []
    private var places: [ReplicaID: Int] = [:]
    /// The place that was last asked for: changesets of a replica come together.
    private var latest = 0

    private struct Record {
        let id: ReplicaID
        /// Nil if the hub does not know the replica.
        var record: ReplicaRecord?
        var isChanged = false
    }

    init(reader: any HubReader) { self.reader = reader }

    mutating func replica(_ id: ReplicaID) throws -> ReplicaRecord? {
        if let known = place(of: id) { return records[known].record }
        let record = try reader.replica(id)
        append(Record(id: id, record: record))
        return record
    }

    /// After a fork the record has another site; the one under the former site stays as the store holds it.
    mutating func update(_ record: ReplicaRecord) {
        if let known = place(of: record.id) {
            records[known].record = record
            records[known].isChanged = true
        } else {
            append(Record(id: record.id, record: record, isChanged: true))
        }
    }

    /// By rising site, so that deciding twice plans the same.
    var changed: [ReplicaRecord] {
        records.filter(\.isChanged).compactMap(\.record).sorted { $0.site < $1.site }
    }

    private mutating func place(of id: ReplicaID) -> Int? {
        if latest < records.count, records[latest].id == id { return latest }
        guard let known = places[id] else { return nil }
        latest = known
        return known
    }

    private mutating func append(_ record: Record) {
        latest = records.count
        places[record.id] = latest
        records.append(record)
    }
}

import ReplicationCore
import WireProtocol

extension DeviceReplica {
    /// What the refused operations of an own changeset would have set, by row and field; of elements, amounts and deletions
    /// nothing. Empty if nothing of it is in quarantine, or its bytes are damaged beyond reading.
    public func refusedValues(of identity: ChangesetID, in store: any DeviceReader) throws -> [RowKey: [String: Value]] {
        let positions = Set(try store.refusals().filter { $0.identity == identity && $0.key.collection != 0 }.map(\.position))
        guard !positions.isEmpty, let entry = try store.outboxEntry(identity) else { return [:] }
        let changeset = try meant(ChangesetCodec.decode(entry.changeset), at: entry.dot, in: store)
        var refused: [RowKey: [String: Value]] = [:]
        for operation in changeset.operations where positions.contains(operation.position) {
            guard case .set(let values) = operation.action, let collection = schema.collection(operation.key.collection),
                let group = collection.group(operation.part.group), !group.isKeyed
            else { continue }
            for (field, value) in zip(group.fields, values) { refused[operation.key, default: [:]][field.name] = value }
        }
        return refused
    }
}

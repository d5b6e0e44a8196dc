import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Rows that were purged or erased: what may be taken away, and that nothing of it is left anywhere or comes back.
extension History {
    /// An administrator has taken something away.
    var hasActs: Bool { !access.acts.isEmpty }

    /// Only deleted rows are purged, and none below which something is alive.
    func checkPurged(_ rows: [RowKey]) {
        let taken = Set(rows)
        for key in rows where isAlive(key) {
            violation(of: "purged", "Row \(key) was purged, and is not deleted.")
        }
        for (key, parts) in cells.sorted(by: { $0.key < $1.key }) where !taken.contains(key) && purged[key] == nil && !isInbox(key) {
            guard let parent = parents(of: key, parts).first(where: { taken.contains($0) }) else { continue }
            violation(of: "purged", "Row \(parent) was purged, and \(key), which belongs to it, was not.")
        }
    }

    /// What a device sends of new rows under an erased one is erased as well, from the start: the log has it without them.
    func noteErasedWithParent(_ entry: LogEntry) throws {
        guard !entry.receipt.isEmpty, let written = rowsWritten(by: entry.identity) else { return }
        let missing = Set(written).subtracting(try ChangesetCodec.rows(in: entry.changeset)).subtracting(erased)
        if missing.isEmpty { return }
        for key in missing.sorted() where cells[key] != nil {
            violation(of: "erased", "The log has changeset \(entry.identity) without \(key), which nobody has erased.")
        }
        erased(Array(missing))
    }

    /// Nothing of erased rows is at the hub or on a device.
    func checkErased(at store: any HubStore, _ devices: [DeviceNode]) throws {
        if erased.isEmpty { return }
        try store.read { reader in
            try checkLog(reader)
            for key in erased.sorted() {
                if let row = try reader.row(key), !row.isStripped { violation(of: "erased", "The hub still has values of \(key).") }
            }
            for operation in try reader.quarantined(limit: .max) {
                guard let entry = try reader.entry(at: operation.sequence) else { continue }
                let changeset = try ChangesetCodec.decode(entry.changeset)
                let isThere = changeset.operations.contains { $0.position == operation.position && !erased.contains($0.key) }
                if !isThere, changeset.undecodable[operation.position] == nil {
                    violation(of: "erased", "Position \(operation.position) of \(operation.identity) is in quarantine, and its row was erased.")
                }
            }
        }
        // Whatever belonged to an erased row went with it.
        for (key, parts) in cells.sorted(by: { $0.key < $1.key }) where purged[key] == nil {
            guard let parent = parents(of: key, parts).first(where: { erased.contains($0) }) else { continue }
            violation(of: "erased", "Row \(parent) was erased, and \(key), which belongs to it, is still there.")
        }
        for device in devices { try checkErased(on: device) }
    }

    private func checkLog(_ reader: any HubReader) throws {
        var last = CommitSequence.zero
        while case let entries = try reader.entries(after: last, limit: 500), let end = entries.last {
            last = end.sequence
            for entry in entries {
                for key in try ChangesetCodec.rows(in: entry.changeset) where erased.contains(key) {
                    violation(of: "erased", "The log still has row \(key), at \(entry.sequence).")
                }
            }
        }
    }

    private func checkErased(on device: DeviceNode) throws {
        guard let store = device.store else { return }
        try store.read { reader in
            for key in erased.sorted() {
                for row in [try reader.confirmed(key), try reader.visible(key)] {
                    if let row, !row.isStripped { violation(of: "erased", "\(device.name) still holds row \(key).") }
                }
            }
            for entry in try reader.outbox(after: 0, limit: .max) {
                for key in try ChangesetCodec.rows(in: entry.changeset) where erased.contains(key) {
                    violation(of: "erased", "\(device.name) still has what it wrote of row \(key), in changeset \(entry.identity).")
                }
            }
            for refused in try reader.refusals() where erased.contains(refused.key) {
                violation(of: "erased", "\(device.name) still has a refusal about row \(refused.key).")
            }
        }
    }

    private func isAlive(_ key: RowKey) -> Bool {
        guard let cell = cells[key]?[.liveness], let shown = cell.winner(.lastWriter, isLiveness: true) else { return false }
        if case .delete = cell.accepted.first(where: { $0.identity == shown })?.action { return false }
        return true
    }

    private func isInbox(_ key: RowKey) -> Bool {
        schema.collection(key.collection).map { ["conflict", "review"].contains($0.name) } ?? false
    }

    /// The rows that a row belongs to, by the values that it shows.
    private func parents(of key: RowKey, _ parts: [Part: CellTruth]) -> [RowKey] {
        guard let collection = schema.collection(key.collection) else { return [] }
        return collection.scopes.compactMap { rule in
            guard case .parent(let name, _) = rule, let place = collection.place(of: name), let field = collection.field(named: name) else { return nil }
            let part = Part(group: collection.groups[place.group].number)
            guard let cell = parts[part], let shown = cell.winner(collection.policy(of: part), isLiveness: false),
                let values = cell.accepted.first(where: { $0.identity == shown })?.values
            else { return nil }
            return schema.referenced(by: field, values[place.column])
        }
    }
}

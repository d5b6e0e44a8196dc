import ReplicationCore
import ReplicationEngine

/// A hub that goes on to later versions of its schema. The checkers speak in the last one's cells: until the hub works
/// with that, only those are compared which both have in common.
extension History {
    /// True if the hub has the cell as it is in the last version.
    func isHubs(_ part: Part, of key: RowKey, by lens: SchemaLens?) -> Bool {
        guard part.group != 0, let lens = lens?.lens(of: key.collection) else { return true }
        return lens.isKept(part.group)
    }

    /// True if the hub's schema has a place for what an operation wrote with an earlier one.
    func hasPlace(_ operation: CellOperation, ofVersion version: UInt32) -> Bool {
        guard let lens = hubSchemas[hubLens?.version ?? schema.version]?.history.lens(from: version) else { return true }
        let (collection, group) = (operation.key.collection, operation.part.group)
        if lens.removed[collection] != nil { return false }
        return group == 0 || lens.lens(of: collection)?.targets(of: group).isEmpty != true
    }

    private func isDeletion(_ sibling: Sibling) -> Bool { if case .deleted = sibling.content { true } else { false } }

    /// The hub may work with a later version now. Cells that have come into being with it are what the hub has made of
    /// those before; from there on they are followed like any other.
    func noteSchema(of hub: HubNode, _ store: any HubStore) throws {
        let former = hubLens
        hubSchemas[hub.schema.version] = hub.schema
        let lens = schema.history.lens(from: hub.schema.version)
        guard former?.version != lens?.version else { return }
        goOver(to: lens, try store.read { reader in
            try cells.keys.sorted().flatMap { key in
                let row = try reader.row(key)
                // The cell that changed last may be gone with a version: then the liveness cell has its place, if it has a deletion.
                if let liveness = row?[.liveness], liveness.siblings.contains(where: isDeletion) { raise(liveness, of: key) }
                let parts = Set(cells[key, default: [:]].keys).union(row?.cells.map(\.part) ?? [])
                return parts.filter { isHubs($0, of: key, by: lens) && !isHubs($0, of: key, by: former) }.map { (key, $0, row?[$0]) }
            }
        })
    }
}

import ReplicationCore

/// Finds collections between which scopes pass twice by fields of the same number: once because a row names its parent, and once because the
/// parent names the row. The hub keeps such a way by both rows and the field's number, and could not tell the two apart.
struct PassingCheck {
    let draft: SchemaDraft
    let log: MistakeLog

    func report(_ collections: [Collection]) {
        let byNumber = Dictionary(collections.map { ($0.number, $0) }) { first, _ in first }
        for heir in collections {
            var fromParents: [FieldPlace: (field: String, sources: Set<UInt32>)] = [:]
            for case .parent(let field, _) in heir.scopes {
                guard let place = FieldPlace(field, in: heir), let type = heir.field(named: field)?.type else { continue }
                switch type {
                case .reference(let parent): fromParents[place] = (field, [parent])
                case .anyReference(let parents): fromParents[place] = (field, Set(parents))
                default: break
                }
            }
            for case .referrer(let number, let field) in heir.scopes {
                guard let source = byNumber[number], let place = FieldPlace(field, in: source), let parent = fromParents[place],
                    parent.sources.contains(number)
                else { continue }
                log.add(
                    draft.collection(heir.number)?.map.place(of: "scopes") ?? Place(line: 1, column: 1),
                    "scopes come from `\(source.name)` twice, by `\(source.name).\(field)` and by `\(heir.name).\(parent.field)`, which have the same number",
                    "Remove one of these scopes, or make one of the fields anew with another number.")
            }
        }
    }

    /// By which the hub knows a field: the number of its group, and its column in it.
    private struct FieldPlace: Hashable {
        let group: UInt32
        let column: Int

        init?(_ field: String, in collection: Collection) {
            guard let place = collection.place(of: field) else { return nil }
            (group, column) = (collection.groups[place.group].number, place.column)
        }
    }
}

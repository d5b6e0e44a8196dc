import ReplicationCore

/// Finds collections between which scopes pass twice by fields of the same number: once because a row names its parent, and once because the
/// parent names the row. The hub keeps such a way by both rows and the field's number, and could not tell the two apart.
struct PassingCheck {
    let draft: SchemaDraft
    let log: MistakeLog

    func report(_ collections: [Collection]) {
        let byNumber = Dictionary(collections.map { ($0.number, $0) }) { first, _ in first }
        for heir in collections {
            var fromParents: [UInt32: (field: String, sources: Set<UInt32>)] = [:]
            for case .parent(let field, _) in heir.scopes {
                guard let number = heir.number(ofField: field), let type = heir.field(named: field)?.type else { continue }
                switch type {
                case .reference(let parent): fromParents[number] = (field, [parent])
                case .anyReference(let parents): fromParents[number] = (field, Set(parents))
                default: break
                }
            }
            for case .referrer(let from, let field) in heir.scopes {
                guard let source = byNumber[from], let number = source.number(ofField: field), let parent = fromParents[number],
                    parent.sources.contains(from)
                else { continue }
                log.add(
                    draft.collection(heir.number)?.map.place(of: "scopes") ?? Place(line: 1, column: 1),
                    "scopes come from `\(source.name)` twice, by `\(source.name).\(field)` and by `\(heir.name).\(parent.field)`, which have the same number",
                    "Remove one of these scopes, or make one of the fields anew with another number.")
            }
        }
    }
}

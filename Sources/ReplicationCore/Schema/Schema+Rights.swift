extension Schema {
    /// True if the role may read rows of the collection at all.
    public func mayRead(_ role: UInt32, _ collection: Collection) -> Bool {
        collection.rights[role]?.read ?? false
    }

    /// True if the role may read the group, given that it may read the row. Liveness is read by all.
    public func mayRead(_ role: UInt32, _ group: UInt32, of collection: Collection) -> Bool {
        guard mayRead(role, collection) else { return false }
        if group == 0 { return true }
        guard let group = collection.group(group) else { return false }
        return group.readers?.contains(role) ?? true
    }

    /// True if the role reads every group of the collection, so that whole rows can travel as they are.
    public func mayReadWhole(_ role: UInt32, _ collection: Collection) -> Bool {
        mayRead(role, collection) && collection.groups.allSatisfy { $0.readers?.contains(role) ?? true }
    }

    /// True if the role may read the row, given that it is in one of its scopes. A conflict shows values of
    /// another cell, so it is for those who may read that cell; a definition is for those who may read what it is about.
    public func mayRead(_ role: UInt32, _ row: RowState, of collection: Collection) -> Bool {
        guard mayRead(role, collection) else { return false }
        if custom?.holds(collection.number) == true { return mayReadDefinition(role, row, in: collection) }
        guard collection.name == "conflict" else { return true }
        guard let subject = row.shownValue(of: "subject", in: collection)?.text.flatMap({ rowKey(fromReference: $0) }),
            let group = row.shownValue(of: "part_group", in: collection)?.integer.flatMap({ UInt32(exactly: $0) }),
            let subjectCollection = self.collection(subject.collection)
        else { return false }
        return mayRead(role, group, of: subjectCollection)
    }

    /// True of collections whose rows are about something else: of their readers only those receive a row who may read what it is about.
    public func hasReadersByRow(_ collection: Collection) -> Bool {
        collection.name == "conflict" || custom?.holds(collection.number) == true
    }

    /// The groups of such a collection's rows that say what a row is about.
    public func groupsDecidingReaders(of collection: Collection) -> Set<UInt32> {
        guard hasReadersByRow(collection) else { return [] }
        let names = collection.name == "conflict" ? ["subject", "part_group"] : ["collection", "field"]
        return Set(names.compactMap { collection.place(of: $0).map { collection.groups[$0.group].number } })
    }

    private func mayReadDefinition(_ role: UInt32, _ row: RowState, in rows: Collection) -> Bool {
        guard let collection = row.shownValue(of: "collection", in: rows)?.text.flatMap({ self.collection(onceNamed: $0) }) else {
            return false
        }
        let group: Group?
        if rows.number == custom?.fields {
            group = collection.customGroup
        } else {
            switch row.shownValue(of: "field", in: rows)?.text.flatMap({ MandatoryRule.Target($0, of: collection, in: self) }) {
            case .column(let number, _): group = collection.group(number)
            case .key: group = collection.customGroup
            case nil: group = nil
            }
        }
        return group.map { mayRead(role, $0.number, of: collection) } ?? false
    }
}

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
    /// another cell, so it is for those who may read that cell.
    public func mayRead(_ role: UInt32, _ row: RowState, of collection: Collection) -> Bool {
        guard mayRead(role, collection) else { return false }
        guard collection.name == "conflict" else { return true }
        guard let subject = row.shownValue(of: "subject", in: collection)?.text.flatMap({ rowKey(fromReference: $0) }),
            let group = row.shownValue(of: "part_group", in: collection)?.integer.flatMap({ UInt32(exactly: $0) }),
            let subjectCollection = self.collection(subject.collection)
        else { return false }
        return mayRead(role, group, of: subjectCollection)
    }
}

extension Schema {
    /// This schema with the collections that earlier versions had and that are gone, as the last of those had them: to
    /// find what once belonged to a row. Rows of those are in no table that this schema names.
    ///
    /// A history tells no scopes of them: every row that one of their references names counts as one that they belonged to.
    /// Where a present collection has taken the name of one that is gone, that has a name that no collection can have.
    public var withRemovedCollections: Schema {
        var removed: [UInt32: Collection] = [:]
        for version in history.versions {
            for (number, collection) in history.lens(from: version)?.removed ?? [:] where self.collection(number) == nil {
                removed[number] = collection
            }
        }
        if removed.isEmpty { return self }
        var names = Set(collections.map(\.name))
        let added = removed.values.sorted { $0.number < $1.number }.map { collection in
            let name = names.insert(collection.name).inserted ? collection.name : "_removed_\(collection.number)"
            let references = collection.fields.filter { field in
                switch field.type {
                case .reference, .anyReference: true
                case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: false
                }
            }
            return collection.changed(name: name, scopes: references.map { .parent(field: $0.name) })
        }
        return Schema(
            version: version, name: name, collections: collections + added, roles: roles, userCollection: userCollection,
            timeZone: timeZone, signals: signals, custom: custom, customers: customers, history: history)
    }
}

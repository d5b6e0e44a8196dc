extension RowState {
    /// The shown values of all columns, in the order of `Collection.fields`; null where nothing was
    /// written. A set field is null here: its elements are `elements(of:)`.
    public func shownValues(in collection: Collection) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(collection.fields.count)
        for group in collection.groups {
            if let shown = shownValues(of: group) {
                values.append(contentsOf: shown)
            } else {
                values.append(contentsOf: repeatElement(.null, count: group.fields.count))
            }
        }
        return values
    }

    /// The shown values of one group; nil if it was never written.
    public func shownValues(of group: Group) -> [Value]? {
        let place = position(of: Part(group: group.number))
        guard place.isFound else { return nil }
        if let tally = cells[place.index].tally { return [.integer(tally.sum)] }
        guard let shown = Shown.index(of: cells[place.index], policy: group.policy),
            let values = cells[place.index].siblings[shown].values
        else { return nil }
        // A writer with another schema may know more or fewer columns.
        if values.count == group.fields.count { return values }
        return group.fields.indices.map { $0 < values.count ? values[$0] : .null }
    }

    /// The shown value of one field; nil if the collection has no such field.
    public func shownValue(of field: String, in collection: Collection) -> Value? {
        guard let place = collection.place(of: field) else { return nil }
        return shownValues(of: collection.groups[place.group])?[place.column] ?? .null
    }

    /// The elements of a set that are present, in byte order.
    public func elements(of group: UInt32) -> [String] {
        cells.compactMap { $0.part.group == group && !$0.siblings.isEmpty ? $0.part.element : nil }
    }
}

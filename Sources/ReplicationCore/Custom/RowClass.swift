/// What decides which definitions with a limit hold for a row: the account that it belongs to.
struct RowClass: Hashable {
    /// Of the account; nil if it has none, or the row belongs to no account.
    var type: String?
    /// The account's region and those that it lies within.
    var regions: Set<RowID> = []
    /// False where the account, or the field that says it, is not to be seen.
    var isTypeKnown = true
    var isRegionKnown = true

    static let unknown = RowClass(isTypeKnown: false, isRegionKnown: false)

    enum Answer { case holds, holdsNot, unknown }

    /// Whether a definition with these limits holds for the row.
    func answer(_ scope: CustomScope) -> Answer {
        var answer = Answer.holds
        if let type = scope.accountType {
            if !isTypeKnown { answer = .unknown } else if type != self.type { return .holdsNot }
        }
        if let region = scope.region {
            if !isRegionKnown { answer = .unknown } else if !regions.contains(region) { return .holdsNot }
        }
        return answer
    }
}

/// Whether definitions hold for a row: its class is found once, when the first one asks.
final class ClassAnswers {
    private let find: () throws -> RowClass
    private var found: RowClass?

    init(_ find: @escaping () throws -> RowClass) { self.find = find }

    func answer(_ scope: CustomScope) throws -> RowClass.Answer {
        let known = try found ?? find()
        found = known
        return known.answer(scope)
    }
}

/// Finds the class of rows.
struct RowClassifier {
    let schema: Schema
    let custom: CustomSchema
    /// The role whose rights to read decide what is known; nil for one that sees everything.
    let reader: UInt32?
    /// Gives a row as it is to be seen; nil if it is not.
    let look: (RowKey) throws -> RowState?

    /// - Parameter row: as it is to be seen.
    func rowClass(of row: RowState) throws -> RowClass {
        var row = row
        for _ in 0..<CustomLimits.accountDepth {
            guard let collection = schema.collection(row.key.collection) else { return .unknown }
            if row.key.collection == custom.account { return try account(row, collection) }
            guard let next = next(from: row, collection) else { return RowClass() }
            guard case .row(let key) = next, let above = try look(key) else { return .unknown }
            row = above
        }
        return .unknown
    }

    /// What people call a region; nil where it is not to be seen.
    func title(ofRegion id: RowID) throws -> String? {
        guard let regions = schema.collection(custom.regions), let title = regions.titleField else { return nil }
        return try look(RowKey(collection: custom.regions, row: id))?.shownValue(of: title, in: regions)?.text
    }

    private enum Next { case row(RowKey), hidden }

    /// The row by which a row belongs to its account; nil if it belongs to none.
    private func next(from row: RowState, _ collection: Collection) -> Next? {
        for name in collection.accountFields {
            guard let place = collection.place(of: name) else { continue }
            let group = collection.groups[place.group]
            guard mayRead(group.number, collection) else { return .hidden }
            guard let value = row.shownValues(of: group)?[place.column],
                let key = schema.referenced(by: group.fields[place.column], value)
            else { continue }
            return .row(key)
        }
        return nil
    }

    private func account(_ row: RowState, _ collection: Collection) throws -> RowClass {
        var found = RowClass()
        if let place = collection.place(of: custom.type), mayRead(collection.groups[place.group].number, collection) {
            found.type = row.shownValue(of: custom.type, in: collection)?.text
        } else {
            found.isTypeKnown = false
        }
        guard let place = collection.place(of: custom.region), mayRead(collection.groups[place.group].number, collection) else {
            found.isRegionKnown = false
            return found
        }
        try addRegions(from: row.shownValue(of: custom.region, in: collection)?.row, to: &found)
        return found
    }

    /// Goes up the tree of regions. One that goes round in a circle, as hands at two places can make it, ends where it began.
    private func addRegions(from region: RowID?, to found: inout RowClass) throws {
        guard let regions = schema.collection(custom.regions) else { return }
        var region = region
        for _ in 0..<CustomLimits.regionDepth {
            guard let id = region, found.regions.insert(id).inserted else { return }
            guard let row = try look(RowKey(collection: custom.regions, row: id)) else {
                found.isRegionKnown = false
                return
            }
            region = row.shownValue(of: custom.within, in: regions)?.row
        }
    }

    private func mayRead(_ group: UInt32, _ collection: Collection) -> Bool {
        reader.map { schema.mayRead($0, group, of: collection) } ?? true
    }
}

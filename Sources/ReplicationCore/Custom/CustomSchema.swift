/// Where a schema keeps what an administrator adds at run time, and what that may be limited to.
public struct CustomSchema: Hashable, Sendable {
    /// The collection whose rows are custom fields.
    public let fields: UInt32
    /// The collection whose rows say what is mandatory.
    public let rules: UInt32
    /// The collection of accounts.
    public let account: UInt32
    /// The choice field of accounts that says their type.
    public let type: String
    /// The reference field of accounts that says their region.
    public let region: String
    /// The collection of regions.
    public let regions: UInt32
    /// The reference field of regions by which one lies within another.
    public let within: String

    public init(
        fields: UInt32, rules: UInt32, account: UInt32, type: String, region: String, regions: UInt32, within: String
    ) {
        self.fields = fields
        self.rules = rules
        self.account = account
        self.type = type
        self.region = region
        self.regions = regions
        self.within = within
    }

    /// True of the collections whose rows are definitions.
    public func holds(_ collection: UInt32) -> Bool { collection == fields || collection == rules }

    /// The fields that the rows of `fields` have to have.
    public static let fieldColumns = ["collection", "key", "type", "label_en", "label_es", "account_type", "region", "retired"]
    /// The fields that the rows of `rules` have to have.
    public static let ruleColumns = ["collection", "field", "account_type", "region", "retired"]
}

extension Schema {
    /// The names that a collection has and has had, its present one first.
    public func names(of collection: Collection) -> [String] {
        var names = [collection.name]
        for version in history.versions {
            guard let name = history.lens(from: version)?.older.collection(collection.number)?.name, !names.contains(name) else { continue }
            names.append(name)
        }
        return names
    }

    /// The collection that is or was called so.
    public func collection(onceNamed name: String) -> Collection? {
        if let present = collection(named: name) { return present }
        return collections.first { names(of: $0).contains(name) }
    }

    /// The group that holds a field which is or was called so, and the field's place among its columns.
    func place(onceNamed field: String, in collection: Collection) -> (group: Group, column: Int)? {
        if let place = collection.place(of: field) { return (collection.groups[place.group], place.column) }
        for version in history.versions {
            guard let steps = history.lens(from: version)?.lens(of: collection.number), let place = steps.older.place(of: field),
                case let former = steps.older.groups[place.group], former.fields.count == 1,
                let target = steps.targets(of: former.number).first, let group = collection.group(target), group.fields.count == 1
            else { continue }
            return (group, 0)
        }
        return nil
    }
}

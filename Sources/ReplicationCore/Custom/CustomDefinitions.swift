/// To which rows a definition is limited.
public struct CustomScope: Hashable, Sendable {
    /// Only accounts of this type, and rows that belong to them.
    public var accountType: String?
    /// Only accounts of this region or one within it, and rows that belong to them.
    public var region: RowID?

    public init(accountType: String? = nil, region: RowID? = nil) {
        self.accountType = accountType
        self.region = region
    }

    public var isEverywhere: Bool { accountType == nil && region == nil }
}

/// A field that an administrator has added.
public struct CustomField: Hashable, Sendable {
    public let id: RowID
    /// The number of the collection.
    public let collection: UInt32
    public let key: String
    public let type: FieldType
    public let label: String
    public let spanishLabel: String?
    public let scope: CustomScope
    public let isRetired: Bool

    /// Reads a row; nil of one that does not exist for readers, or that no administrator can have written.
    public init?(_ row: RowState, in schema: Schema) {
        guard row.isAlive, let custom = schema.custom, row.key.collection == custom.fields, let rows = schema.collection(custom.fields),
            let name = row.shownValue(of: "collection", in: rows)?.text, let collection = schema.collection(onceNamed: name),
            let key = row.shownValue(of: "key", in: rows)?.text, CustomLimits.isKey(key),
            let type = row.shownValue(of: "type", in: rows)?.text.flatMap(CustomField.type)
        else { return nil }
        id = row.key.row
        self.collection = collection.number
        self.key = key
        self.type = type
        label = row.shownValue(of: "label_en", in: rows)?.text ?? key
        spanishLabel = row.shownValue(of: "label_es", in: rows)?.text
        scope = CustomScope(row, in: rows)
        isRetired = row.shownValue(of: "retired", in: rows)?.boolean ?? false
    }

    private static func type(_ text: String) -> FieldType? {
        do throws(CustomType.Mistake) { return try CustomType.read(text) } catch { return nil }
    }

    /// The field as one of the schema: what checks values and reads them asks for one.
    public var field: Field { Field(name: "custom.\(key)", label: label, type: type) }
}

/// A field that some rows have to have.
public struct MandatoryRule: Hashable, Sendable {
    public let id: RowID
    /// The number of the collection.
    public let collection: UInt32
    public let target: Target
    public let scope: CustomScope
    public let isRetired: Bool

    public enum Target: Hashable, Sendable {
        /// A column of a group of the schema.
        case column(group: UInt32, Int)
        /// A custom field of that key.
        case key(String)
    }

    /// Reads a row; nil of one that does not exist for readers, or names nothing of the schema.
    public init?(_ row: RowState, in schema: Schema) {
        guard row.isAlive, let custom = schema.custom, row.key.collection == custom.rules, let rows = schema.collection(custom.rules),
            let name = row.shownValue(of: "collection", in: rows)?.text, let collection = schema.collection(onceNamed: name),
            let field = row.shownValue(of: "field", in: rows)?.text, let target = Target(field, of: collection, in: schema)
        else { return nil }
        id = row.key.row
        self.collection = collection.number
        self.target = target
        scope = CustomScope(row, in: rows)
        isRetired = row.shownValue(of: "retired", in: rows)?.boolean ?? false
    }
}

extension MandatoryRule.Target {
    /// Reads the name of a field, or `<group>.<key>` of a custom one.
    public init?(_ name: String, of collection: Collection, in schema: Schema) {
        if let key = collection.customKey(in: name) {
            self = .key(key)
        } else if let place = schema.place(onceNamed: name, in: collection), !place.group.isSet, !place.group.isKeyed {
            self = .column(group: place.group.number, place.column)
        } else {
            return nil
        }
    }
}

extension Collection {
    /// The key in `<group>.<key>`, which names a custom field; nil for every other text.
    public func customKey(in name: String) -> String? {
        guard let group = customGroup, name.hasPrefix(group.name + ".") else { return nil }
        let key = String(name.dropFirst(group.name.count + 1))
        return CustomLimits.isKey(key) ? key : nil
    }
}

extension CustomScope {
    fileprivate init(_ row: RowState, in rows: Collection) {
        self.init(
            accountType: row.shownValue(of: "account_type", in: rows)?.text,
            region: row.shownValue(of: "region", in: rows)?.row)
    }
}

/// What an administrator has defined for a collection.
public struct CustomDefinitions: Hashable, Sendable {
    /// By key. Of two rows with one key the one with the lower id counts.
    public private(set) var fields: [String: CustomField] = [:]
    /// By rising id.
    public private(set) var rules: [MandatoryRule] = []

    public init() {}

    public var isEmpty: Bool { fields.isEmpty && rules.isEmpty }

    /// Reads the definitions of a collection.
    ///
    /// - Parameters:
    ///   - collection: whose definitions are read.
    ///   - schema: in which it stands.
    ///   - rows: gives the keys of the rows of a collection, `custom.fields` or `custom.rules`, whose field `collection` has
    ///     this value; others do no harm.
    ///   - look: gives a row as it is to be seen.
    public init(
        of collection: Collection, in schema: Schema, rows: (UInt32, String) throws -> [RowKey],
        look: (RowKey) throws -> RowState?
    ) rethrows {
        guard let custom = schema.custom else { return }
        for name in schema.names(of: collection) {
            for key in try rows(custom.fields, name) {
                guard let row = try look(key), let field = CustomField(row, in: schema), field.collection == collection.number else { continue }
                if let other = fields[field.key], other.id < field.id { continue }
                fields[field.key] = field
            }
            for key in try rows(custom.rules, name) {
                guard let row = try look(key), let rule = MandatoryRule(row, in: schema), rule.collection == collection.number,
                    !rules.contains(where: { $0.id == rule.id })
                else { continue }
                rules.append(rule)
            }
        }
        rules.sort { $0.id < $1.id }
    }
}

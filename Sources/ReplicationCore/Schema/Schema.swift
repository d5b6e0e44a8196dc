/// What exists, who may do what with it, and how it merges: data that hub and devices load from the same
/// file (`Protocol/schema/`). A value of this type is valid: whoever makes one has checked it.
///
/// Immutable, and handed around by reference: whoever decides asks it several times for each operation.
public final class Schema: Sendable, Equatable {
    /// Rises with every published change.
    public let version: UInt32
    public let name: String
    /// By rising number.
    public let collections: [Collection]
    /// By rising number.
    public let roles: [Role]
    /// Live values that are stored nowhere. By rising number.
    public let signals: [SignalKind]
    /// What customers are sent; nil if they are sent nothing.
    public let customers: CustomerRules?
    /// The roles' collection of users, from whose fields a user's scopes follow.
    public let userCollection: UInt32
    /// Where a user's time zone stands; nil if all days are those of UTC.
    public let timeZone: ZonePath?
    /// Where an administrator's fields and rules stand; nil if there are none.
    public let custom: CustomSchema?
    /// What earlier versions were, and how rows and writes come from them to here.
    public let history: SchemaHistory

    /// Those of `collections`.
    private let collectionNumbers: [UInt32]
    private let collectionsByName: [String: Int]
    private let rolesByNumber: [UInt32: Int]
    private let rolesByName: [String: Int]
    /// For each collection, the derived groups that take its rows as inputs.
    private let derivationsBySource: [UInt32: [DerivedGroup]]
    /// For each collection, the rules by which other rows inherit scopes through its references.
    private let passingBySource: [UInt32: [ScopePassing]]

    public init(
        version: UInt32, name: String, collections: [Collection], roles: [Role], userCollection: UInt32,
        timeZone: ZonePath? = nil, signals: [SignalKind] = [], custom: CustomSchema? = nil, customers: CustomerRules? = nil, history: SchemaHistory = .none
    ) {
        self.customers = customers
        self.version = version
        self.custom = custom
        self.history = history
        self.name = name
        self.collections = collections.sorted { $0.number < $1.number }
        self.roles = roles.sorted { $0.number < $1.number }
        self.userCollection = userCollection
        self.signals = signals.sorted { $0.number < $1.number }
        self.timeZone = timeZone
        let sorted = self.collections
        let sortedRoles = self.roles
        collectionNumbers = sorted.map(\.number)
        collectionsByName = Dictionary(uniqueKeysWithValues: sorted.indices.map { (sorted[$0].name, $0) })
        rolesByNumber = Dictionary(uniqueKeysWithValues: sortedRoles.indices.map { (sortedRoles[$0].number, $0) })
        rolesByName = Dictionary(uniqueKeysWithValues: sortedRoles.indices.map { (sortedRoles[$0].name, $0) })
        var derivations: [UInt32: [DerivedGroup]] = [:]
        var passing: [UInt32: [ScopePassing]] = [:]
        for collection in sorted {
            for group in collection.groups {
                if case .derived(let derivation) = group.policy {
                    derivations[derivation.source, default: []].append(
                        DerivedGroup(collection: collection.number, group: group.number, derivation: derivation))
                }
            }
            for rule in collection.scopes {
                switch rule {
                // Who is among the newest does not follow from one reference.
                case .everyone, .field, .own, .newest: break
                case .parent(let field, let time):
                    passing[collection.number, default: []].append(ScopePassing(field: field, direction: .toHolder, on: time))
                case .referrer(let source, let field):
                    passing[source, default: []].append(ScopePassing(
                        field: field, direction: .toReferenced(collection: collection.number)))
                }
            }
        }
        derivationsBySource = derivations
        passingBySource = passing
    }

    public func collection(_ number: UInt32) -> Collection? {
        collectionNumbers.place(of: number).map { collections[$0] }
    }
    public func collection(named name: String) -> Collection? { collectionsByName[name].map { collections[$0] } }
    public func role(_ number: UInt32) -> Role? { rolesByNumber[number].map { roles[$0] } }
    public func role(named name: String) -> Role? { rolesByName[name].map { roles[$0] } }

    public func signal(_ number: UInt32) -> SignalKind? { signals.first { $0.number == number } }
    public func signal(named name: String) -> SignalKind? { signals.first { $0.name == name } }

    /// The derived groups that take new values of this collection as inputs.
    public func derivations(from collection: UInt32) -> [DerivedGroup] { derivationsBySource[collection] ?? [] }

    /// True if new values of this collection may be inputs of derived groups.
    public func hasDerivations(from collection: UInt32) -> Bool { derivationsBySource[collection] != nil }

    /// How scopes pass along the references that rows of this collection hold.
    public func scopePassing(of collection: UInt32) -> [ScopePassing] { passingBySource[collection] ?? [] }

    /// Dictionaries repeat the arrays, so comparing these suffices.
    public static func == (a: Schema, b: Schema) -> Bool {
        a === b
            || (a.version == b.version && a.name == b.name && a.collections == b.collections && a.roles == b.roles
                && a.userCollection == b.userCollection && a.timeZone == b.timeZone && a.signals == b.signals
                && a.custom == b.custom && a.customers == b.customers && a.history == b.history)
    }
}

/// A derived group together with where it stands.
public struct DerivedGroup: Hashable, Sendable {
    public let collection: UInt32
    public let group: UInt32
    public let derivation: Derivation
}

/// Where a user's time zone stands: in a row that the user's row names.
public struct ZonePath: Hashable, Sendable {
    /// A reference field of the collection of users.
    public let reference: String
    /// A text field of the row that it names: the zone as in the IANA database.
    public let field: String

    public init(reference: String, field: String) {
        self.reference = reference
        self.field = field
    }
}

/// One way in which scopes pass along a reference field.
public struct ScopePassing: Hashable, Sendable {
    /// A reference field of the row that holds it.
    public let field: String
    public let direction: Direction
    /// What is passed on are the parts of the scopes that hold this time of the row that holds the reference.
    public var on: ScopeTime?

    public enum Direction: Hashable, Sendable {
        /// The row that holds the reference is in every scope of the row it names (child of a parent).
        case toHolder
        /// The row that is named is in every scope of the row that holds the reference, if it belongs to
        /// this collection.
        case toReferenced(collection: UInt32)
    }
}

/// A kind of row.
///
/// Immutable, and handed around by reference: it is looked up for every operation, and copying its parts
/// would count references on a dozen buffers that all threads share.
public final class Collection: Sendable, Hashable {
    /// Its name on the wire. Never changes, never used again.
    public let number: UInt32
    /// Its name in SQL and in commands: lower case, digits and underscores.
    public let name: String
    /// What people call one of it.
    public let label: String
    public let kind: Kind
    /// By rising number.
    public let groups: [Group]
    public let scopes: [ScopeRule]
    /// By role number.
    public let rights: [UInt32: Rights]
    /// Sets of fields whose values should be unique among living rows; a breach is reviewed.
    public let unique: [[String]]
    /// Integer fields that should not fall below a value; a breach is reviewed.
    public let minimums: [Minimum]
    /// The field that stands for the row when people are shown it.
    public let titleField: String?
    /// Reference fields by which a row belongs to an account, directly or through the row that is named; the first that
    /// names one counts.
    public let accountFields: [String]

    public enum Kind: String, Hashable, Sendable {
        /// Cells merge.
        case record
        /// Rows are only ever added.
        case ledger
    }

    public struct Minimum: Hashable, Sendable {
        public let field: String
        public let value: Int64
        public init(field: String, value: Int64) {
            self.field = field
            self.value = value
        }
    }

    /// All columns, in the order of their groups: the order of the SQL table.
    public let fields: [Field]
    private let fieldPlaces: [String: FieldPlace]
    /// Fields of it have the type blob.
    public let namesBlobs: Bool
    /// The group that holds the values of custom fields; a collection has at most one.
    public let customGroup: Group?
    /// Those of `groups`.
    private let groupNumbers: [UInt32]

    public init(
        number: UInt32, name: String, label: String, kind: Kind, groups: [Group], scopes: [ScopeRule] = [],
        rights: [UInt32: Rights] = [:], unique: [[String]] = [], minimums: [Minimum] = [], titleField: String? = nil,
        accountFields: [String] = []
    ) {
        self.accountFields = accountFields
        self.number = number
        self.name = name
        self.label = label
        self.kind = kind
        self.groups = groups.sorted { $0.number < $1.number }
        self.scopes = scopes
        self.rights = rights
        self.unique = unique
        self.minimums = minimums
        self.titleField = titleField
        var fields: [Field] = []
        var places: [String: FieldPlace] = [:]
        for (index, group) in self.groups.enumerated() {
            for (column, field) in group.fields.enumerated() {
                places[field.name] = FieldPlace(group: index, column: column, ordinal: fields.count)
                fields.append(field)
            }
        }
        self.fields = fields
        fieldPlaces = places
        namesBlobs = fields.contains { $0.type.isBlob }
        customGroup = self.groups.first(where: \.isKeyed)
        groupNumbers = self.groups.map(\.number)
    }

    /// The lookup tables repeat the other members, so comparing those suffices.
    public static func == (a: Collection, b: Collection) -> Bool {
        a === b
            || (a.number == b.number && a.name == b.name && a.label == b.label && a.kind == b.kind
                && a.groups == b.groups && a.scopes == b.scopes && a.rights == b.rights && a.unique == b.unique
                && a.minimums == b.minimums && a.titleField == b.titleField && a.accountFields == b.accountFields)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(number)
        hasher.combine(name)
    }

    /// Where a field stands.
    public struct FieldPlace: Hashable, Sendable {
        /// The index of its group in `groups`.
        public let group: Int
        /// Its index among the group's columns.
        public let column: Int
        /// Its index in `fields`.
        public let ordinal: Int
    }

    public func place(of field: String) -> FieldPlace? { fieldPlaces[field] }
    /// By which a field is known within its collection, so that it stays the same when a schema grows: the number of its group,
    /// and its column in it.
    public func number(ofField name: String) -> UInt32? {
        place(of: name).map { groups[$0.group].number << 8 | UInt32($0.column) }
    }
    public func field(named name: String) -> Field? { fieldPlaces[name].map { fields[$0.ordinal] } }
    public func group(_ number: UInt32) -> Group? { groupNumbers.place(of: number).map { groups[$0] } }
    /// The index of a group in `groups`.
    public func place(ofGroup number: UInt32) -> Int? { groupNumbers.place(of: number) }
    public func group(holding field: String) -> Group? { fieldPlaces[field].map { groups[$0.group] } }

    /// True if every replica of the hub receives all rows.
    public var isForEveryone: Bool { scopes.contains(.everyone) }
}

/// Columns that mean something only together, and merge as one cell; a lone field is a group of one. A
/// set is a group of one field with a cell per element. Immutable, and handed around by reference like
/// `Collection`.
public final class Group: Sendable, Hashable {
    /// Its name on the wire, within the collection. 1 and up: 0 is the row's liveness.
    public let number: UInt32
    public let name: String
    public let policy: Policy
    public let fields: [Field]
    /// The roles that may read it, by number; nil: all that may read the row.
    public let readers: Set<UInt32>?
    /// The roles that may write it, by number; nil: all that may write the row.
    public let writers: Set<UInt32>?

    public init(
        number: UInt32, name: String, policy: Policy, fields: [Field],
        readers: Set<UInt32>? = nil, writers: Set<UInt32>? = nil
    ) {
        self.number = number
        self.name = name
        self.policy = policy
        self.fields = fields
        self.readers = readers
        self.writers = writers
    }

    public static func == (a: Group, b: Group) -> Bool {
        a === b
            || (a.number == b.number && a.name == b.name && a.policy == b.policy && a.fields == b.fields
                && a.readers == b.readers && a.writers == b.writers)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(number)
        hasher.combine(name)
    }

    public var isSet: Bool { if case .addWinsSet = policy { true } else { false } }

    /// It has a cell for each key, with one value each: those of custom fields.
    public var isKeyed: Bool { fields.count == 1 && fields[0].type == .custom }

    /// The place of a role in the group's order of authority; 0 where there is none.
    public func rank(of role: UInt32) -> UInt32 {
        guard case .authority(let roles) = policy, let index = roles.firstIndex(of: role) else { return 0 }
        return UInt32(index) + 1
    }
}

/// A column.
public struct Field: Sendable, Hashable {
    public let name: String
    public let label: String
    public let type: FieldType
    /// A new row must have it.
    public let isMandatory: Bool

    public init(name: String, label: String, type: FieldType, isMandatory: Bool = false) {
        self.name = name
        self.label = label
        self.type = type
        self.isMandatory = isMandatory
    }
}

/// What values a field takes.
public enum FieldType: Sendable, Hashable {
    /// At most so many bytes of UTF-8.
    case text(maximumBytes: Int)
    case integer(minimum: Int64, maximum: Int64)
    case real
    case boolean
    /// Unix milliseconds, UTC.
    case timestamp
    /// Days since 1970-01-01.
    case date
    /// One of these texts.
    case choice([String])
    /// The id of a row of that collection.
    case reference(collection: UInt32)
    /// Collection number and id of a row of any of these collections, as text `name/uuid`.
    case anyReference(collections: [UInt32])
    /// At most so many bytes.
    case bytes(maximum: Int)
    /// A `BlobReference` as text, to a blob of at most so many bytes.
    case blob(maximumBytes: UInt64)
    /// A value for each key, of the type that a custom field of that key has.
    case custom
}

/// How a row of the collection comes into a scope.
public enum ScopeRule: Hashable, Sendable {
    /// Every replica receives the collection.
    case everyone
    /// The scope of this kind whose key is the field's value; with `on`, the part of it that holds the row's time.
    case field(kind: String, field: String, on: ScopeTime? = nil)
    /// The scope of this kind whose key is the row's own id.
    case own(kind: String)
    /// Every scope of the row that this reference field names; with `on`, the parts of them that hold the row's time, and
    /// nothing of scopes that are parts already.
    case parent(field: String, on: ScopeTime? = nil)
    /// The newest parts of the scopes of the row that this reference field names, if it is among the `count` newest of the
    /// living rows that name that one; newest is what has the latest time, which a row without a time never is.
    case newest(count: Int, parent: String, by: String)
    /// Every scope of the rows of that collection whose reference field names this row.
    case referrer(collection: UInt32, field: String)
}

/// A named set of rows that a replica receives.
public struct Scope: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let kind: String
    /// The key in text form: a row id in its usual form, or a choice.
    public let key: String

    public init(kind: String, key: String) {
        self.kind = kind
        self.key = key
    }

    public static func < (a: Self, b: Self) -> Bool { a.kind != b.kind ? a.kind < b.kind : a.key < b.key }

    /// Scopes are the same if their bytes are, like the values that keys come from: not by Swift's
    /// canonical equivalence, which no other language and no SQL shares.
    public static func == (a: Self, b: Self) -> Bool {
        hasSameBytes(a.key, b.key) && hasSameBytes(a.kind, b.kind)
    }

    public func hash(into hasher: inout Hasher) {
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    private static func hasSameBytes(_ a: String, _ b: String) -> Bool {
        var a = a, b = b
        return a.withUTF8 { a in b.withUTF8 { b in a.count == b.count && a.elementsEqual(b) } }
    }

    public var description: String { "\(kind):\(key)" }

    /// Reads `kind:key`; nil if there is no colon or an empty part.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        kind = String(text[..<colon])
        key = String(text[text.index(after: colon)...])
        if kind.isEmpty || key.isEmpty { return nil }
    }
}

/// Who a user is to the system.
public struct Role: Sendable, Hashable {
    public let number: UInt32
    public let name: String
    public let label: String
    /// The scopes of a user in this role.
    public let subscriptions: [Subscription]

    public init(number: UInt32, name: String, label: String, subscriptions: [Subscription]) {
        self.number = number
        self.name = name
        self.label = label
        self.subscriptions = subscriptions
    }

    public struct Subscription: Hashable, Sendable {
        public let kind: String
        public let key: Key
        /// Which parts of the scope; nil for the rows that belong to it at any time.
        public let window: ScopeWindow?
        public init(kind: String, key: Key, window: ScopeWindow? = nil) {
            self.kind = kind
            self.key = key
            self.window = window
        }
    }

    public enum Key: Hashable, Sendable {
        /// The user's own id.
        case user
        /// The value of a reference field of the user's row.
        case field(String)
    }
}

/// What a role may do with a collection.
public struct Rights: Hashable, Sendable {
    public let read: Bool
    public let create: Bool
    /// Change groups of existing rows (further restricted by each group's `writers`).
    public let update: Bool
    public let delete: Bool

    public init(read: Bool, create: Bool = false, update: Bool = false, delete: Bool = false) {
        self.read = read
        self.create = create
        self.update = update
        self.delete = delete
    }
}

extension [UInt32] {
    /// Where a number stands among rising ones. A schema has few, so that halving is cheaper than hashing.
    fileprivate func place(of number: UInt32) -> Int? {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == number ? low : nil
    }
}

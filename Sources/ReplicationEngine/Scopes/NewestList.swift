import ReplicationCore

/// The living rows of a collection that name one row in one field, of which the newest inherit from it.
public struct NewestList: Hashable, Sendable {
    public var parent: RowKey
    /// Of the rows that name the parent.
    public var collection: UInt32
    /// The reference field, as `ScopeRules` numbers it.
    public var field: UInt32

    public init(parent: RowKey, collection: UInt32, field: UInt32) {
        self.parent = parent
        self.collection = collection
        self.field = field
    }

    /// Where a row stands. The newest comes first: the latest time, and of one time the row with the highest id.
    public struct Place: Hashable, Comparable, Sendable {
        /// As the row has it: Unix milliseconds, or days since 1970-01-01.
        public var time: Int64
        public var row: RowID

        public init(time: Int64, row: RowID) {
            self.time = time
            self.row = row
        }

        public static func < (a: Self, b: Self) -> Bool { (b.time, b.row) < (a.time, a.row) }
    }

    /// What a commit changes of a list. A row whose time changes leaves one place and takes another.
    public struct Change: Sendable {
        public fileprivate(set) var removed: Set<Place> = []
        public fileprivate(set) var added: Set<Place> = []

        public init() {}

        mutating func move(from old: Place?, to new: Place?) {
            if let old { removed.insert(old) }
            if let new { added.insert(new) }
        }
    }

    /// Which of its rows inherit, and what of a scope.
    struct Rule: Sendable {
        let count: Int
        /// Times are days, not moments.
        let isDate: Bool

        /// The day of a place, as days since 1970-01-01.
        func day(of place: Place) -> Int64 {
            isDate ? place.time : CalendarUnit.day.bucket(at: place.time).number
        }
    }
}

extension NewestList {
    func edge(to place: Place, _ rule: Rule) -> ScopeEdge {
        ScopeEdge(
            source: parent, heir: RowKey(collection: collection, row: place.row), field: field,
            part: .newest(day: rule.day(of: place)))
    }

    /// The newest places before and after a change: of the stored list, whose first places these are.
    ///
    /// - Parameter stored: in order; as many as inherit, and one more for each that the change removes, if there are.
    static func newest(_ count: Int, of stored: [Place], _ change: Change) -> (before: [Place], after: [Place]) {
        let after = stored.filter { !change.removed.contains($0) } + change.added
        return (Array(stored.prefix(count)), Array(after.sorted().prefix(count)))
    }
}

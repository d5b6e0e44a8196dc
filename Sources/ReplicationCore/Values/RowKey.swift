/// Names a row together with its collection.
public struct RowKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The collection's number in the schema.
    public var collection: UInt32
    public var row: RowID

    public init(collection: UInt32, row: RowID) {
        self.collection = collection
        self.row = row
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.collection != b.collection ? a.collection < b.collection : a.row < b.row
    }

    public var description: String { "\(collection)/\(row)" }
}

/// Names a cell within its row: a group, or one element of a set.
public struct Part: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The group's number in the schema; 0 is the row's liveness.
    public var group: UInt32
    /// The element, for a cell of a set; nil for a group.
    public var element: String?

    public init(group: UInt32, element: String? = nil) {
        self.group = group
        self.element = element
    }

    public static let liveness = Part(group: 0)

    public static func < (a: Self, b: Self) -> Bool {
        if a.group != b.group { return a.group < b.group }
        switch (a.element, b.element) {
        case (nil, nil): return false
        case (nil, _): return true
        case (_, nil): return false
        // Byte order, not Swift's Unicode order: it must be the same in every language.
        case (let a?, let b?): return a.utf8.lexicographicallyPrecedes(b.utf8)
        }
    }

    public static func == (a: Self, b: Self) -> Bool {
        guard a.group == b.group else { return false }
        switch (a.element, b.element) {
        case (nil, nil): return true
        case (let a?, let b?): return a.utf8.elementsEqual(b.utf8)
        default: return false
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(group)
        if let element { for byte in element.utf8 { hasher.combine(byte) } }
    }

    public var description: String { element.map { "\(group)[\($0)]" } ?? "\(group)" }
}

import ReplicationCore

/// Just enough of a schema to check clocks with: two fields, a set, a counter, and who sees the row.
enum ClockSchema {
    static let users: UInt32 = 1, items: UInt32 = 2
    static let role: UInt32 = 1
    /// The replicas that can be given a seat at a row: three devices and a gateway.
    static let seats = 4

    static let schema = Schema(
        version: 1, name: "clocks",
        collections: [
            collection(users, "users", [
                group(1, "name", .lastWriter), group(2, "role", .lastWriter, .choice(["writer"])),
            ], scopes: [.everyone]),
            collection(items, "items", [
                group(1, "left", .lastWriter), group(2, "right", .lastWriter), group(3, "tags", .addWinsSet),
                group(4, "count", .counter, .integer(minimum: .min, maximum: .max)),
            ] + (0..<seats).map { group(UInt32(5 + $0), "seat\($0)", .lastWriter, .reference(collection: users)) },
            scopes: (0..<seats).map { .field(kind: "user", field: "seat\($0)") }),
        ],
        roles: [Role(number: role, name: "writer", label: "writer", subscriptions: [.init(kind: "user", key: .user)])],
        userCollection: users)

    private static func collection(
        _ number: UInt32, _ name: String, _ groups: [Group], scopes: [ScopeRule]
    ) -> Collection {
        Collection(
            number: number, name: name, label: name, kind: .record, groups: groups, scopes: scopes,
            rights: [role: Rights(read: true, create: true, update: true, delete: true)])
    }

    private static func group(
        _ number: UInt32, _ name: String, _ policy: Policy, _ type: FieldType = .text(maximumBytes: 100)
    ) -> Group {
        Group(number: number, name: name, policy: policy, fields: [Field(name: name, label: name, type: type)])
    }
}

/// A cell that is written in the check.
public struct CellName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Which of the history's rows.
    public var row: Int
    public var kind: Kind

    public enum Kind: Int, Hashable, Sendable, CaseIterable { case left, right, tag, count }

    public init(row: Int, kind: Kind) {
        self.row = row
        self.kind = kind
    }

    static let element = "x"

    var part: Part {
        switch kind {
        case .left: Part(group: 1)
        case .right: Part(group: 2)
        case .tag: Part(group: 3, element: Self.element)
        case .count: Part(group: 4)
        }
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.row != b.row ? a.row < b.row : a.kind.rawValue < b.kind.rawValue
    }

    public var description: String { "\(kind)\(row)" }
}

import ReplicationCore
import WireProtocol

/// Those who may read a cell: roles, by rising number.
///
/// Cells of the same readers form a class. What a role may read of some rows are the classes that it is among the readers of,
/// each whole: so sums over classes are enough to say what any role should hold.
public struct Readers: Hashable, Sendable, Comparable {
    public let roles: [UInt32]

    public init(roles: [UInt32]) { self.roles = roles }

    /// Four bytes for each role, most significant first.
    public var bytes: [UInt8] { roles.flatMap { role in (0..<4).map { UInt8(truncatingIfNeeded: role >> (24 - 8 * $0)) } } }

    /// Nil unless there are four bytes for each.
    public init?(bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        roles = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    public func contains(_ role: UInt32) -> Bool { roles.contains(role) }

    public static func < (a: Self, b: Self) -> Bool { a.roles.lexicographicallyPrecedes(b.roles) }
}

/// The classes of readers of a schema: the same rights as `ChangeEncoder` goes by, turned round.
public struct ReaderClasses: Sendable {
    /// A part of what a row holds.
    public struct Share: Sendable {
        public var readers: Readers
        public var held: HeldSum
    }

    private let schema: Schema
    private let byCollection: [UInt32: CollectionReaders]

    private struct CollectionReaders: Sendable {
        let collection: ReplicationCore.Collection
        /// Of the row: of its liveness, which all of them read.
        let row: Readers
        let whole: Readers
        /// Only of groups that fewer may read.
        let groups: [UInt32: Readers]

        func readers(of group: UInt32) -> Readers { collection.group(group) == nil && group != 0 ? whole : groups[group] ?? row }
    }

    public init(_ schema: Schema) {
        self.schema = schema
        let roles = schema.roles.map(\.number).sorted()
        var all: [UInt32: CollectionReaders] = [:]
        for collection in schema.collections {
            let row = Readers(roles: roles.filter { schema.mayRead($0, collection) })
            var groups: [UInt32: Readers] = [:]
            for group in collection.groups {
                let readers = Readers(roles: row.roles.filter { schema.mayRead($0, group.number, of: collection) })
                if readers != row { groups[group.number] = readers }
            }
            all[collection.number] = CollectionReaders(
                collection: collection, row: row,
                whole: Readers(roles: row.roles.filter { schema.mayReadWhole($0, collection) }), groups: groups)
        }
        byCollection = all
    }

    /// By what the classes are made: another text, other sums.
    public var text: String {
        "rows that only some readers of their collection receive: conflicts, definitions\n" + byCollection.sorted { $0.key < $1.key }.map { number, readers in
            let groups = readers.groups.sorted { $0.key < $1.key }.map { " \($0.key):\($0.value.roles)" }.joined()
            return "\(number) \(readers.row.roles) \(readers.whole.roles)\(groups)"
        }.joined(separator: "\n")
    }

    /// By what the holdings of those who receive a row differ when it goes from one state to another, class by class.
    ///
    /// - Parameters:
    ///   - former: nil if it was not received.
    ///   - state: nil if it is not received any more.
    public func differences(from former: RowState?, to state: RowState?) -> [Share] {
        guard let key = former?.key ?? state?.key, let readers = byCollection[key.collection] else { return [] }
        // What is about something else is for those who may read that. It does not change; if it did, both are told apart.
        guard schema.hasReadersByRow(readers.collection) else {
            return differences(from: former, to: state, readers, among: nil)
        }
        let (before, after) = (former.map { mayRead($0, readers) }, state.map { mayRead($0, readers) })
        if let before, let after, before != after {
            return differences(from: former, to: nil, readers, among: before) + differences(from: nil, to: state, readers, among: after)
        }
        return differences(from: former, to: state, readers, among: after ?? before)
    }

    private func mayRead(_ row: RowState, _ readers: CollectionReaders) -> Readers {
        Readers(roles: readers.row.roles.filter { schema.mayRead($0, row, of: readers.collection) })
    }

    private func differences(
        from former: RowState?, to state: RowState?, _ readers: CollectionReaders, among some: Readers?
    ) -> [Share] {
        func narrowed(_ readers: Readers) -> Readers {
            some.map { some in Readers(roles: readers.roles.filter(some.contains)) } ?? readers
        }
        var shares = [Share(readers: narrowed(readers.row), held: HeldSum())]
        if readers.groups.isEmpty {
            shares[0].held.replace(former, by: state)
        } else {
            shares[0].held.rows = (state == nil ? 0 : 1) &- (former == nil ? 0 : 1)
            HeldSum.changedCells(from: former, to: state) { key, old, new in
                guard let group = (old ?? new)?.part.group else { return }
                let readers = narrowed(readers.readers(of: group))
                let known = shares.firstIndex { $0.readers == readers }
                let place = known ?? shares.count
                if known == nil { shares.append(Share(readers: readers, held: HeldSum())) }
                if let old { shares[place].held.cells.subtract(CellDigest(of: old, in: key)) }
                if let new { shares[place].held.cells.add(CellDigest(of: new, in: key)) }
            }
        }
        // What nobody reads is compared with nobody.
        return shares.filter { !$0.readers.roles.isEmpty && !$0.held.isEmpty }
    }
}

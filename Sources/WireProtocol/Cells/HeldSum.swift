import ReplicationCore

/// What somebody holds, counted: the number of rows, and the sum of the digests of their cells. It is kept with every change,
/// so that no row has to be read for it, and of a difference as well: then all of it wraps around.
public struct HeldSum: Hashable, Sendable {
    public var rows: UInt64
    public var cells: DigestSum

    public init(rows: UInt64 = 0, cells: DigestSum = DigestSum()) {
        self.rows = rows
        self.cells = cells
    }

    /// Nothing is held, or nothing differs.
    public var isEmpty: Bool { self == HeldSum() }

    public static func += (a: inout Self, b: Self) {
        a.rows &+= b.rows
        a.cells += b.cells
    }

    public static func -= (a: inout Self, b: Self) {
        a.rows &-= b.rows
        a.cells -= b.cells
    }
}

extension HeldSum {
    /// Takes the present state of a row in the place of its former one. Only the cells that differ are hashed.
    ///
    /// - Parameters:
    ///   - former: nil if the row was not held.
    ///   - state: nil if it is not held any more.
    public mutating func replace(_ former: RowState?, by state: RowState?) {
        rows &+= (state == nil ? 0 : 1) &- (former == nil ? 0 : 1)
        HeldSum.changedCells(from: former, to: state) { key, old, new in
            if let old { cells.subtract(CellDigest(of: old, in: key)) }
            if let new { cells.add(CellDigest(of: new, in: key)) }
        }
    }

    /// Goes through the cells in which two states of a row differ.
    public static func changedCells(
        from former: RowState?, to state: RowState?, _ body: (RowKey, CellState?, CellState?) -> Void
    ) {
        guard let former, let state else {
            for cell in former?.cells ?? [] { if let former { body(former.key, cell, nil) } }
            for cell in state?.cells ?? [] { if let state { body(state.key, nil, cell) } }
            return
        }
        // Cells stand in the order of their parts.
        var (old, new) = (former.cells[...], state.cells[...])
        while let first = old.first ?? new.first {
            switch (old.first, new.first) {
            case (let a?, let b?) where a.part == b.part:
                if a != b { body(state.key, a, b) }
                old.removeFirst()
                new.removeFirst()
            case (let a?, let b?) where b.part < a.part:
                body(state.key, nil, b)
                new.removeFirst()
            case (_?, _):
                body(state.key, old.removeFirst(), nil)
            case (nil, _):
                body(state.key, nil, first)
                new.removeFirst()
            }
        }
    }
}

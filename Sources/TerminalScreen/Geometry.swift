/// Columns and rows of a terminal.
public struct Size: Hashable, Sendable {
    public var columns: Int
    public var rows: Int
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// A cell's place: the first one is 0, 0, at the top left.
public struct Point: Hashable, Sendable {
    public var column: Int
    public var row: Int
    public init(_ column: Int, _ row: Int) {
        self.column = column
        self.row = row
    }
}

/// A part of a screen.
public struct Rect: Hashable, Sendable {
    public var column: Int
    public var row: Int
    public var columns: Int
    public var rows: Int

    /// Less than nothing is nothing.
    public init(_ column: Int, _ row: Int, columns: Int, rows: Int) {
        self.column = column
        self.row = row
        self.columns = max(columns, 0)
        self.rows = max(rows, 0)
    }

    public init(_ size: Size) { self.init(0, 0, columns: size.columns, rows: size.rows) }

    public var endColumn: Int { column + columns }
    public var endRow: Int { row + rows }
    public var isEmpty: Bool { columns == 0 || rows == 0 }

    public func contains(_ point: Point) -> Bool {
        point.column >= column && point.column < endColumn && point.row >= row && point.row < endRow
    }

    /// Without a margin on each side.
    public func inset(columns: Int = 1, rows: Int = 1) -> Rect {
        Rect(column + columns, row + rows, columns: self.columns - 2 * columns, rows: self.rows - 2 * rows)
    }

    /// Cuts a part off on the left.
    public func split(left count: Int) -> (left: Rect, right: Rect) {
        let count = min(max(count, 0), columns)
        return (Rect(column, row, columns: count, rows: rows), Rect(column + count, row, columns: columns - count, rows: rows))
    }

    /// Cuts a part off at the top.
    public func split(top count: Int) -> (top: Rect, bottom: Rect) {
        let count = min(max(count, 0), rows)
        return (Rect(column, row, columns: columns, rows: count), Rect(column, row + count, columns: columns, rows: rows - count))
    }

    /// In the middle of this one, as large as is wanted and fits.
    public func centered(columns wanted: Int, rows wantedRows: Int) -> Rect {
        let columns = min(wanted, self.columns), rows = min(wantedRows, self.rows)
        return Rect(column + (self.columns - columns) / 2, row + (self.rows - rows) / 2, columns: columns, rows: rows)
    }
}

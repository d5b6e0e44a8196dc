/// One character on a screen. A wide one takes two cells, of which the second has no width.
public struct Cell: Hashable, Sendable {
    public var character: Character
    public var style: Style
    public var width: UInt8

    public init(_ character: Character = " ", _ style: Style = Style(), width: UInt8 = 1) {
        self.character = character
        self.style = style
        self.width = width
    }
}

/// What a screen is to show: cells, drawn without a terminal. What is drawn outside of it is cut off.
public struct Canvas: Sendable, Equatable {
    public let size: Size
    public private(set) var cells: [Cell]
    /// Where the cursor is shown; nowhere without.
    public var cursor: Point?

    public init(_ size: Size, style: Style = Style()) {
        let size = Size(columns: max(size.columns, 0), rows: max(size.rows, 0))
        self.size = size
        cells = Array(repeating: Cell(" ", style), count: size.columns * size.rows)
    }

    public subscript(point: Point) -> Cell? {
        Rect(size).contains(point) ? cells[point.row * size.columns + point.column] : nil
    }

    /// Writes a text from a place to the right, and harmless to a terminal whatever it holds.
    ///
    /// - Parameter columns: as many as it may take; `ShownText.cut` marks what is left out.
    /// - Returns: the column behind it.
    @discardableResult
    public mutating func put(_ text: String, at point: Point, _ style: Style, columns: Int? = nil) -> Int {
        let limit = min(columns.map { point.column + max($0, 0) } ?? size.columns, size.columns)
        let text = ShownText.cut(text, to: max(limit - point.column, 0))
        var column = point.column
        for character in text {
            let shown = ShownText.harmless(character)
            let width = CharacterWidth.of(shown)
            guard column + width <= limit else { break }
            set(shown, width, Point(column, point.row), style)
            column += width
        }
        return column
    }

    /// Writes a text so that it ends before a column.
    @discardableResult
    public mutating func put(_ text: String, endingAt end: Point, _ style: Style, columns: Int) -> Int {
        let text = ShownText.cut(text, to: columns)
        let start = end.column - CharacterWidth.of(text)
        put(text, at: Point(start, end.row), style, columns: columns)
        return start
    }

    private mutating func set(_ character: Character, _ width: Int, _ point: Point, _ style: Style) {
        guard point.row >= 0, point.row < size.rows, point.column >= 0, point.column + width <= size.columns else { return }
        let index = point.row * size.columns + point.column
        release(index)
        if width == 2 {
            release(index + 1)
            cells[index + 1] = Cell(" ", style, width: 0)
        }
        cells[index] = Cell(character, style, width: UInt8(width))
    }

    /// Half of a wide character is none: the other half becomes a space.
    private mutating func release(_ index: Int) {
        if cells[index].width == 0 { cells[index - 1] = Cell(" ", cells[index - 1].style) }
        if cells[index].width == 2 { cells[index + 1] = Cell(" ", cells[index + 1].style) }
    }

    /// Fills a part with spaces.
    public mutating func fill(_ rect: Rect, _ style: Style) {
        for row in max(rect.row, 0)..<max(min(rect.endRow, size.rows), max(rect.row, 0)) {
            for column in max(rect.column, 0)..<max(min(rect.endColumn, size.columns), max(rect.column, 0)) {
                set(" ", 1, Point(column, row), style)
            }
        }
    }

    /// Gives a part another ground and leaves what stands in it.
    public mutating func shade(_ rect: Rect, _ change: (inout Style) -> Void) {
        for row in max(rect.row, 0)..<max(min(rect.endRow, size.rows), max(rect.row, 0)) {
            for column in max(rect.column, 0)..<max(min(rect.endColumn, size.columns), max(rect.column, 0)) {
                change(&cells[row * size.columns + column].style)
            }
        }
    }

    /// Draws a thin frame, with a title in its upper edge.
    public mutating func box(_ rect: Rect, _ style: Style, title: String = "", titleStyle: Style? = nil) {
        guard rect.columns >= 2, rect.rows >= 2 else { return }
        let line = String(repeating: "─", count: rect.columns - 2)
        put("╭" + line + "╮", at: Point(rect.column, rect.row), style)
        put("╰" + line + "╯", at: Point(rect.column, rect.endRow - 1), style)
        for row in rect.row + 1..<rect.endRow - 1 {
            put("│", at: Point(rect.column, row), style)
            put("│", at: Point(rect.endColumn - 1, row), style)
        }
        guard !title.isEmpty, rect.columns > 6 else { return }
        put(" \(ShownText.cut(title, to: rect.columns - 6)) ", at: Point(rect.column + 2, rect.row), titleStyle ?? style)
    }

    /// What stands in it, line by line, without spaces at the ends.
    public var lines: [String] {
        (0..<size.rows).map { row in
            var line = ""
            for cell in cells[row * size.columns..<(row + 1) * size.columns] where cell.width > 0 { line.append(cell.character) }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

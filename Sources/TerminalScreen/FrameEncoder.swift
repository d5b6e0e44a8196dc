/// Turns canvases into what a terminal is sent: only what has changed since the one before.
public struct FrameEncoder: Sendable {
    public let colors: ColorLevel
    /// False where the terminal shows nothing but ASCII.
    public let isUnicode: Bool
    private var shown: Canvas?

    public init(colors: ColorLevel, isUnicode: Bool) {
        self.colors = colors
        self.isUnicode = isUnicode
    }

    /// Forgets what the terminal shows: the next canvas is sent whole.
    public mutating func invalidate() { shown = nil }

    /// - Returns: nothing if the terminal shows it already.
    public mutating func encode(_ canvas: Canvas) -> [UInt8] {
        guard canvas != shown else { return [] }
        let before = shown.flatMap { $0.size == canvas.size ? $0 : nil }
        var frame = Frame(colors: colors, isUnicode: isUnicode)
        if before == nil { frame.text += "\u{1B}[0m\u{1B}[2J" }
        for row in 0..<canvas.size.rows { encode(row, of: canvas, over: before, into: &frame) }
        if frame.style != nil { frame.text += "\u{1B}[0m" }
        if let cursor = canvas.cursor {
            frame.text += "\u{1B}[\(cursor.row + 1);\(cursor.column + 1)H\u{1B}[?25h"
        }
        shown = canvas
        // Terminals that know synchronized output (mode 2026) show the frame at once, others skip the mode.
        return Array("\u{1B}[?2026h\u{1B}[?25l\(frame.text)\u{1B}[?2026l".utf8)
    }

    private func encode(_ row: Int, of canvas: Canvas, over before: Canvas?, into frame: inout Frame) {
        let start = row * canvas.size.columns
        for column in 0..<canvas.size.columns {
            let cell = canvas.cells[start + column]
            if cell.width == 0 { continue }
            if let before {
                let isSame = before.cells[start + column] == cell
                    && (cell.width < 2 || before.cells[start + column + 1] == canvas.cells[start + column + 1])
                if isSame { continue }
            }
            frame.put(cell, at: Point(column, row))
        }
    }

    private struct Frame {
        let colors: ColorLevel
        let isUnicode: Bool
        var text = ""
        var style: Style?
        /// Where the terminal writes next; nil where terminals do not agree.
        var place: Point?

        init(colors: ColorLevel, isUnicode: Bool) {
            self.colors = colors
            self.isUnicode = isUnicode
        }

        mutating func put(_ cell: Cell, at point: Point) {
            if place != point { text += "\u{1B}[\(point.row + 1);\(point.column + 1)H" }
            if style != cell.style {
                text += cell.style.sequence(at: colors)
                style = cell.style
            }
            if isUnicode {
                text.append(cell.character)
            } else {
                text.append(PlainCharacters.of(cell.character))
                if cell.width == 2 { text.append(" ") }
            }
            place = cell.character.isASCII || !isUnicode ? Point(point.column + Int(cell.width), point.row) : nil
        }
    }
}

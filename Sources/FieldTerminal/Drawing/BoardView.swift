import ReplicationCore
import TerminalScreen

/// A day as a picture: technicians as rows, hours as columns.
struct BoardView {
    var rows: [Row]
    /// Minutes of the day between which it is drawn.
    var from = 7 * 60
    var to = 19 * 60
    /// The present moment, in minutes; nil on other days.
    var now: Int?
    var selectedRow: Int?
    var selectedBlock: Int?
    /// Said where there are no rows.
    var nothing = ""

    struct Row {
        var name: String
        /// What is known of them live, in a few words.
        var live: String
        var blocks: [Block]
    }

    struct Block {
        var item: Item
        var from: Int
        var to: Int
        var title: String
        var status: String
        /// When they are expected, in minutes, where that is known.
        var eta: Int?
    }
}

extension Painter {
    mutating func draw(_ board: BoardView, in rect: Rect) {
        guard rect.rows > 1, rect.columns > 30 else { return }
        guard !board.rows.isEmpty else {
            canvas.put(board.nothing, at: Point(rect.column + 1, rect.row + 1), theme[.dim], columns: rect.columns - 1)
            return
        }
        let names = min(max(board.rows.map { CharacterWidth.of($0.name) }.max() ?? 0, 10) + 2, rect.columns / 4)
        let (left, right) = rect.split(left: names)
        drawHours(board, in: right)
        let perRow = rect.rows - 1 >= board.rows.count * 2 ? 2 : 1
        let fitting = (rect.rows - 1) / perRow
        let top = max(0, min((board.selectedRow ?? 0) - fitting / 2, board.rows.count - fitting))
        for (line, index) in (top..<min(board.rows.count, top + fitting)).enumerated() {
            let row = board.rows[index], y = rect.row + 1 + line * perRow, isSelected = index == board.selectedRow
            canvas.put(row.name, at: Point(left.column + 1, y), isSelected ? theme.title : theme[.normal], columns: names - 2)
            if isSelected { canvas.put("▸", at: Point(left.column, y), theme.title) }
            if perRow == 2 { canvas.put(row.live, at: Point(left.column + 1, y + 1), theme[.dim], columns: names - 2) }
            drawGrid(board, at: y, rows: perRow, in: right)
            for (number, block) in row.blocks.enumerated() {
                let following = number + 1 < row.blocks.count ? row.blocks[number + 1].from : .max
                let isDoubled = row.blocks[..<number].contains { $0.to > block.from }
                draw(
                    block, upTo: min(block.to, max(following, block.from + 15)), isDoubled: isDoubled, board, isSelected: isSelected && number == board.selectedBlock,
                    at: y, rows: perRow, in: right)
            }
        }
    }

    private func column(_ minutes: Int, _ board: BoardView, in rect: Rect) -> Int {
        rect.column + (min(max(minutes, board.from), board.to) - board.from) * (rect.columns - 1) / max(board.to - board.from, 1)
    }

    private mutating func drawHours(_ board: BoardView, in rect: Rect) {
        let step = rect.columns < 100 ? 120 : 60
        for minutes in stride(from: board.from / step * step, through: board.to, by: step) where minutes >= board.from {
            let start = column(minutes, board, in: rect)
            if start + 5 <= rect.endColumn { canvas.put(Moments.clock(minutes), at: Point(start, rect.row), theme[.dim]) }
        }
    }

    private mutating func drawGrid(_ board: BoardView, at row: Int, rows: Int, in rect: Rect) {
        for y in row..<row + rows {
            for minutes in stride(from: board.from, through: board.to, by: 60) {
                canvas.put("·", at: Point(column(minutes, board, in: rect), y), theme.border)
            }
            if let now = board.now, board.from...board.to ~= now {
                canvas.put("│", at: Point(column(now, board, in: rect), y), theme[.bad])
            }
        }
    }

    /// - Parameters:
    ///   - end: where the next one begins, or its own end.
    ///   - isDoubled: somebody is to be at two places at once.
    private mutating func draw(
        _ block: BoardView.Block, upTo end: Int, isDoubled: Bool, _ board: BoardView, isSelected: Bool, at row: Int, rows: Int, in rect: Rect
    ) {
        let start = column(block.from, board, in: rect), end = max(column(end, board, in: rect), start + 3)
        // A gap keeps neighbours apart.
        let width = min(end, rect.endColumn) - start - (end - start > 3 ? 1 : 0), style = theme.bar(block.status, isSelected: isSelected)
        canvas.fill(Rect(start, row, columns: width, rows: rows), style)
        let sign = (isDoubled ? "! " : "") + (block.item.mark == .none ? "" : block.item.mark.sign)
        canvas.put(sign + block.title, at: Point(start + (width > 9 ? 1 : 0), row), style, columns: width - (width > 9 ? 1 : 0))
        guard rows > 1 else { return }
        // What does not fit is left out whole: half a time is a wrong one.
        let arrival = block.eta.map { "→ \(Moments.clock($0))" } ?? "", span = "\(Moments.clock(block.from))–\(Moments.clock(block.to))"
        let choices = ["\(span) \(arrival)", arrival.isEmpty ? span : "\(Moments.clock(block.from)) \(arrival)", span, Moments.clock(block.from)]
        let times = choices.first { CharacterWidth.of($0) <= width - (width > 9 ? 1 : 0) } ?? ""
        canvas.put(times, at: Point(start + (width > 9 ? 1 : 0), row + 1), style, columns: width - (width > 9 ? 1 : 0))
    }
}

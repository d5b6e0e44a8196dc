import ReplicationCore
import TerminalScreen

/// What is to be seen, before it is drawn on a screen or read out line by line.
struct Page {
    /// Where one is, from the outermost page on.
    var title: String
    var tabs: [String] = []
    var tab = 0
    var panes: [Pane]
    var hints: [Hint]
    /// Its list can be filtered.
    var filtered = false

    /// The list that keys go through: that of the pane in focus.
    var table: Table? {
        for pane in panes where pane.isFocused {
            if case .table(let table) = pane.body { return table }
        }
        return nil
    }
}

struct Hint: Equatable {
    var key: String
    var word: String
    /// What the help says besides.
    var more: String
    init(_ key: String, _ word: String, _ more: String = "") {
        self.key = key
        self.word = word
        self.more = more
    }
}

/// A framed part of a page.
struct Pane {
    var title: String
    var body: Body
    var isFocused = true
    /// In per cent of the page: its height, or, where it stands beside another, its width.
    var share = 100
    /// As many lines as it has a use for; nil for as many as there are.
    var lines: Int?
    /// Beside the pane before it, where the page is wide.
    var isBeside = false

    enum Body {
        case table(Table)
        case text([Span])
        case board(BoardView)
    }
}

/// A piece of text in one tone.
struct Span: Equatable {
    var text: String
    var tone: Tone
    init(_ text: String, _ tone: Tone = .normal) {
        self.text = text
        self.tone = tone
    }
}

struct Column {
    var title: String
    /// In cells; of one that grows, the least.
    var width: Int
    /// Its share of what is left.
    var growth = 0
    var isNumber = false
    /// Only in tables at least so wide.
    var from = 0

    init(_ title: String, _ width: Int, growth: Int = 0, isNumber: Bool = false, from: Int = 0) {
        self.title = title
        self.width = width
        self.growth = growth
        self.isNumber = isNumber
        self.from = from
    }
}

/// One line of a table, with what keys do something to.
struct Entry {
    var cells: [Span]
    var item: Item?
    var target: FieldTarget?
    var mark = Mark.none
}

/// Lines of which only those that are seen are made.
struct Table {
    var columns: [Column]
    var count: Int
    var selected: Int?
    var entry: (Int) -> Entry
    /// Said where there are no lines.
    var nothing = ""

    init(_ columns: [Column], _ items: [Entry], selected: Int?, nothing: String) {
        self.init(columns, count: items.count, selected: selected, nothing: nothing) { items[$0] }
    }

    init(_ columns: [Column], count: Int, selected: Int?, nothing: String, entry: @escaping (Int) -> Entry) {
        self.columns = columns
        self.count = count
        self.selected = selected.map { min(max($0, 0), max(count - 1, 0)) }
        self.nothing = nothing
        self.entry = entry
    }

    var current: Entry? { selected.flatMap { count > 0 ? entry($0) : nil } }

    /// The first of so many lines that are seen: the selected one stands in the middle where it can.
    func top(_ rows: Int) -> Int { max(0, min((selected ?? 0) - rows / 2, count - rows)) }

    /// The columns that fit, with their widths.
    func layout(_ columns: Int) -> [(index: Int, width: Int)] {
        var shown = self.columns.indices.filter { self.columns[$0].from <= columns }
        func needed() -> Int { shown.reduce(0) { $0 + self.columns[$1].width + 1 } }
        while shown.count > 1, needed() > columns + 1, let last = shown.lastIndex(where: { self.columns[$0].growth == 0 }) { shown.remove(at: last) }
        let spare = max(columns + 1 - needed(), 0), growth = shown.reduce(0) { $0 + self.columns[$1].growth }
        var given = 0, seen = 0
        return shown.map { index in
            let column = self.columns[index]
            guard column.growth > 0 else { return (index, min(column.width, columns)) }
            seen += column.growth
            let upTo = spare * seen / growth
            defer { given = upTo }
            return (index, min(column.width + upTo - given, columns))
        }
    }
}

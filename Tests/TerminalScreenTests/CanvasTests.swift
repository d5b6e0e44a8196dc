import Foundation
import TerminalScreen
import Testing

struct CanvasTests {
    @Test func `text is cut with a mark where it does not fit`() {
        var canvas = Canvas(Size(columns: 12, rows: 2))
        canvas.put("Chiller 2 loses pressure", at: Point(1, 0), Style(), columns: 10)
        canvas.put("1,250.00", endingAt: Point(12, 1), Style(), columns: 10)
        #expect(canvas.lines == [" Chiller 2…", "    1,250.00"])
        #expect(ShownText.cut("漢字漢字", to: 5) == "漢字…")
        #expect(ShownText.cut("abc", to: 0) == "")
    }

    @Test func `wide characters take two cells, and half of one is none`() {
        var canvas = Canvas(Size(columns: 6, rows: 1))
        canvas.put("a漢b", at: Point(0, 0), Style())
        #expect(canvas.lines == ["a漢b"])
        #expect(canvas[Point(3, 0)]?.character == "b")
        canvas.put("x", at: Point(2, 0), Style())
        #expect(canvas.lines == ["a xb"])
        canvas.put("漢", at: Point(5, 0), Style())
        #expect(canvas.lines == ["a xb …"])
    }

    @Test func `what a terminal would obey is only shown`() {
        var canvas = Canvas(Size(columns: 20, rows: 1))
        canvas.put("a\u{1B}[2Jb\u{7}c\u{202E}d\ne", at: Point(0, 0), Style())
        #expect(canvas.lines == ["a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d e"])
        var encoder = FrameEncoder(colors: .none, isUnicode: true)
        let sent = String(decoding: encoder.encode(canvas), as: UTF8.self)
        #expect(!sent.contains("\u{7}") && sent.components(separatedBy: "\u{1B}[2J").count == 2)
    }

    @Test func `nothing is drawn outside`() {
        var canvas = Canvas(Size(columns: 4, rows: 2))
        canvas.put("hello", at: Point(2, 1), Style())
        canvas.put("up", at: Point(0, -1), Style())
        canvas.put("left", at: Point(-2, 0), Style())
        canvas.fill(Rect(3, 1, columns: 9, rows: 9), Style())
        canvas.box(Rect(-1, -1, columns: 9, rows: 9), Style())
        #expect(canvas.lines == ["ft", "  h"])
    }

    @Test func `boxes carry their titles`() {
        var canvas = Canvas(Size(columns: 12, rows: 3))
        canvas.box(Rect(canvas.size), Style(), title: "Parts")
        #expect(canvas.lines == ["╭─ Parts ──╮", "│          │", "╰──────────╯"])
    }

    @Test func `text is wrapped at spaces, and within words where it must be`() {
        #expect(ShownText.wrapped("Ring for the caretaker", to: 9) == ["Ring for", "the", "caretaker"])
        #expect(ShownText.wrapped("abcdefghij k", to: 4) == ["abcd", "efgh", "ij k"])
        #expect(ShownText.wrapped("  by somebody", to: 8) == ["  by", "  somebo", "  dy"])
        #expect(ShownText.wrapped("  enter    open", to: 15) == ["  enter    open"])
        #expect(ShownText.wrapped("  x  why and how", to: 15) == ["  x  why and", "     how"])
        #expect(ShownText.wrapped("x  why and how", to: 10) == ["x why and", "how"])
        #expect(ShownText.wrapped("  explanation  why", to: 16) == ["  explanation", "  why"])
        #expect(ShownText.wrapped("one\n\ntwo", to: 9) == ["one", "", "two"])
    }
}


import TerminalScreen
import Testing

/// What is sent, read back by a terminal of the test's own.
struct FrameEncoderTests {
    /// Shows what it is sent: positions and characters, and the style as its control sequence.
    struct Screen {
        var cells: [[String]]
        private var row = 0, column = 0, style = ""

        init(_ size: Size) { cells = Array(repeating: Array(repeating: "", count: size.columns), count: size.rows) }

        mutating func take(_ bytes: [UInt8]) {
            var rest = String(decoding: bytes, as: UTF8.self)[...]
            while let character = rest.popFirst() {
                guard character == "\u{1B}" else {
                    cells[row][column] = style + String(character)
                    column += 1
                    continue
                }
                let body = rest.dropFirst().prefix { !$0.isLetter }
                let final = rest.dropFirst(1 + body.count).first
                rest = rest.dropFirst(2 + body.count)
                let numbers = body.split(separator: ";").compactMap { Int($0) }
                switch final {
                case "H": (row, column) = (numbers[0] - 1, numbers[1] - 1)
                case "m": style = "<\(body)>"
                case "J": for index in cells.indices { cells[index] = cells[index].map { _ in " " } }
                default: break
                }
            }
        }
    }

    private func canvas(_ text: String, _ style: Style = Style()) -> Canvas {
        var canvas = Canvas(Size(columns: 10, rows: 2))
        canvas.put(text, at: Point(0, 0), style)
        return canvas
    }

    @Test func `only what changed is sent`() {
        var encoder = FrameEncoder(colors: .none, isUnicode: true)
        var screen = Screen(Size(columns: 10, rows: 2))
        let first = encoder.encode(canvas("pending 1"))
        screen.take(first)
        let second = encoder.encode(canvas("pending 2"))
        #expect(second.count < 50 && second.count < first.count)
        screen.take(second)
        #expect(screen.cells[0].joined().filter { !"<>0".contains($0) } == "pending 2 ")
        #expect(encoder.encode(canvas("pending 2")) == [])
        encoder.invalidate()
        #expect(encoder.encode(canvas("pending 2")).count > 50)
    }

    /// Whatever is drawn over whatever, the screen shows the last canvas.
    @Test func `differences add up to the canvas`() {
        var encoder = FrameEncoder(colors: .trueColor, isUnicode: false)
        var screen = Screen(Size(columns: 10, rows: 2)), random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var next = Canvas(Size(columns: 10, rows: 2))
            for _ in 0..<3 {
                let style = Style(.rgb(UInt8.random(in: 0...3, using: &random), 0, 0, sixteen: 1), on: .standard, .bold)
                next.put(["ab", "xyz", "-", "漢"].randomElement(using: &random) ?? "", at: Point(.random(in: 0...9, using: &random), .random(in: 0...1, using: &random)), style)
            }
            screen.take(encoder.encode(next))
            var fresh = FrameEncoder(colors: .trueColor, isUnicode: false), expected = Screen(Size(columns: 10, rows: 2))
            expected.take(fresh.encode(next))
            #expect(screen.cells == expected.cells)
        }
    }

    @Test func `colours follow the level`() {
        let style = Style(.rgb(10, 20, 30, sixteen: 12), on: .rgb(1, 2, 3, sixteen: 0), .reverse)
        func sent(_ level: ColorLevel) -> String {
            var encoder = FrameEncoder(colors: level, isUnicode: true)
            return String(decoding: encoder.encode(canvas("x", style)), as: UTF8.self)
        }
        #expect(sent(.trueColor).contains("\u{1B}[0;7;38;2;10;20;30;48;2;1;2;3mx"))
        #expect(sent(.sixteen).contains("\u{1B}[0;7;94;40mx"))
        #expect(sent(.none).contains("\u{1B}[0;7mx"))
    }

    @Test func `without UTF-8 everything is ASCII`() {
        var encoder = FrameEncoder(colors: .none, isUnicode: false)
        let bytes = encoder.encode(canvas("╭─é…漢●"))
        #expect(bytes.allSatisfy { $0 < 0x80 })
        #expect(String(decoding: bytes, as: UTF8.self).contains("+-e~? *"))
    }

    @Test(arguments: [
        (["TERM": "xterm-256color"], ColorLevel.sixteen), (["TERM": "xterm", "COLORTERM": "truecolor"], .trueColor),
        (["TERM": "xterm", "COLORTERM": "truecolor", "NO_COLOR": "1"], .none), (["TERM": "xterm", "NO_COLOR": ""], .sixteen),
        (["TERM": "dumb"], .none), (["TERM": "vt100"], .none),
    ])
    func `the environment says how many colours`(_ environment: [String: String], _ level: ColorLevel) {
        #expect(ColorLevel(environment: environment) == level)
    }
}

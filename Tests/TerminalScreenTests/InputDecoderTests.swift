import TerminalScreen
import Testing

/// What terminals send, whole and byte by byte.
struct InputDecoderTests {
    /// Sequences as xterm and tmux send them, with what they mean.
    static let examples: [(String, [InputEvent])] = [
        ("a", [.key(KeyPress("a"))]),
        ("é", [.key(KeyPress("é"))]),
        ("漢😀", [.key(KeyPress("漢")), .key(KeyPress("😀"))]),
        ("\r", [.key(KeyPress(.enter))]),
        ("\u{7F}", [.key(KeyPress(.backspace))]),
        ("\u{3}", [.key(KeyPress(.character("c"), .control))]),
        ("\u{1B}[A\u{1B}OB", [.key(KeyPress(.up)), .key(KeyPress(.down))]),
        ("\u{1B}[1;5C", [.key(KeyPress(.right, .control))]),
        ("\u{1B}[Z", [.key(KeyPress(.tab, .shift))]),
        ("\u{1B}[5~\u{1B}[15~", [.key(KeyPress(.pageUp)), .key(KeyPress(.function(5)))]),
        ("\u{1B}[[A", [.key(KeyPress(.function(1)))]),
        ("\u{1B}x", [.key(KeyPress(.character("x"), .alt))]),
        ("\u{1B}[<0;3;4M", [.mouse(MouseEvent(.pressed, Point(2, 3)))]),
        ("\u{1B}[<32;10;2M", [.mouse(MouseEvent(.dragged, Point(9, 1)))]),
        ("\u{1B}[<0;3;4m", [.mouse(MouseEvent(.released, Point(2, 3)))]),
        ("\u{1B}[<65;1;1M", [.mouse(MouseEvent(.wheelDown, Point(0, 0)))]),
        ("\u{1B}[200~two\r\nlines\u{1B}[201~q", [.paste("two\nlines"), .key(KeyPress("q"))]),
        ("\u{1B}[200~a\u{1B}[31mb\u{1B}[201~", [.paste("a[31mb")]),
        // What nobody asked for is left out, and what follows is read.
        ("\u{1B}[?1;2c\u{1B}[99~z", [.key(KeyPress("z"))]),
        ("\u{1B}[<0;0;0Mz", [.key(KeyPress("z"))]),
    ]

    @Test(arguments: examples) func `is read whole and byte by byte`(_ text: String, _ expected: [InputEvent]) {
        var whole = InputDecoder()
        #expect(whole.decode(Array(text.utf8)) == expected)
        var piecewise = InputDecoder()
        var events: [InputEvent] = []
        for byte in text.utf8 { events += piecewise.decode([byte]) }
        #expect(events == expected)
        #expect(!piecewise.isWaiting)
    }

    @Test func `an escape is a key when nothing follows`() {
        var decoder = InputDecoder()
        #expect(decoder.decode([0x1B]) == [])
        #expect(decoder.isWaiting)
        #expect(decoder.flush() == [.key(KeyPress(.escape))])
        #expect(decoder.flush() == [])
        #expect(decoder.decode([0x1B, 0x1B]) == [.key(KeyPress(.escape))])
        #expect(decoder.flush() == [.key(KeyPress(.escape))])
    }

    @Test func `bytes that mean nothing end, and stop nothing`() {
        var decoder = InputDecoder()
        #expect(decoder.decode([0xFF, 0x80]) == [])
        #expect(decoder.decode([0x1B, 0x5B] + Array(repeating: 0x30, count: 500)).count < 500)
        #expect(decoder.decode([0x0D]).last == .key(KeyPress(.enter)))
    }

    @Test func `a paste is cut off at its bound`() throws {
        var decoder = InputDecoder()
        let events = decoder.decode(Array("\u{1B}[200~\(String(repeating: "x", count: 200_000))\u{1B}[201~".utf8))
        guard case .paste(let text) = try #require(events.first) else {
            Issue.record("no paste")
            return
        }
        #expect(text.count == InputDecoder.pasteBytes && events.count == 1)
    }
}

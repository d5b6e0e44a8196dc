/// Reads what a terminal sends: characters in UTF-8, keys and the mouse as control sequences (ECMA-48; the mouse in xterm's
/// SGR form), pasted text in brackets.
///
/// Bytes may come one by one. What is none of these is left out.
public struct InputDecoder: Sendable {
    /// A paste beyond it is cut off.
    public static let pasteBytes = 64 << 10
    /// A control sequence beyond it is none.
    private static let sequenceBytes = 64

    private var bytes: [UInt8] = []
    /// What was pasted so far, while a paste goes on.
    private var paste: [UInt8]?

    public init() {}

    /// Bytes that may go on wait for the rest, or for `flush`.
    public var isWaiting: Bool { !bytes.isEmpty && paste == nil }

    public mutating func decode(_ input: some Swift.Sequence<UInt8>) -> [InputEvent] {
        var events: [InputEvent] = []
        for byte in input {
            bytes.append(byte)
            if paste != nil { takePasted(&events) } else { take(&events) }
        }
        return events
    }

    /// Nothing followed for a while: an escape was the key.
    public mutating func flush() -> [InputEvent] {
        guard isWaiting else { return [] }
        defer { bytes = [] }
        if bytes == [0x1B] { return [.key(KeyPress(.escape))] }
        if bytes == [0x1B, 0x5B] || bytes == [0x1B, 0x4F] { return [.key(KeyPress(.character(Character(Unicode.Scalar(bytes[1]))), .alt))] }
        return []
    }

    private mutating func take(_ events: inout [InputEvent]) {
        guard let first = bytes.first else { return }
        if first == 0x1B { return takeEscape(&events) }
        if first < 0x20 || first == 0x7F {
            bytes = []
            if let key = Self.control(first) { events.append(.key(key)) }
            return
        }
        let length = Self.length(first)
        guard bytes.count >= length else { return }
        // What is no UTF-8 decodes to a replacement character, and nobody typed that.
        let text = String(decoding: bytes, as: UTF8.self)
        bytes = []
        if let character = text.first, character != "\u{FFFD}" { events.append(.key(KeyPress(character))) }
    }

    private static func length(_ first: UInt8) -> Int {
        switch first {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }

    private static func control(_ byte: UInt8) -> KeyPress? {
        switch byte {
        case 0x0D, 0x0A: KeyPress(.enter)
        case 0x09: KeyPress(.tab)
        case 0x7F, 0x08: KeyPress(.backspace)
        case 0x01...0x1A: KeyPress(.character(Character(Unicode.Scalar(byte + 0x60))), .control)
        default: nil
        }
    }

    private mutating func takeEscape(_ events: inout [InputEvent]) {
        guard bytes.count > 1 else { return }
        switch bytes[1] {
        case 0x5B:
            guard bytes.count > 2, let last = bytes.last else { return }
            if (0x40...0x7E).contains(last), bytes != [0x1B, 0x5B, 0x5B] {
                let sequence = bytes
                bytes = []
                events += event(of: sequence.dropFirst(2))
            } else if bytes.count > Self.sequenceBytes || last < 0x20 {
                bytes = []
            }
        case 0x4F:
            guard bytes.count > 2 else { return }
            let final = bytes[2]
            bytes = []
            if let key = Self.letters[final] { events.append(.key(KeyPress(key))) }
        case 0x1B:
            // Two escapes: the first was the key, the second may go on.
            bytes.removeFirst()
            events.append(.key(KeyPress(.escape)))
        default:
            // With alt held down, terminals send an escape before the key.
            var inner = InputDecoder()
            let found = inner.decode(bytes.dropFirst())
            if inner.isWaiting { return }
            bytes = []
            events += found.map { event in
                guard case .key(var press) = event else { return event }
                press.modifiers.insert(.alt)
                return .key(press)
            }
        }
    }

    private static let letters: [UInt8: Key] = [
        0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x46: .end, 0x48: .home, 0x4D: .enter, 0x50: .function(1), 0x51: .function(2),
        0x52: .function(3), 0x53: .function(4),
    ]
    private static let numbers: [Int: Key] = [
        1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end, 11: .function(1), 12: .function(2),
        13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6), 18: .function(7), 19: .function(8), 20: .function(9),
        21: .function(10), 23: .function(11), 24: .function(12),
    ]

    /// What stands between `ESC [` and the end.
    private mutating func event(of sequence: ArraySlice<UInt8>) -> [InputEvent] {
        guard let final = sequence.last else { return [] }
        let text = String(decoding: sequence.dropLast(), as: UTF8.self)
        if text.hasPrefix("<") { return mouse(text.dropFirst(), isPress: final == 0x4D).map { [.mouse($0)] } ?? [] }
        // The Linux console's first function keys.
        if text == "[" { return (0x41...0x45).contains(final) ? [.key(KeyPress(.function(Int(final) - 0x40)))] : [] }
        let parameters = text.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let modifiers = KeyPress.Modifiers(rawValue: UInt8(clamping: (parameters.count > 1 ? max(parameters[1], 1) : 1) - 1) & 7)
        switch final {
        case 0x7E where parameters.first == 200:
            paste = []
            return []
        case 0x7E: return Self.numbers[parameters.first ?? 0].map { [.key(KeyPress($0, modifiers))] } ?? []
        case 0x5A: return [.key(KeyPress(.tab, .shift))]
        default: return Self.letters[final].map { [.key(KeyPress($0, modifiers))] } ?? []
        }
    }

    private func mouse(_ text: Substring, isPress: Bool) -> MouseEvent? {
        let numbers = text.split(separator: ";").compactMap { Int($0) }
        guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return nil }
        let point = Point(numbers[1] - 1, numbers[2] - 1)
        switch numbers[0] & ~0b1_1100 {
        case 0: return MouseEvent(isPress ? .pressed : .released, point)
        case 32: return MouseEvent(.dragged, point)
        case 64: return MouseEvent(.wheelUp, point)
        case 65: return MouseEvent(.wheelDown, point)
        default: return nil
        }
    }

    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private mutating func takePasted(_ events: inout [InputEvent]) {
        // What may be the end is kept apart until it is known.
        if Self.pasteEnd.starts(with: bytes) {
            guard bytes == Self.pasteEnd else { return }
            let text = String(decoding: paste ?? [], as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            events.append(.paste(String(text.filter { $0 == "\n" || $0 == "\t" || $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } })))
            paste = nil
            bytes = []
            return
        }
        let kept = bytes.last == 0x1B && bytes.count > 1 ? bytes.removeLast() : nil
        if let count = paste?.count, count < Self.pasteBytes { paste?.append(contentsOf: bytes.prefix(Self.pasteBytes - count)) }
        bytes = kept.map { [$0] } ?? []
    }
}

/// Reads comma-separated values (RFC 4180) from pieces of any size, holding no more than one record.
///
/// Quoted fields may hold commas, doubled quotes and line breaks; lines end with LF, CRLF or CR; a byte
/// order mark is ignored; a quote inside an unquoted field stands for itself. Blank lines are no records.
public struct CSVReader: Sendable {
    /// One record, or what kept it from being one.
    public enum Element: Hashable, Sendable {
        case record(Record)
        case malformed(line: Int, lastLine: Int, problem: String)
    }

    public struct Record: Hashable, Sendable {
        /// The line on which it begins, from 1.
        public var line: Int
        /// The line on which it ends: later than `line` where a quoted field holds line breaks.
        public var lastLine: Int
        public var fields: [String]
    }

    /// A record of more bytes than this is taken for one whose quote was never closed.
    public static let largestRecord = 262_144

    private enum State { case fieldStart, unquoted, quoted, quoteInQuoted, afterQuoted, dropped }

    private var state = State.fieldStart
    /// The content of all fields so far, one behind the other, and where each of them ends: one buffer for
    /// all records instead of one for each field.
    private var content: [UInt8] = []
    private var ends: [Int] = []
    /// The record's bytes as they came: what is read again if its quote turns out to be never closed.
    private var raw: [UInt8] = []
    private var line = 1
    private var firstLine = 1
    private var problem: String?
    private var lastWasReturn = false
    private var mark: [UInt8]? = []

    public init() {}

    /// Takes the next bytes; returns what they complete.
    public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Element] {
        var elements: [Element] = []
        for byte in bytes { take(byte, &elements) }
        return elements
    }

    /// The end of the file.
    public mutating func finish() -> [Element] {
        var elements: [Element] = []
        flushMark(&elements)
        while state == .quoted { giveUpQuote(&elements) }
        if !raw.isEmpty { endRecord(&elements) }
        return elements
    }

    private mutating func take(_ byte: UInt8, _ elements: inout [Element]) {
        // The byte order mark is held back until it is whole or turns out to be something else.
        if var held = mark {
            if held.count < 3, byte == [0xEF, 0xBB, 0xBF][held.count] {
                held.append(byte)
                mark = held.count == 3 ? nil : held
                return
            }
            flushMark(&elements)
        }
        step(byte, &elements)
        if raw.count > Self.largestRecord { giveUp(&elements) }
    }

    private mutating func flushMark(_ elements: inout [Element]) {
        guard let held = mark else { return }
        mark = nil
        for byte in held { step(byte, &elements) }
    }

    private mutating func step(_ byte: UInt8, _ elements: inout [Element]) {
        let isSecondHalf = lastWasReturn && byte == UInt8(ascii: "\n")
        lastWasReturn = byte == UInt8(ascii: "\r")
        if isSecondHalf, state != .quoted {
            return
        }
        let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        if endsLine, state != .quoted {
            endRecord(&elements)
            line += 1
            firstLine = line
            return
        }
        if state == .dropped { return }
        if endsLine, !isSecondHalf { line += 1 }
        raw.append(byte)
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _): content.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            content.append(byte)
            state = .quoted
        case (_, UInt8(ascii: ",")):
            ends.append(content.count)
            state = .fieldStart
        case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
        case (.quoteInQuoted, _), (.afterQuoted, _):
            problem = problem ?? "there is text behind the closing quote of field \(ends.count + 1)"
            state = .afterQuoted
        case (.fieldStart, _), (.unquoted, _), (.dropped, _):
            content.append(byte)
            state = .unquoted
        }
    }

    private mutating func endRecord(_ elements: inout [Element]) {
        defer { reset() }
        if raw.isEmpty { return }
        ends.append(content.count)
        var texts: [String] = []
        texts.reserveCapacity(ends.count)
        var start = 0
        for (index, end) in ends.enumerated() {
            defer { start = end }
            guard let text = String(validating: content[start..<end], as: UTF8.self) else {
                problem = problem ?? "field \(index + 1) is not UTF-8"
                break
            }
            texts.append(text)
        }
        if let problem {
            elements.append(.malformed(line: firstLine, lastLine: line, problem: problem))
        } else {
            elements.append(.record(Record(line: firstLine, lastLine: line, fields: texts)))
        }
    }

    private mutating func reset() {
        state = .fieldStart
        content.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        raw.removeAll(keepingCapacity: true)
        problem = nil
    }

    private mutating func giveUp(_ elements: inout [Element]) {
        if state == .quoted {
            giveUpQuote(&elements)
        } else {
            drop("the record has more than \(Self.largestRecord) bytes", &elements)
        }
    }

    /// Reports the record and leaves out what is still to come of its line.
    private mutating func drop(_ problem: String, _ elements: inout [Element]) {
        elements.append(.malformed(line: firstLine, lastLine: line, problem: problem))
        reset()
        state = .dropped
    }

    /// A quote was opened and never closed. Its line is lost; the lines that it swallowed are read again.
    private mutating func giveUpQuote(_ elements: inout [Element]) {
        let swallowed = raw
        let problem = "a quote is opened and not closed"
        guard let end = swallowed.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
            return drop(problem, &elements)
        }
        elements.append(.malformed(line: firstLine, lastLine: firstLine, problem: problem))
        reset()
        line = firstLine + 1
        firstLine = line
        var rest = swallowed[(end + 1)...]
        if swallowed[end] == UInt8(ascii: "\r"), rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
        lastWasReturn = swallowed[end] == UInt8(ascii: "\r") && rest.isEmpty
        for byte in rest { step(byte, &elements) }
    }
}

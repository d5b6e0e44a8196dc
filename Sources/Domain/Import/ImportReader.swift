import ReplicationCore

/// One line of a file as whole rows. Rows that others refer to come first.
public struct ImportedLine: Hashable, Sendable {
    /// The lines of the file that it takes, from 1; the first line holds the columns' names.
    public var lines: ClosedRange<Int>
    public var rows: [ImportedRow]
    /// What was left out or cut, as sentences.
    public var warnings: [String]
}

/// A line of which nothing was taken.
public struct SkippedLine: Hashable, Sendable {
    public var lines: ClosedRange<Int>
    /// A sentence.
    public var reason: String
    /// True if the line says again what an earlier one said.
    public var isDuplicate: Bool
}

public enum ImportEvent: Hashable, Sendable {
    case imported(ImportedLine)
    case skipped(SkippedLine)
}

/// Turns a file of comma-separated values into rows, piece by piece. Every line of the file comes out once,
/// imported or skipped, never in half.
///
/// Several lines may name the same secondary row (a site with two requests): each brings it whole, with the
/// same key. What is kept of the lines seen is 16 bytes each, by which duplicates are found.
public struct ImportReader: Sendable {
    private let mapping: ImportMapping
    private let file: String
    private var csv = CSVReader()
    private var converter: LineConverter?
    private var seen: [RowID: Int] = [:]

    /// - Parameter file: the file's name, for messages.
    public init(mapping: ImportMapping, file: String) {
        self.mapping = mapping
        self.file = file
    }

    /// Takes the next bytes; returns what they complete, in the file's order.
    ///
    /// - Throws: what is wrong with the line of the columns' names. Nothing can be read from such a file.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(FileMistakes) -> [ImportEvent] {
        try events(csv.feed(bytes))
    }

    /// The end of the file.
    public mutating func finish() throws(FileMistakes) -> [ImportEvent] {
        let events = try events(csv.finish())
        if converter == nil {
            throw FileMistakes([FileMistake(
                file: file, line: 1, column: 1, problem: "the file is empty",
                remedy: "It needs a first line with the names of its columns.")])
        }
        return events
    }

    private mutating func events(_ elements: [CSVReader.Element]) throws(FileMistakes) -> [ImportEvent] {
        var events: [ImportEvent] = []
        for element in elements {
            switch element {
            case .record(let record):
                if converter == nil {
                    converter = try LineConverter(mapping: mapping, header: record, file: file)
                } else if let event = convert(record) {
                    events.append(event)
                }
            case .malformed(let line, let lastLine, let problem):
                if converter == nil {
                    throw FileMistakes([FileMistake(
                        file: file, line: line, column: 1, problem: "the columns' names cannot be read: \(problem)",
                        remedy: "Save the file as comma-separated values in UTF-8.")])
                }
                events.append(.skipped(SkippedLine(lines: line...lastLine, reason: "The line cannot be read: \(problem).", isDuplicate: false)))
            }
        }
        return events
    }

    private mutating func convert(_ record: CSVReader.Record) -> ImportEvent? {
        guard let converter else { return nil }
        let lines = record.line...record.lastLine
        switch converter.convert(record) {
        case .failure(let skip):
            return .skipped(SkippedLine(lines: lines, reason: skip.reason, isDuplicate: false))
        case .success(let line):
            if let primary = line.rows.first(where: { $0.key.collection == mapping.primary }) {
                if let earlier = seen[primary.key.row] {
                    return .skipped(SkippedLine(lines: lines, reason: "It has the same key as line \(earlier).", isDuplicate: true))
                }
                seen[primary.key.row] = record.line
            }
            return .imported(line)
        }
    }
}

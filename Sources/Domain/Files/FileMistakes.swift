/// What is wrong with a file that a person wrote, where, and how to mend it.
public struct FileMistake: Hashable, Sendable, CustomStringConvertible {
    /// The file's name as its reader was told it.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    public let problem: String
    /// What to do about it, as a full sentence.
    public let remedy: String

    public init(file: String, line: Int, column: Int, problem: String, remedy: String) {
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
        self.remedy = remedy
    }

    /// `file:line:column: problem. remedy`, the form that editors jump to.
    public var description: String { "\(file):\(line):\(column): \(problem). \(remedy)" }
}

/// Why a file was not taken: every mistake in it, by rising line.
public struct FileMistakes: Error, Hashable, Sendable, CustomStringConvertible {
    public let mistakes: [FileMistake]

    public init(_ mistakes: [FileMistake]) {
        self.mistakes = mistakes.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    /// One mistake per line.
    public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

/// What `SchemaLoader` throws.
public typealias SchemaError = FileMistakes

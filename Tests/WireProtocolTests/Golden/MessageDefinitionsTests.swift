import Crypto
import Foundation
import TestSupport
import Testing

/// What is defined once stays: `definitions.txt` beside the `.proto` files lists every field and number, revision by
/// revision, each with the hash of everything up to there.
struct MessageDefinitionsTests {
    private static let folder = "Protocol/converge/v1"
    private static let history = "\(folder)/definitions.txt"

    /// `CONVERGE_WRITE_FIXTURES=1 swift test --filter MessageDefinitionsTests` appends what is new as a revision; then say in
    /// its first line what it is for.
    @Test func everyDefinitionIsInTheHistory() throws {
        let text = try Fixture.text(Self.history)
        let history = History(text)
        let present = try ["changeset.proto", "sync.proto"].flatMap { name in
            try Definitions.list(Fixture.text("\(Self.folder)/\(name)")).map { "\(name) \($0)" }
        }
        let gone = Set(history.lines).subtracting(present).sorted()
        try #require(gone.isEmpty, "defined once, and changed or gone since: \(gone.joined(separator: "; "))")
        let new = present.filter { !history.lines.contains($0) }
        #expect(
            try Fixture.isCurrent(Self.history, text: new.isEmpty ? text : history.extended(by: new)),
            "new, and not in the version history \(Self.history): \(new.joined(separator: "; "))")
    }

    @Test func noRevisionWasChangedAfterwards() throws {
        let history = History(try Fixture.text(Self.history))
        #expect(!history.revisions.isEmpty)
        for (index, revision) in history.revisions.enumerated() {
            #expect(revision.hash == history.hash(upTo: index), "revision \(index + 1) is not what it was")
        }
    }

    @Test func definitionsAreReadWithoutTheirComments() {
        let source = """
            syntax = "proto3";
            // A comment; with {braces}.
            message A {
              bytes row = 1;  // more
              oneof body {
                A  inner = 2;
              }
              enum Kind { NONE = 0; }
              reserved 3;
            }
            """
        #expect(Definitions.list(source) == [
            "syntax = \"proto3\"", "message A: bytes row = 1", "message A oneof body: A inner = 2", "message A enum Kind: NONE = 0",
            "message A: reserved 3",
        ])
    }

    /// The statements of a `.proto` file, each with what it stands in.
    enum Definitions {
        static func list(_ source: String) -> [String] {
            let bare = source.split(separator: "\n").map { line in line.range(of: "//").map { line[..<$0.lowerBound] } ?? line }
            var statements: [String] = []
            var blocks: [String] = []
            var open = ""
            for character in bare.joined(separator: " ") {
                switch character {
                case "{": blocks.append(words(of: open)); open = ""
                case "}": _ = blocks.popLast(); open = ""
                case ";":
                    statements.append(blocks.isEmpty ? words(of: open) : blocks.joined(separator: " ") + ": " + words(of: open))
                    open = ""
                default: open.append(character)
                }
            }
            return statements
        }

        private static func words(of text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }

    /// A revision is a line `# <number>. <what it is for> · sha256 <hash>` and the definitions that it added.
    struct History {
        struct Revision {
            let hash: String
            var lines: [String] = []
        }

        private let text: String
        var revisions: [Revision] = []
        var lines: [String] { revisions.flatMap(\.lines) }

        init(_ text: String) {
            self.text = text
            for line in text.split(separator: "\n").map(String.init) {
                if line.hasPrefix("# ") {
                    revisions.append(Revision(hash: String(line.split(separator: " ").last ?? "")))
                } else if !revisions.isEmpty {
                    revisions[revisions.count - 1].lines.append(line)
                }
            }
        }

        func hash(upTo index: Int) -> String { Self.hash(of: revisions[...index].flatMap(\.lines)) }

        func extended(by new: [String]) -> String {
            let title = "# \(revisions.count + 1). Say what for · sha256 \(Self.hash(of: lines + new))"
            return text + ([title] + new).map { $0 + "\n" }.joined()
        }

        private static func hash(of lines: [String]) -> String {
            SHA256.hash(data: Data(lines.joined(separator: "\n").utf8)).map { String(format: "%02x", $0) }.joined()
        }
    }
}

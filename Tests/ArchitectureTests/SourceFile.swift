import Foundation
import TestSupport

/// A Swift file under `Sources`, as the rules look at it.
struct SourceFile: CustomStringConvertible {
    /// From the repository's folder.
    let path: String
    let lines: [String]

    var target: String { String(path.split(separator: "/")[1]) }
    var isGenerated: Bool { path.contains("/Generated/") }
    var description: String { path }

    /// The modules that it imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "public" || $0 == "internal" || $0 == "private" }
            guard words.popFirst() == "import", var name = words.popFirst() else { return nil }
            // `import struct Module.Name`
            if ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"].contains(name) {
                guard let next = words.popFirst() else { return nil }
                name = next
            }
            return name.split(separator: ".").first.map(String.init)
        }
    }

    static func all() throws -> [SourceFile] {
        let sources = Fixture.root.appendingPathComponent("Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
        return try paths.sorted().map { path in
            SourceFile(path: "Sources/\(path)", lines: try Fixture.text("Sources/\(path)").components(separatedBy: "\n"))
        }
    }

    /// Lines whose code holds a word, without those that explain it on the line or just above.
    func unexplained(_ word: String) -> [Int] {
        lines.indices.filter { index in
            let code = lines[index].components(separatedBy: "//")[0]
            // `LogEntry?` is no `try?`.
            guard let place = code.range(of: word), code[..<place.lowerBound].last?.isLetter != true else { return false }
            if lines[index].contains("//") { return false }
            // Just above: the comment of the statement or declaration that this line belongs to.
            var above = index - 1
            while above >= 0, index - above <= 4 {
                let line = lines[above].trimmingCharacters(in: .whitespaces)
                if line.hasPrefix("//") { return false }
                if line.isEmpty || line.hasSuffix("}") { return true }
                above -= 1
            }
            return true
        }.map { $0 + 1 }
    }
}

import Foundation
import TestSupport
import Testing

/// What guides show is what is compiled, and what they lead to is there.
struct GuideTests {
    private static func files(under folder: String, ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: Fixture.root.appendingPathComponent(folder).path)
            .filter { $0.hasSuffix(ending) && !$0.contains(".build") }.sorted().map { "\(folder)/\($0)" }
    }

    /// The content of the fenced blocks of a language.
    private static func blocks(of language: String, in text: String) -> [String] {
        var blocks: [String] = []
        var open: [String]?
        for line in text.components(separatedBy: "\n") {
            if let lines = open {
                open = line == "```" ? nil : lines + [line]
                if line == "```" { blocks.append(lines.joined(separator: "\n")) }
            } else if line == "```" + language {
                open = []
            } else if line.hasPrefix("```") {
                open = nil
            }
        }
        return blocks
    }

    /// The guide's app is the one that is built and played.
    @Test func everySwiftBlockOfTheGuideStandsInTheExample() throws {
        let sources = try Self.files(under: "docs/examples/MyDay", ending: ".swift").map { try Fixture.text($0) }
        let blocks = Self.blocks(of: "swift", in: try Fixture.text("docs/guides/client-library.md"))
        #expect(blocks.count >= 12)
        for block in blocks {
            #expect(sources.contains { $0.contains(block + "\n") }, "no source of docs/examples/MyDay has:\n\(block)")
        }
    }

    /// A stranger's app can be what the example is: it names products of the package, and imports nothing else.
    @Test func theExampleNeedsNoMoreThanAProduct() throws {
        let manifest = try Fixture.text("Package.swift")
        #expect(manifest.contains(#".library(name: "ConvergeClient", targets: ["ConvergeClient"])"#))
        #expect(manifest.contains(#".executableTarget(name: "my-day", dependencies: ["ConvergeClient"], path: "docs/examples/MyDay/Sources""#))
        let sources = try Self.files(under: "docs/examples/MyDay/Sources", ending: ".swift")
        #expect(sources.count >= 5)
        for path in sources {
            let file = SourceFile(path: path, lines: try Fixture.text(path).components(separatedBy: "\n"))
            #expect(Set(file.imports).isSubset(of: ["ConvergeClient", "Foundation"]), "\(path) imports \(file.imports)")
        }
    }

    /// Files only: what stands behind `#` is for people.
    @Test func everyLinkOfTheDocumentsLeadsSomewhere() throws {
        let link = /\]\(([^)\s#]+)(#[^)\s]*)?\)/
        var found = 0
        let documents = try ["docs", "Protocol", "Fixtures"].flatMap { try Self.files(under: $0, ending: ".md") } + ["README.md"]
        for path in documents {
            let folder = Fixture.root.appendingPathComponent(path).deletingLastPathComponent()
            for match in try Fixture.text(path).matches(of: link) where !match.1.contains("://") && !match.1.hasPrefix("mailto:") {
                found += 1
                let target = folder.appendingPathComponent(String(match.1)).standardizedFileURL.path
                #expect(FileManager.default.fileExists(atPath: target), "\(path) leads to \(match.1)")
            }
        }
        #expect(found > 100)
    }
}

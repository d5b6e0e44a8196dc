import ChildProcesses
import Foundation
import Testing

/// A PDF as other programs read it: poppler's tools and qpdf.
final class Reader {
    let folder: URL
    let file: String
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("pdf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = folder.appendingPathComponent("document.pdf").path
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Issue.record("\(folder.path) could not be removed: \(error)")
        }
    }

    func run(_ program: String, _ arguments: [String]) throws -> String {
        let outcome = try ChildProcess.run("/usr/bin/\(program)", arguments, within: 120)
        try #require(outcome.end == .exited(0), "\(program): \(outcome.errors)")
        #expect(outcome.errors.isEmpty, "\(program): \(outcome.errors)")
        return outcome.output
    }

    /// In the order in which the pages say it.
    func text(_ options: String...) throws -> String { try run("pdftotext", options + [file, "-"]) }

    /// Its words, one after another, whatever the line ends.
    func words() throws -> String { Self.words(try text("-raw")) }

    static func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    func pages() throws -> [String] {
        try text("-layout").split(separator: "\u{0C}", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    func information() throws -> [String: String] {
        var information: [String: String] = [:]
        for line in try run("pdfinfo", ["-isodates", file]).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { information[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return information
    }

    /// The lines of poppler's tables, behind their two lines of head.
    func table(_ program: String) throws -> [[String]] {
        try run(program, (program == "pdfimages" ? ["-list"] : []) + [file]).split(separator: "\n").dropFirst(2)
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// What qpdf finds wrong; it checks syntax, cross-references and streams.
    func check() throws { #expect(try run("qpdf", ["--check", file]).contains("No syntax or stream encoding errors")) }
}

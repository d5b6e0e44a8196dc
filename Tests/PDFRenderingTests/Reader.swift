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

    /// What is read aloud, in its order, without any space: lines that are parted in one paragraph are joined without one.
    func read() throws -> String {
        try structure(text: true).filter { $0.hasPrefix("\"") }.map { Self.bare(String($0.dropFirst().dropLast())) }.joined()
    }

    /// The elements of the structure, one to a line, deeper ones behind spaces; or with what they say, without them.
    func structure(text: Bool = false) throws -> [String] {
        try run("pdfinfo", [text ? "-struct-text" : "-struct", file]).split(separator: "\n")
            .map { text ? $0.trimmingCharacters(in: .whitespaces) : String($0) }
    }

    static func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }

    struct Word {
        var page: Int
        var text: String
        /// In points from the page's top left.
        var left: Double
        var top: Double
        var right: Double
        var bottom: Double
    }

    private var known: [Word]?

    /// All words with where they stand.
    func places() throws -> [Word] {
        if let known { return known }
        var places: [Word] = []
        var page = 0
        for line in try text("-bbox").split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("<page ") { page += 1 }
            guard line.hasPrefix("<word ") else { continue }
            let parts = line.split(separator: "\"")
            let numbers = try [1, 3, 5, 7].map { try #require(Double(parts[$0])) }
            let text = parts[8...].joined(separator: "\"").dropFirst().replacingOccurrences(of: "</word>", with: "")
            places.append(Word(page: page, text: text, left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3]))
        }
        known = places
        return places
    }

    /// The pages on which a word begins with this.
    func pages(of word: String) throws -> [Int] { try places().filter { $0.text.hasPrefix(word) }.map(\.page) }

    /// Red, green and blue of a page, at 72 dots an inch: a dot is a point.
    func pixels(page: Int) throws -> (width: Int, bytes: [UInt8]) {
        let target = folder.appendingPathComponent("page").path
        _ = try run("pdftoppm", ["-r", "72", "-f", "\(page)", "-l", "\(page)", "-singlefile", file, target])
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: target + ".ppm")))
        // P6, width, height and 255, with single spaces and line ends between.
        let head = bytes.prefix(40).split(maxSplits: 4) { $0 == 10 || $0 == 32 }
        let width = try #require(Int(String(decoding: head[1], as: UTF8.self)))
        let height = try #require(Int(String(decoding: head[2], as: UTF8.self)))
        return (width, Array(bytes.suffix(3 * width * height)))
    }

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

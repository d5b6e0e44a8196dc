import ArgumentParser
import Domain
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import comma-separated values with a declarative mapping.",
        discussion: """
            A mapping says which columns become which rows; Fixtures/mappings/nyc311.yaml explains the format. \
            Every line is taken whole or not at all, and is accounted for. Importing a file again doubles \
            nothing: a line with the same identity is the same row, and only what differs is changed.

            Exit code 3 means that some lines were refused by the hub; all others were taken.
            """
    )

    @OptionGroup var data: DataOption

    @Argument(help: "The CSV file (UTF-8, first line holds the columns' names).")
    var file: String

    @Option(help: ArgumentHelp("The mapping file.", valueName: "file"))
    var mapping: String

    @Option(help: ArgumentHelp("Schema file, if the hub serves another than the built-in one.", valueName: "file"))
    var schema: String?

    @Flag(help: "Read and judge everything, write nothing.")
    var dryRun = false

    @Flag(help: "List every skipped line and warning instead of the first few.")
    var verbose = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    private struct Report {
        var lines = 0
        var skipped: [SkippedLine] = []
        var warnings: [(line: Int, text: String)] = []
    }

    func run() throws {
        try reporting {
            let schema = try schemaForFiles(self.schema)
            let mapping = try ImportMapping.load(text: try readText(self.mapping), file: self.mapping, schema: schema)
            guard let input = FileHandle(forReadingAtPath: file) else {
                throw CommandFailure("The file \(file) cannot be read. Check the path and its permissions.")
            }
            let size = try input.seekToEnd()
            try input.seek(toOffset: 0)
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let job = "import \(mapping.name) \(file) \(Date().timeIntervalSince1970)"
            var sending = ImportSending(client: client, schema: schema, job: job, isDryRun: dryRun)
            var report = Report()
            var reader = ImportReader(mapping: mapping, file: file)
            var done: UInt64 = 0
            while let piece = try input.read(upToCount: 256 << 10), !piece.isEmpty {
                try take(reader.feed(piece), mapping, &sending, &report)
                done += UInt64(piece.count)
                progress(done, of: size, report)
            }
            try take(reader.finish(), mapping, &sending, &report)
            try sending.flush()
            clearProgress()
            if json { printJSON(report, sending) } else { printReport(report, sending) }
            if !sending.refused.isEmpty { throw ExitCode(3) }
        }
    }

    private func take(
        _ events: [ImportEvent], _ mapping: ImportMapping, _ sending: inout ImportSending, _ report: inout Report
    ) throws {
        for event in events {
            report.lines += 1
            switch event {
            case .imported(let line):
                report.warnings += line.warnings.map { (line.lines.lowerBound, $0) }
                try sending.add(line.rows, line: line.lines.lowerBound, primary: mapping.primary)
            case .skipped(let line): report.skipped.append(line)
            }
        }
    }

    private var showsProgress: Bool { !json && isatty(STDERR_FILENO) == 1 }

    private func progress(_ done: UInt64, of size: UInt64, _ report: Report) {
        guard showsProgress, size > 0 else { return }
        FileHandle.standardError.write(Data("\r\(report.lines) lines, \(done * 100 / size) % read".utf8))
    }

    private func clearProgress() {
        if showsProgress { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    private func printReport(_ report: Report, _ sending: ImportSending) {
        let duplicates = report.skipped.filter(\.isDuplicate).count
        print("""
            \(file): \(report.lines) records\(dryRun ? " (dry run: nothing was written)" : "")
              taken    \(sending.created) new, \(sending.updated) changed, \(sending.unchanged) already there
              skipped  \(report.skipped.count) (\(duplicates) of them duplicates)
              refused  \(sending.refused.count)
              warnings \(report.warnings.count)
            """)
        var details = report.skipped.map { ($0.lines.lowerBound, "skipped: \($0.reason)") }
        details += sending.refused.map { ($0.line, "refused: \($0.reason)") }
        details += report.warnings.map { ($0.line, "warning: \($0.text)") }
        details.sort { $0.0 < $1.0 }
        let shown = verbose ? details[...] : details.prefix(10)
        for (line, text) in shown { print("  line \(line): \(text)") }
        if shown.count < details.count { print("  … and \(details.count - shown.count) more; --verbose lists all") }
    }

    private func printJSON(_ report: Report, _ sending: ImportSending) {
        func list(_ items: [(Int, String)]) -> String {
            "[" + items.map { "{\"line\":\($0.0),\"reason\":\(ValueJSON.string($0.1))}" }.joined(separator: ",") + "]"
        }
        print("{\"records\":\(report.lines),\"created\":\(sending.created),\"updated\":\(sending.updated),\"unchanged\":\(sending.unchanged),\"dryRun\":\(dryRun),\"skipped\":\(list(report.skipped.map { ($0.lines.lowerBound, $0.reason) })),\"refused\":\(list(sending.refused.map { ($0.line, $0.reason) })),\"warnings\":\(list(report.warnings.map { ($0.line, $0.text) }))}")
    }
}

import ChildProcesses
import Foundation
import Testing

/// A real terminal of a given size in a tmux server of its own: keys are sent to it, and what it shows is read.
final class TerminalPane {
    private let socket: String
    private let folder: String

    /// Starts a command in it. When that has ended, what it leaves behind stays to be seen: `ENDED` and its code.
    init(_ command: [String], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:], in folder: String) throws {
        socket = "converge-\(UUID().uuidString.prefix(8))"
        self.folder = folder
        let settings = ["LANG": "C.UTF-8", "TERM": "xterm-256color"].merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        let words = (["env", "-u", "NO_COLOR", "-u", "COLORTERM", "-u", "LC_ALL"] + settings.sorted() + command).map { "'\($0)'" }.joined(separator: " ")
        _ = try tmux("-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "stty -a > '\(folder)/before'; \(words); code=$?; stty -a > '\(folder)/after'; echo ENDED $code; sleep 600")
    }

    private func tmux(_ arguments: String...) throws -> String {
        let run = try ChildProcess.run("/usr/bin/env", ["tmux", "-L", socket] + arguments, within: 30)
        guard case .exited(0) = run.end else { throw HubProcess.Failure("tmux \(arguments): \(run.end) \(run.errors)") }
        return run.output
    }

    /// Keys by tmux's names, as `Enter`, `Escape`, `Tab`, `C-c`, or characters.
    func press(_ keys: String...) throws { for key in keys { _ = try tmux("send-keys", key) } }
    func type(_ text: String) throws { _ = try tmux("send-keys", "-l", text) }
    func resize(columns: Int, rows: Int) throws { _ = try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)") }

    /// Pastes as a person does, in brackets where the program asked for them.
    func paste(_ text: String) throws {
        _ = try tmux("set-buffer", text)
        _ = try tmux("paste-buffer", "-p")
    }

    /// A press, a drag through cells and a release of the mouse, as a terminal sends them; from 1 on.
    func draw(_ cells: [(column: Int, row: Int)]) throws {
        for (index, cell) in cells.enumerated() {
            try type("\u{1B}[<\(index == 0 ? 0 : 32);\(cell.column);\(cell.row)M")
        }
        if let last = cells.last { try type("\u{1B}[<0;\(last.column);\(last.row)m") }
    }

    var screen: String { get throws { try tmux("capture-pane", "-p") } }
    /// With the sequences of colours and weights.
    var styled: String { get throws { try tmux("capture-pane", "-e", "-p") } }

    /// Waits until something is to be seen; fails with what was seen instead.
    @discardableResult
    func wait(for text: String, seconds: Int = 30, _ location: SourceLocation = #_sourceLocation) throws -> String {
        try wait("“\(text)”", seconds, location) { $0.contains(text) }
    }

    func wait(without text: String, seconds: Int = 30, _ location: SourceLocation = #_sourceLocation) throws {
        try wait("no “\(text)”", seconds, location) { !$0.contains(text) }
    }

    @discardableResult
    private func wait(_ what: String, _ seconds: Int, _ location: SourceLocation, _ isThere: (String) -> Bool) throws -> String {
        var seen = ""
        for _ in 0..<seconds * 20 {
            seen = try screen
            if isThere(seen) { return seen }
            usleep(50_000)
        }
        Issue.record("waited for \(what), and saw:\n\(seen)", sourceLocation: location)
        throw HubProcess.Failure("not seen: \(what)")
    }

    /// The settings of the terminal before the command and after it.
    var settings: (before: String, after: String) {
        get throws { (try String(contentsOfFile: folder + "/before", encoding: .utf8), try String(contentsOfFile: folder + "/after", encoding: .utf8)) }
    }

    /// The program that runs in it now.
    var processID: Int32? {
        get throws {
            let shell = try tmux("display-message", "-p", "#{pane_pid}").trimmingCharacters(in: .whitespacesAndNewlines)
            let children = try ChildProcess.run("/usr/bin/env", ["ps", "-o", "pid=,args=", "--ppid", shell], within: 30).output
            return children.split(separator: "\n").first { $0.contains("fieldsim") }.flatMap { Int32($0.split(separator: " ")[0]) }
        }
    }

    func close() {
        do { _ = try tmux("kill-server") } catch { Issue.record(error) }
    }
}

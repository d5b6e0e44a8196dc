import Foundation

/// Prints the day as a story that a person wants to read.
final class DayStory {
    private let isColored: Bool
    private let started = Date()

    init(isColored: Bool) { self.isColored = isColored }

    func chapter(_ title: String) {
        print("\n" + styled(title, "1"))
        print(styled(String(repeating: "─", count: min(title.count, 76)), "2"))
    }

    /// What somebody did.
    func tell(_ who: String, _ what: String) {
        print("  " + styled(who.padding(toLength: 9, withPad: " ", startingAt: 0), "36") + wrap(what, indent: 11))
    }

    /// One side of a conflict.
    func side(_ role: String, _ who: String?, _ value: String) {
        let label = role.padding(toLength: 6, withPad: " ", startingAt: 0)
        print("           " + styled(label, role == "shown" ? "32" : "2") + wrap((who.map { "\($0): " } ?? "") + value, indent: 17))
    }

    /// A fact without an actor.
    func note(_ what: String) { print("  " + wrap(what, indent: 2)) }

    func good(_ what: String) { print("  " + styled("✓ ", "32") + wrap(what, indent: 4)) }
    func bad(_ what: String) { print("  " + styled("✗ ", "31") + wrap(what, indent: 4)) }

    func table(_ header: [String], _ rows: [[String]]) {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for (index, row) in all.enumerated() {
            let line = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
            print("  " + (index == 0 ? styled(line, "2") : line))
        }
    }

    var elapsed: Double { Date().timeIntervalSince(started) }

    private func styled(_ text: String, _ code: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func wrap(_ text: String, indent: Int) -> String {
        var lines: [String] = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if lines[lines.count - 1].count + word.count + 1 > 98 - indent { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}

import ArgumentParser
import FieldTerminal
import Foundation
import TerminalScreen

extension Language: ExpressibleByArgument {}
extension ColorLevel: ExpressibleByArgument {}

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device",
        abstract: "Use a device on the whole screen: the day, orders, accounts or the board, as the user's role has it.",
        discussion: """
            ? says what the keys do. What is written is kept at once, with or without a network.

            It wants a terminal of 80 columns and 24 rows and does with 40 and 10; larger ones show more. NO_COLOR, COLORTERM, TERM and \
            LANG are heeded. In tmux, say: tmux set -g mouse on, so that signatures can be drawn.
            """
    )

    @OptionGroup var replica: ReplicaOption

    @Option(help: "The language of the program's own words: en or es; that of LANG without it.")
    var language: Language?

    @Option(help: ArgumentHelp("Colours: none, sixteen or true; what the environment says without it.", valueName: "level"))
    var color: ColorLevel?

    @Flag(help: "Draw with ASCII only.")
    var ascii = false

    @Flag(help: "Lines of text instead of a screen, for screen readers.")
    var plain = false

    @Flag(help: "Begin without the network.")
    var offline = false

    @Flag(help: "Tell at the end how long keys took to show.")
    var measure = false

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        var options = FieldTerminal.Options()
        options.language = language ?? Language(environment: environment)
        options.colors = color ?? ColorLevel(environment: environment)
        options.isUnicode = !ascii && Self.isUnicode(environment)
        options.isPlain = plain
        options.isOnline = !offline
        options.measures = measure
        do {
            if let report = try FieldTerminal(replica.folder, options: options).run() { print(report) }
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private static func isUnicode(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().replacing("-", with: "").contains("utf8")
    }
}

import ArgumentParser
import Foundation

struct ReplCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Use a device one line at a time, by hand or from a script.",
        discussion: """
            By hand, with commands of its own, or with a script, which ends with its first line that fails and says which:

              fieldsim repl --replica ./nadia
              fieldsim repl --replica ./nadia -c online -c "sync 30"
              fieldsim repl --replica ./nadia --script morning.txt       - stands for standard input

            Exit codes: 0 done · 1 a line of a script or a command of -c failed · 64 the command line is wrong.

            """ + Shell.help,
        // Its former name.
        aliases: ["shell"]
    )

    @OptionGroup var replica: ReplicaOption

    @Flag(help: "Answer every command with one JSON object on a line; events are objects with `event`.")
    var json = false

    @Option(name: .customShort("c"), help: ArgumentHelp("A command; repeat it for several. Without any, commands are read from standard input.", valueName: "command"))
    var commands: [String] = []

    @Option(help: ArgumentHelp("Lines to carry out, until the first that fails. Empty ones and those with # are passed over.", valueName: "file"))
    var script: String?

    mutating func validate() throws {
        if script != nil, !commands.isEmpty { throw ValidationError("Give --script or -c.") }
    }

    func run() throws {
        let shell = replica.session(json: json, stopsAtFailure: script != nil || !commands.isEmpty)
        if let script {
            try shell.perform(try lines(of: script), named: script == "-" ? "line" : script)
        } else if commands.isEmpty {
            try shell.readCommands()
        } else {
            try shell.perform(commands)
        }
    }

    private func lines(of script: String) throws -> [String] {
        let bytes = script == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: script)
        guard let bytes, let text = String(data: bytes, encoding: .utf8) else {
            throw ValidationError("The script \(script) cannot be read.")
        }
        return text.components(separatedBy: "\n")
    }
}

import ArgumentParser

/// A field device in the terminal.
@main
struct Fieldsim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldsim",
        abstract: "A field device in the terminal: it works offline, and keeps itself in step with a hub.",
        discussion: """
            A first device, in three steps:

              fieldsim enrol --replica ./nadia --hub ws://127.0.0.1:8440 --code CODE
              fieldsim repl --replica ./nadia                 then type: online, sync, help
              fieldsim repl --replica ./nadia -c online -c "sync 30" -c "query SELECT * FROM work_order"

            A replica keeps everything in its folder. What was written is durable at once, and waits for the \
            hub for as long as it takes.

            Exit codes: 0 done · 1 failed, the message says what to do · 64 the command line is wrong.
            """,
        version: "0.1.0",
        subcommands: [
            EnrolCommand.self, DeviceCommand.self, ReplCommand.self, ExplainCommand.self, PreviewCommand.self, VerifyCommand.self, DiffCommand.self, TailCommand.self,
            RunCommand.self, RecordCommand.self, FleetCommand.self, SimulateCommand.self, DayCommand.self,
        ]
    )
}

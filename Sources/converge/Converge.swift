import ArgumentParser

/// The hub's program.
@main
struct Converge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "converge",
        abstract: "The hub of an offline-first replication system: it holds the company's records, and field devices work on copies that may be offline for days.",
        discussion: """
            A first hub, in three steps:

              converge serve --data ./hub            start it (it makes the folder)
              converge load --data ./hub COMPANY     load a company's first rows, from another terminal
              converge enrol --data ./hub USER       make a code with which a device of USER enrols

            A hub keeps everything in its data folder. All other commands but init, restore, check-schema, certificate, sign, signatures and template write \
            talk to the hub that serves the folder, so they need it running, on the same machine, as the same user.

            Exit codes: 0 done · 1 failed, the message says what to do · 2 nothing was running to talk to · \
            3 some lines or rows were refused · 64 the command line is wrong.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Load.self, Enrol.self, Import.self, Status.self, Devices.self, Revoke.self, Reinstate.self,
            Verify.self, FieldCommand.self, RuleCommand.self, TemplateCommand.self, Quarantine.self, Purge.self, Erase.self, Explain.self, Backup.self, Backups.self, Restore.self, CheckSchema.self,
            Requests.self, Resend.self, Withdraw.self, Messages.self, BounceCommand.self, Initialise.self, CertificateCommand.self, SignCommand.self, SignaturesCommand.self,
        ]
    )
}

import ArgumentParser

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Bring the device in step with its hub, compare what both hold, and mend what differs.",
        discussion: """
            Prints a convergence receipt: how many rows and cells are held, at which commit, and the fingerprint that device \
            and hub both came to. What was written here is handed in first. The hub has to be reachable at the address of the \
            enrolment:

              fieldsim verify --replica ./nadia

            Exit codes: 0 both hold the same · 1 the message says what to do · 3 they still differ. The hub asks a connected \
            device the same: converge verify --device.
            """)

    @OptionGroup var replica: ReplicaOption

    @Flag(help: "Print the receipt as one JSON object.")
    var json = false

    func run() throws {
        if try !replica.session(json: json, stopsAtFailure: true).verifyWithHub() { throw ExitCode(3) }
    }
}

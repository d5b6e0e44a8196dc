import ArgumentParser

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Say what a sync would change, what would be in conflict and what refused. Changes nothing.",
        discussion: """
            The hub decides the device's unanswered changesets as if they had been uploaded, and throws the result away. \
            The hub has to be reachable at the address of the enrolment:

              fieldsim preview --replica ./nadia
            """)

    @OptionGroup var replica: ReplicaOption

    @Flag(help: "Print the answer as one JSON object.")
    var json = false

    func run() throws {
        try replica.session(json: json, stopsAtFailure: true).perform(["preview"])
    }
}

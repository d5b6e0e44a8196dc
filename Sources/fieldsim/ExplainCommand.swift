import ArgumentParser
import ReplicationCore

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a field shows what it shows: who wrote it, when, having seen what, which rule chose it, and what lost.",
        discussion: """
            Answered from the device's folder, without the hub:

              fieldsim explain --replica ./nadia work_order bf941b03-8b2c-84ca-b33f-d90b9025bb44 description

            The hub tells from its log what stood before: converge explain.
            """)

    @OptionGroup var replica: ReplicaOption

    @Argument(help: "The collection's name.")
    var collection: String

    @Argument(help: "The row's id.")
    var row: String

    @Argument(help: "The field's name.")
    var field: String

    @Argument(help: "Of a set: the element.")
    var element: String?

    @Flag(help: "Print the answer as one JSON object.")
    var json = false

    mutating func validate() throws {
        if RowID(row) == nil { throw ValidationError("'\(row)' is no row's id; ids look like bf941b03-8b2c-84ca-b33f-d90b9025bb44.") }
    }

    func run() throws {
        let words = [collection, row, field] + (element.map { [$0] } ?? [])
        try replica.session(json: json, stopsAtFailure: true).perform(["explain " + words.map(Words.quoted).joined(separator: " ")])
    }
}

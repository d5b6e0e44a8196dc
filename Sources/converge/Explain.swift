import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import WireProtocol

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a field holds what it holds: who wrote it, when, having seen what, which rule chose it, and what lost.",
        discussion: """
            The hub answers from its log, for any field, with every write that had a part in it:

              converge explain --data ./hub work_order bf941b03-8b2c-84ca-b33f-d90b9025bb44 description

            A device answers from what it holds: fieldsim explain.
            """)

    @OptionGroup var data: DataOption

    @Argument(help: "The collection's name.")
    var collection: String

    @Argument(help: "The row's id.")
    var row: String

    @Argument(help: "The field's name.")
    var field: String

    @Argument(help: "Of a set: the element.")
    var element: String?

    @Flag(help: "Print the answer as one JSON document.")
    var json = false

    mutating func validate() throws {
        if RowID(row) == nil { throw ValidationError("'\(row)' is no row's id; ids look like bf941b03-8b2c-84ca-b33f-d90b9025bb44.") }
    }

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireExplainCommand()
            command.collection = collection
            command.row = Data((RowID(row) ?? .zero).bytes)
            command.field = field
            if let element { command.element = element }
            guard case .explanation(let text) = try client.perform(.explain(command)) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            print(json ? text : try Explanation(json: text).text)
        }
    }
}

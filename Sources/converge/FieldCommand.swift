import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

struct FieldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "field",
        abstract: "Add fields of your own to what the schema has, while devices work: list, change and retire them.",
        discussion: """
              converge field add account loyalty --type "choice gold | silver" --label "Loyalty" --data ./hub
              converge field add contact badge --type "text 40" --label "Badge" --account-type large --region Harbor
              converge field list
              converge field retire account loyalty      no new values; what was written stays

            A field reaches every device whose user reads the rows, and is written there as custom.KEY. A key and the kind \
            of its type never change, because values may stand on devices: retire the field, and add another. Limits, choices \
            and labels change by adding it once more. To make a field mandatory: converge rule.
            """,
        subcommands: [AddField.self, ListFields.self, RetireField.self])
}

struct LimitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only accounts of this type, and what belongs to them.", valueName: "type"))
    var accountType: String?

    @Option(help: ArgumentHelp("Only accounts of this region or one within it, and what belongs to them: a territory's name or id.", valueName: "name"))
    var region: String?
}

struct AddField: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a field, change its limits, choices or labels, or take one that was retired back into use.")

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption
    @OptionGroup var limits: LimitOptions

    @Argument(help: "The collection whose rows get the field, such as account.")
    var collection: String

    @Argument(help: "Its name where it is written, such as loyalty: lower-case letters, digits and underscores.")
    var key: String

    @Option(help: ArgumentHelp("What it takes: \(CustomType.forms).", valueName: "type"))
    var type: String

    @Option(help: ArgumentHelp("What people call it.", valueName: "text"))
    var label: String

    @Option(help: ArgumentHelp("What people call it in Spanish.", valueName: "text"))
    var labelEs: String?

    func run() throws {
        try reporting {
            let known: FieldType
            do {
                known = try CustomType.read(type)
            } catch let mistake as CustomType.Mistake {
                throw CommandFailure("--type: \(mistake.description)", code: 64)
            }
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let region = try Definitions.ask(client, region: limits.region).0.region(limits.region)
            let outcome = try client.write("custom_field", Self.row(collection, key), [
                "collection": .text(collection), "key": .text(key), "type": .text(CustomType.text(of: known) ?? type),
                "label_en": .text(label), "label_es": labelEs.map { .text($0) } ?? .null,
                "account_type": limits.accountType.map { .text($0) } ?? .null,
                "region": region.map { .reference($0) } ?? .null, "retired": .boolean(false),
                "set_by": .text(reason.administrator),
            ])
            let place = Definitions.limits(limits.accountType, limits.region)
            switch outcome {
            case .created: print("Added: custom.\(key) of \(collection), \(place). Connected devices have it now.")
            case .unchanged: print("It is there already, as it is.")
            default: print("Changed: custom.\(key) of \(collection), \(place).")
            }
        }
    }

    /// One row for each collection and key, so that adding a field twice changes it.
    static func row(_ collection: String, _ key: String) -> RowID {
        DerivedIdentifier.make("custom field", [Array(collection.utf8), Array(key.utf8)])
    }
}

struct ListFields: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the custom fields, retired ones among them.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print fields and rules as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (known, text) = try Definitions.ask(client)
            if json { return print(text) }
            if known.fields.isEmpty {
                return print("None yet. Add one, for \(known.collections.joined(separator: ", ")): converge field add --help")
            }
            print(ListText.column("FIELD", 32) + ListText.column("TYPE", 28) + ListText.column("LABEL", 24) + ListText.column("FOR", 36) + ListText.column("STATE", 10) + "SET BY")
            for field in known.fields {
                print(ListText.column("\(field.collection) custom.\(field.key)", 32) + ListText.column(field.type, 28)
                    + ListText.column([field.label_en, field.label_es].compactMap { $0 }.joined(separator: " / "), 24)
                    + ListText.column(Definitions.limits(field.account_type, field.region_name ?? field.region), 36)
                    + ListText.column(field.retired == true ? "retired" : "in use", 10) + (field.set_by ?? ""))
            }
        }
    }
}

struct RetireField: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Take no new values of a field. What was written stays, and can be taken away.")

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption

    @Argument(help: "The collection.")
    var collection: String

    @Argument(help: "The field's key.")
    var key: String

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            guard let field = try Definitions.ask(client).0.fields.first(where: { $0.collection == collection && $0.key == key }),
                let id = RowID(field.id)
            else { throw CommandFailure("\(collection) has no custom field '\(key)'. These there are: converge field list") }
            _ = try client.write("custom_field", id, ["retired": .boolean(true), "set_by": .text(reason.administrator)])
            print("Retired: custom.\(key) of \(collection). To take it back into use, add it again with its type.")
        }
    }
}

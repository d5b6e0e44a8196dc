import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

struct RuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule",
        abstract: "Say which fields are mandatory, for which accounts and regions, while devices work.",
        discussion: """
              converge rule add contact job_title --data ./hub              every new contact
              converge rule add account custom.loyalty --account-type large --region Harbor
              converge rule list
              converge rule retire contact job_title

            From then on devices that know the rule make no row without the field, and do not empty it. Work that was \
            done before it was known is taken in, and a review asks a person to fill the field in. Rows that lack it since \
            earlier stay as they are, and can be changed; find them with SQL on a device. Whoever may not write a field is \
            not asked for it.
            """,
        subcommands: [AddRule.self, ListRules.self, RetireRule.self])
}

struct AddRule: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a field mandatory, or a rule that was retired hold again.")

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption
    @OptionGroup var limits: LimitOptions

    @Argument(help: "The collection, such as contact.")
    var collection: String

    @Argument(help: "The field, such as job_title; a custom one as custom.KEY.")
    var field: String

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let region = try Definitions.ask(client, region: limits.region).0.region(limits.region)
            let id: RowID = DerivedIdentifier.make("mandatory field", [
                Array(collection.utf8), Array(field.utf8), Array((limits.accountType ?? "").utf8), region?.bytes ?? [],
            ])
            let outcome = try client.write("mandatory_field", id, [
                "collection": .text(collection), "field": .text(field),
                "account_type": limits.accountType.map { .text($0) } ?? .null,
                "region": region.map { .reference($0) } ?? .null, "retired": .boolean(false), "set_by": .text(reason.administrator),
            ])
            let place = Definitions.limits(limits.accountType, limits.region)
            print(outcome == .unchanged ? "It holds already." : "Mandatory now: \(field) of \(collection), \(place). Connected devices know it.")
        }
    }
}

struct ListRules: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show what is mandatory by rule, retired rules among them.")

    @OptionGroup var data: DataOption

    @Flag(help: "Print fields and rules as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (known, text) = try Definitions.ask(client)
            if json { return print(text) }
            if known.rules.isEmpty { return print("None yet, beyond what the schema says. Add one: converge rule add --help") }
            print(ListText.column("MANDATORY", 40) + ListText.column("FOR", 44) + ListText.column("STATE", 10) + "SET BY")
            for rule in known.rules {
                print(ListText.column("\(rule.collection) \(rule.field)", 40)
                    + ListText.column(Definitions.limits(rule.account_type, rule.region_name ?? rule.region), 44)
                    + ListText.column(rule.retired == true ? "retired" : "holds", 10) + (rule.set_by ?? ""))
            }
        }
    }
}

struct RetireRule: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "retire", abstract: "Let a rule hold no longer.")

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption
    @OptionGroup var limits: LimitOptions

    @Argument(help: "The collection.")
    var collection: String

    @Argument(help: "The field, as the rule names it.")
    var field: String

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (known, _) = try Definitions.ask(client, region: limits.region)
            let region = try known.region(limits.region)?.description
            let named = known.rules.filter { $0.collection == collection && $0.field == field }
            let found = named.filter { $0.account_type == limits.accountType && $0.region == region }
            guard let rule = found.first, let id = RowID(rule.id) else {
                let others = named.map { Definitions.limits($0.account_type, $0.region_name ?? $0.region) }
                throw CommandFailure(others.isEmpty
                    ? "\(field) of \(collection) is not mandatory by a rule. These there are: converge rule list"
                    : "There is no such rule for \(field) of \(collection) with these limits. There are: \(others.joined(separator: "; ")). Give --account-type and --region as the rule has them.")
            }
            _ = try client.write("mandatory_field", id, ["retired": .boolean(true), "set_by": .text(reason.administrator)])
            print("Retired: \(field) of \(collection) is no longer mandatory, \(Definitions.limits(rule.account_type, rule.region_name)).")
        }
    }
}

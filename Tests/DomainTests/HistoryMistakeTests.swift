import ReplicationCore
import Testing

@testable import Domain

/// Each mistake is made by changing one line of a history that is right.
@Suite struct HistoryMistakeTests {
    static let right = """
        schema: small
        version: 3
        users: user
        history:
          1:
            - {add: task.urgent, default: normal}
            - {rename: task, to: job}
          2:
            - split: job.contact
              into: [first, last]
              by: " "
              was:
                contact: {number: 3, type: text 80, policy: last-writer}
            - map: job.state
              up: {todo: open, done: closed}
              down: {open: todo, closed: done}
              was:
                state: {number: 5, type: choice todo | done, policy: last-writer}
            - remove: job.fax
              was:
                fax: {number: 6, type: text 40, policy: last-writer}
        roles:
          worker: {number: 1, receives: ["user:$id"]}
        collections:
          user:
            number: 1
            scopes: [everyone]
            rights: {worker: read}
            groups:
              name: {number: 1, type: text 80, policy: last-writer}
          job:
            number: 2
            scopes: [user by worker]
            rights: {worker: create update}
            groups:
              name:   {number: 1, type: text 80, policy: last-writer}
              worker: {number: 2, type: reference user, policy: last-writer}
              first:  {number: 7, type: text 80, policy: last-writer}
              last:   {number: 8, type: text 80, policy: last-writer}
              state:  {number: 5, type: choice open | closed, policy: last-writer}
              urgent: {number: 9, type: choice normal | very, policy: last-writer}
              tags:   {number: 10, type: text 40, policy: add-wins-set}
        """

    struct Case: CustomTestStringConvertible, Sendable {
        let find: String
        let replace: String
        let expected: String
        var testDescription: String { replace }

        init(_ find: String, _ replace: String, _ expected: String) {
            self.find = find
            self.replace = replace
            self.expected = expected
        }
    }

    @Test func theHistoryIsRight() throws {
        let schema = try SchemaLoader.load(text: Self.right, file: "small.yaml")
        #expect(schema.history.versions == [1, 2])
        let first = try #require(schema.history.lens(from: 1)).older
        #expect(first.collection(named: "task")?.fields.map(\.name) == ["name", "worker", "contact", "state", "fax", "tags"])
    }

    static let cases: [Case] = [
        Case("  1:\n", "  7:\n", "5:3: `history` has steps from version `7`, and the schema is version 3. Write versions from 1 to 2"),
        Case("version: 3", "version: 4", "`history` tells nothing of version 3, so no device of that version could be served. Write `3: [...]`"),
        Case("version: 3", "version: 1", "A first version has no history"),
        Case("{rename: task, to: job}", "{rename: task}", "7:7: a step from version 1 has no `to`. Add"),
        Case("{rename: task, to: job}", "{rename: task, to: jobs}", "7:7: there is no collection `jobs` in the version that this step leads to"),
        Case("{rename: task, to: job}", "{renmae: task, to: job}", "7:7: a step from version 1 needs exactly one of `add`"),
        Case("{add: task.urgent, default: normal}", "{add: task.urgent, default: norml}", "the default of `urgent`: there is no choice `norml`. Did you mean `normal`?"),
        Case("{add: task.urgent, default: normal}", "{add: job.nothing}", "6:7: there is no collection `job` in the version that this step leads to"),
        Case("{add: task.urgent, default: normal}", "{add: job}", "there is no collection `job` in the version"),
        Case("{add: task.urgent, default: normal}", "{add: task.nothing}", "6:7: `task` has no field `nothing` in the version that this step leads to"),
        Case("      into: [first, last]", "      into: [first]", "10:13: a step from version 2 splits into fewer than two fields"),
        Case("      by: \" \"", "      by: \"\"", "11:11: `by` in a step from version 2 is empty"),
        Case("contact: {number: 3, type: text 80, policy: last-writer}", "contact: {number: 3, type: text 80, policy: lastwriter}", "there is no policy `lastwriter`. Did you mean `last-writer`?"),
        Case("contact: {number: 3, type: text 80, policy: last-writer}", "contract: {number: 3, type: text 80, policy: last-writer}", "9:7: `was` does not show where the field `contact` stood"),
        Case("contact: {number: 3, type: text 80, policy: last-writer}", "contact: {number: 3, type: integer, policy: last-writer}", "`contact` of `job` is not a text, and only texts are split and joined"),
        Case("      up: {todo: open, done: closed}", "      up: {todo: open}", "14:7: `up` does not say what becomes of `done`. Map it to one of open, closed."),
        Case("      up: {todo: open, done: closed}", "      up: {todo: open, done: shut}", "14:7: `up` maps to `shut`, which is not among the choices there"),
        Case("      down: {open: todo, closed: done}", "      down: {open: todo, closed: done, odd: todo}", "`down` maps `odd`, which was never among the choices"),
        Case("remove: job.fax", "remove: job.name", "19:7: `job` still has the field `name` in the version that this step leads to"),
        Case("remove: job.fax", "remove: job", "has no `number`"),
        Case("remove: job.fax", "remove: job.fax.x", "19:15: `job.fax.x` is not a field of a collection"),
        Case("fax: {number: 6,", "fax: {number: 1,", "19:7: `was` has a group with the number of the group that holds `name` of `job`"),
    ]

    @Test(arguments: cases) func mistakeIsNamed(_ item: Case) throws {
        let text = Self.right.replacing(item.find, with: item.replace, maxReplacements: 1)
        try #require(text != Self.right)
        let error = #expect(throws: SchemaError.self) { try SchemaLoader.load(text: text, file: "small.yaml") }
        let words = error?.mistakes.map { "\($0.line):\($0.column): \($0.problem). \($0.remedy)" }.joined(separator: "\n") ?? ""
        #expect(words.contains(item.expected), "\(words)")
    }
}

import Foundation
import ReplicationCore
import Testing

@testable import Domain

/// Each mistake is made by changing one line of a schema that is right.
@Suite struct SchemaMistakeTests {
    static let right = """
        schema: small
        version: 1
        users: user
        roles:
          worker: {number: 1, receives: ["user:$id"]}
          boss:   {number: 2, receives: ["area:$area"]}
          tools:  {number: 3, receives: []}
        teams:
          people: [worker, boss]
        lattices:
          steps:
            order: [open, busy, done]
            clashes: [[open, done]]
        collections:
          area:
            number: 1
            scopes: [everyone]
            rights: {people: read}
            groups:
              name: {number: 1, type: text 80, policy: last-writer}
          user:
            number: 2
            scopes: [everyone]
            rights: {people: read}
            groups:
              name: {number: 1, type: text 80, policy: last-writer}
              area: {number: 2, type: reference area, policy: hub-only}
          job:
            number: 3
            title: name
            scopes: [user by worker, area by area]
            rights: {people: create update}
            unique: [[name]]
            minimums: [{field: count, value: 0}]
            groups:
              name:   {number: 1, type: text 80, policy: last-writer, mandatory: true}
              worker: {number: 2, type: reference user, policy: authority worker < boss}
              area:   {number: 3, type: reference area, policy: last-writer}
              tags:   {number: 4, type: text 40, policy: add-wins-set}
              count:  {number: 5, type: integer 0..9, policy: counter}
              own:    {number: 6, type: choice steps, policy: lattice steps}
              state:  {number: 7, type: choice steps, derived: {furthest: state, along: steps, from: event, reference: job}}
              price:
                number: 8
                policy: keep-both
                readers: [boss]
                fields:
                  cents:    {type: integer}
                  currency: {type: choice EUR | USD}
          event:
            number: 4
            kind: ledger
            scopes: [parent job]
            rights: {people: create}
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  job:    {type: reference job}
                  state:  {type: choice steps}
                  amount: {type: integer}
        """

    struct Case: CustomTestStringConvertible, Sendable {
        let find: String
        let replace: String
        /// The place of the mistake and how its problem and remedy begin or what they hold.
        let expected: String
        var testDescription: String { replace }

        init(_ find: String, _ replace: String, _ expected: String) {
            self.find = find
            self.replace = replace
            self.expected = expected
        }
    }

    @Test func theSchemaIsRight() throws {
        #expect(try SchemaLoader.load(text: Self.right, file: "small.yaml").collections.count == 4)
    }

    static let cases: [Case] = [
        Case("version: 1", "version: one", "2:10: `version` in the schema is `one`. Write a whole number"),
        Case("version: 1", "versoin: 1", "2:1: there is no key `versoin` in the schema. Did you mean `version`?"),
        Case("users: user", "users: usr", "3:8: there is no collection `usr`. Did you mean `user`?"),
        Case("boss:   {number: 2", "boss:   {number: 1", "6:20: the role `boss` has number 1, as the role `worker` has"),
        Case("\"area:$area\"", "area", "6:34: the role `boss` receives `area`, which names no scope"),
        Case("\"area:$area\"", "\"area:$town\"", "6:33: there is no field `town` in the collection `user`"),
        Case("people: [worker, boss]", "people: [worker, bos]", "9:20: there is no role or team `bos`. Did you mean `boss`?"),
        Case("[open, busy, done]", "[open, busy, open, done]", "12:25: the lattice `steps` has the state `open` twice"),
        Case("[[open, done]]", "[[open, dnoe]]", "13:22: there is no state `dnoe` in the lattice `steps`. Did you mean `done`?"),
        Case("  area:\n    number: 1\n    scopes: [everyone]", "  area:\n    number: 2\n    scopes: [everyone]", "22:13: the collection `user` has number 2, as `area` has"),
        Case("  area:\n    number: 1\n    scopes: [everyone]", "  area:\n    number: 1\n    scopes: [evryone]", "17:14: the scope `evryone` cannot be read"),
        Case("  area:\n    number: 1\n    scopes: [everyone]", "  area:\n    number: 1", "16:5: the collection `area` has no `scopes`"),
        Case("title: name", "title: nmae", "30:12: there is no field `nmae` in the collection `job`. Did you mean `name`?"),
        Case("user by worker", "usr by worker", "31:14: there is no kind of scope that a role receives: `usr`. Did you mean `user`?"),
        Case("user by worker", "user by worker on name per day", "31:14: `name` is no time"),
        Case("user by worker", "user by worker on nmae per day", "31:14: there is no field `nmae`"),
        Case("user by worker", "user by worker on name per week", "31:14: there is no unit of time `week`"),
        Case("user by worker", "parent worker, parent worker", "31:29: `worker` stands in two `parent` rules"),
        Case("user by worker", "parent worker newest 5 by due", "31:14: there is no field `due` in the collection `job`"),
        Case("user by worker", "parent worker newest 5 by name", "31:14: `name` is no time"),
        Case("user by worker", "parent worker newest 0 by name", "31:14: `0` is not how many rows are the newest"),
        Case("user by worker", "parent worker newest 101 by name", "31:14: `101` is not how many rows are the newest. Write a number from 1 to 100"),
        Case("user by worker", "parent name newest 5 by name", "31:14: `name` refers to no row"),
        Case("user by worker", "parent worker newest 5", "31:14: the scope `parent worker newest 5` cannot be read"),
        Case("user by worker", "parent worker, parent worker newest 5 by name", "31:29: `worker` stands in two `parent` rules"),
        Case("\"user:$id\"", "\"user:$id days 0..1\"", "there is no kind of scope that a role receives: `user`"),
        Case("user by worker", "user by worker on name", "31:14: the scope `user by worker on name` cannot be read"),
        Case("\"area:$area\"", "\"area:$area days 3\"", "6:34: the role `boss` receives `area:$area days 3`, whose window cannot be read"),
        Case("\"area:$area\"", "\"area:$area days 5..-5\"", "6:34: the role `boss` receives `area:$area days 5..-5`, whose window cannot be read"),
        Case("\"area:$area\"", "\"area:$area days 0..100\"", "6:34: the role `boss` receives `area:$area days 0..100`, whose window cannot be read"),
        Case("\"area:$area\"", "\"area:$area days -9223372036854775808..0\"", "whose window cannot be read"),
        Case("users: user", "users: user\ntime_zone: area", "4:12: `area` names no time zone"),
        Case("users: user", "users: user\ntime_zone: name.name", "4:12: `name` names no row"),
        Case("users: user", "users: user\ntime_zone: area.nme", "4:12: there is no field `nme` in the collection `area`"),
        Case("user by worker", "user by name", "31:14: `name` cannot be the key of a scope"),
        Case("user by worker", "parent name", "31:14: `name` refers to no row"),
        Case("user by worker", "referrer event.stat", "31:14: there is no field `stat` in the collection `event`"),
        Case("user by worker", "referrer event.state", "31:14: `event.state` does not refer to `job`"),
        Case("user by worker", "referrer event.job", "31:13: scopes go round in a circle: job ← event ← job"),
        Case("rights: {people: create update}", "rights: {people: crate}", "32:22: there is no right `crate`. Did you mean `create`?"),
        Case("[[name]]", "[[nme]]", "33:15: there is no field `nme`"),
        Case("field: count, value", "field: name, value", "34:24: `name` is not an integer, so it has no minimum"),
        Case("name:   {number: 1", "name:   {number: 0", "36:24: `number` in the group `name` is `0`"),
        Case("worker: {number: 2", "worker: {number: 1", "37:24: the group `worker` has number 1, as `name` has"),
        Case("type: text 80, policy: last-writer, mandatory", "type: txt 80, policy: last-writer, mandatory", "36:33: there is no type `txt`. Did you mean `text`?"),
        Case("type: text 80, policy: last-writer, mandatory", "type: text, policy: last-writer, mandatory", "36:33: the type `text` does not say how many bytes"),
        Case("type: text 80, policy: last-writer, mandatory", "type: text 80, policy: last-wirter, mandatory", "36:50: there is no policy `last-wirter`. Did you mean `last-writer`?"),
        Case("type: text 80, policy: last-writer, mandatory", "type: text 80, mandatory", "36:15: the group `name` has no `policy`"),
        Case("type: text 80, policy: last-writer, mandatory", "type: text 80, policy: hub-only, mandatory", "36:60: `name` is mandatory and written by the hub only, so the role `worker` cannot create `job` on a device"),
        Case("policy: last-writer, mandatory: true", "policy: last-writer, writers: [boss], mandatory: true", "36:80: `name` is mandatory, and the role `worker`, which may create `job`, may not write it"),
        Case("reference user, policy", "reference usr, policy", "37:33: there is no collection `usr`. Did you mean `user`?"),
        Case("authority worker < boss", "authority worker < chief", "37:57: there is no role `chief`"),
        Case("authority worker < boss", "authority boss", "37:57: the authority of the group `worker` is not an order"),
        Case("tags:   {number: 4, type: text 40", "tags:   {number: 4, type: date", "39:47: the group `tags` is a set, and its elements are not texts"),
        Case("policy: add-wins-set", "policy: add-wins-set, mandatory: true", "39:64: the field `tags` cannot be mandatory: a set begins empty"),
        Case("type: integer 0..9, policy", "type: real, policy", "40:47: the group `count` is a counter, and not one integer"),
        Case("integer 0..9", "integer 9..0", "40:33: the range of `integer 9..0` cannot be read"),
        Case("type: choice steps, policy: lattice steps", "type: text 9, policy: lattice steps", "41:49: the group `own` follows a lattice, and is not one choice"),
        Case("type: choice steps, policy: lattice steps", "type: choice open | shut, policy: lattice steps", "41:61: the group `own` may be `shut`, which the lattice does not order"),
        Case("policy: lattice steps", "policy: lattice stps", "41:55: there is no lattice `stps`. Did you mean `steps`?"),
        Case("from: event", "from: evnt", "42:94: there is no collection `evnt`. Did you mean `event`?"),
        Case("furthest: state", "furthest: stat", "42:67: there is no field `stat` in the collection `event`"),
        Case("furthest: state, along: steps, from: event, reference: job", "sum: state, from: event, reference: job", "42:62: `event.state` is not an integer, so it has no sum"),
        Case("furthest: state, along: steps, from: event, reference: job", "sum: number, from: user, reference: job", "42:62: there is no field `number` in the collection `user`"),
        Case("furthest: state, along: steps, from: event, reference: job", "count: state, from: event, reference: job", "42:64: `state` cannot be counted"),
        Case("furthest: state, along: steps, from: event, reference: job", "count: rows, from: user, reference: job", "42:64: `user` is no ledger"),
        Case("furthest: state, along: steps, from: event, reference: job", "count: rows, from: event, reference: job", "42:7: the group `state` is a sum, and not one integer"),
        Case("from: event, reference: job", "from: event, reference: state", "42:112: `event.state` does not refer to `job`"),
        Case("from: event, reference: job", "from: event", "42:56: `derived` of the group `state` does not say for which row"),
        Case("from: event, reference: job}}", "from: job, reference: previous}}\n      previous: {number: 9, type: reference job, policy: last-writer}", "36:7: derived groups go round in a circle: job ← job"),
        Case("policy: keep-both", "policy: keep-both\n        writers: [worker]", "46:18: the role `worker` may write the group `price` and not read it"),
        Case("currency: {type", "Currency: {type", "49:11: the field name `Currency` is not usable"),
        Case("currency: {type", "id: {type", "49:11: the field name `id` is reserved"),
        Case("currency: {type", "_currency: {type", "49:11: the field name `_currency` is reserved"),
        Case("currency: {type", "sqlite_x: {type", "49:11: the field name `sqlite_x` is reserved"),
        Case("currency: {type", "order: {type", "49:11: the field name `order` is a word of SQL"),
        Case("currency: {type", "name: {type", "49:11: the collection `job` has the field `name` twice"),
        Case("kind: ledger", "kind: leger", "52:11: there is no kind `leger`. Did you mean `ledger`?"),
        Case("rights: {people: create}", "rights: {people: create update}", "54:22: `update` is no right in the ledger `event`"),
        Case("policy: write-once", "policy: last-writer", "58:17: the group `entry` could change, and rows of the ledger `event` are only ever added"),
        Case("state:  {type: choice steps}", "state:  {type: choice stps}", "61:26: there is no lattice `stps`"),
        Case("state:  {type: choice steps}", "state:  {typ: choice steps}", "61:20: there is no key `typ` in the field `state`. Did you mean `type`?"),
        Case("    rights: {people: create}\n", "    rights: {people: create}\n    kind: record\n", "52:5: `kind` is written more than once"),
        Case("lattices:", "lattices: [", "this is not YAML"),
    ]

    @Test(arguments: cases) func isReportedWhereItStands(_ mistake: Case) throws {
        let range = try #require(Self.right.range(of: mistake.find), "nothing to replace")
        let text = Self.right.replacingCharacters(in: range, with: mistake.replace)
        let error = #expect(throws: SchemaError.self) { try SchemaLoader.load(text: text, file: "small.yaml") }
        let lines = error?.mistakes.map(\.description) ?? []
        #expect(lines.contains { $0.hasPrefix("small.yaml:") && $0.contains(mistake.expected) }, "got \(lines)")
    }

    @Test func allMistakesComeTogetherByLine() {
        let text = Self.right.replacing("users: user", with: "users: usr").replacing("version: 1", with: "version: one").replacing("title: name", with: "title: nmae")
            .replacing("add-wins-set", with: "add-wins-sets")
        let error = #expect(throws: SchemaError.self) { try SchemaLoader.load(text: text, file: "small.yaml") }
        #expect(error?.mistakes.map(\.line) == [2, 3, 30, 39])
    }

    /// The hub could not tell the ways apart by which a row is in scopes.
    @Test func scopesThatPassTwiceByFieldsOfOneNumberAreRefused() throws {
        func load(_ scopes: String, number: Int) throws -> Schema {
            let text = Self.right.replacing("price:\n", with: "last: {number: \(number), type: reference event, policy: last-writer}\n      price:\n")
                .replacing("scopes: [parent job]", with: "scopes: [\(scopes)]")
                .replacing("entry:\n        number: 1\n", with: "entry:\n        number: 9\n")
            return try SchemaLoader.load(text: text, file: "small.yaml")
        }
        let error = #expect(throws: SchemaError.self) { try load("parent job, referrer job.last", number: 9) }
        #expect(error?.mistakes.map(\.problem)
            == ["scopes come from `job` twice, by `job.last` and by `event.job`, which have the same number"])
        _ = try load("parent job, referrer job.last", number: 10)
        _ = try load("referrer job.last", number: 9)
    }

    @Test func everyMistakeNamesARemedy() {
        for mistake in Self.cases {
            let text = Self.right.replacing(mistake.find, with: mistake.replace)
            let error = #expect(throws: SchemaError.self) { try SchemaLoader.load(text: text, file: "small.yaml") }
            for found in error?.mistakes ?? [] {
                #expect(found.line >= 1 && found.column >= 1)
                #expect(found.remedy.hasSuffix(".") || found.remedy.hasSuffix("?"), "\(found)")
            }
        }
    }
}

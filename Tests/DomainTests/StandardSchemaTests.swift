import ReplicationCore
import Testing

@testable import Domain

@Suite struct StandardSchemaTests {
    @Test func loadsWithNumbersThatNeverChange() throws {
        let schema = try StandardSchema.load()
        #expect(schema.name == "field-service")
        #expect(schema.version == 2)
        #expect(schema.collection(schema.userCollection)?.name == "user")
        #expect(schema.collections.map { "\($0.number) \($0.name)" } == [
            "1 territory", "2 user", "3 skill", "4 account", "5 contact", "6 site", "7 asset", "8 product",
            "9 warehouse", "10 stock_level", "11 stock_movement", "12 work_order", "13 appointment",
            "14 status_event", "15 eta", "16 checklist_item", "17 part_needed", "18 time_entry", "19 document",
            "20 signature", "21 interaction", "22 task", "23 contract", "24 ticket", "25 invoice", "26 conflict",
            "27 review", "28 custom_field", "29 mandatory_field", "30 signature_request", "31 signature_event",
            "32 message", "33 survey_answer", "34 document_template", "35 approval", "36 account_figures",
        ])
        #expect(schema.roles.map { "\($0.number) \($0.name)" } == [
            "1 technician", "2 router", "3 dispatcher", "4 key_account_manager", "5 manager", "6 administrator",
        ])
        #expect(schema.role(named: "dispatcher")?.subscriptions == [
            Role.Subscription(kind: "territory", key: .field("territory")),
            Role.Subscription(kind: "territory", key: .field("covers")),
            Role.Subscription(kind: "territory", key: .field("territory"), window: ScopeWindow(unit: .month, first: -24, last: 1)),
            Role.Subscription(kind: "territory", key: .field("covers"), window: ScopeWindow(unit: .month, first: -24, last: 1)),
        ])
        #expect(schema.role(named: "technician")?.subscriptions == [
            Role.Subscription(kind: "user", key: .user),
            Role.Subscription(kind: "user", key: .user, window: ScopeWindow(unit: .day, first: -7, last: 14)),
        ])
        #expect(schema.timeZone == ZonePath(reference: "territory", field: "time_zone"))
        #expect(schema.collection(named: "appointment")?.scopes.first
            == .field(kind: "user", field: "assignee", on: ScopeTime(field: "planned_start", unit: .day)))
    }

    @Test func embeddedTextIsCurrent() throws {
        #expect(
            try StandardSchema.text == Fixtures.text("Protocol/schema/field-service.yaml"),
            "run tools/generate-schema and commit the result")
    }

    @Test func usesEveryPolicy() throws {
        var used: Set<String> = []
        for group in try StandardSchema.load().collections.flatMap(\.groups) {
            switch group.policy {
            case .lastWriter: used.insert("last-writer")
            case .authority: used.insert("authority")
            case .lattice: used.insert("lattice")
            case .keepBoth: used.insert("keep-both")
            case .addWinsSet: used.insert("add-wins-set")
            case .counter: used.insert("counter")
            case .writeOnce: used.insert("write-once")
            case .hubOnly: used.insert("hub-only")
            case .derived(let derivation):
                switch derivation.rule {
                case .sum: used.insert("sum")
                case .furthest: used.insert("furthest")
                case .highest: used.insert("highest")
                }
            }
        }
        #expect(used == Set(PolicyReader.names + ["sum", "furthest", "highest"]))
    }

    @Test func derivesWhatNobodyWrites() throws {
        let schema = try StandardSchema.load()
        let movements = try #require(schema.collection(named: "stock_movement"))
        #expect(schema.derivations(from: movements.number).map(\.derivation) == [
            Derivation(
                rule: .sum(field: "quantity"), source: movements.number,
                target: .key([.init(target: "place", source: "place"), .init(target: "product", source: "product")])),
        ])
        let status = try #require(schema.collection(named: "work_order")?.group(holding: "status"))
        guard case .derived(let derivation) = status.policy, case .furthest("status", let lattice) = derivation.rule else {
            Issue.record("work_order.status is not derived along a lattice")
            return
        }
        #expect(derivation.target == .reference(field: "work_order"))
        #expect(lattice.isClash(.text("completed"), .text("canceled")))
        #expect(lattice.level(of: .text("completed")) > lattice.level(of: .text("canceled")))
    }

    /// A technician holds what her jobs need and nothing of the account behind them.
    @Test func technicianReceivesHerJobsOnly() throws {
        let schema = try StandardSchema.load()
        let technician = try #require(schema.role(named: "technician")?.number)
        let contact = try #require(schema.collection(named: "contact"))
        #expect(contact.groups.filter { schema.mayRead(technician, $0.number, of: contact) }.map(\.name) == ["account", "name", "phones", "language"])
        for hidden in ["account", "contract", "ticket", "invoice", "account_figures"] {
            let collection = try #require(schema.collection(named: hidden))
            #expect(!schema.mayRead(technician, collection))
        }
        let product = try #require(schema.collection(named: "product"))
        #expect(try !schema.mayRead(technician, #require(product.group(holding: "price_cents")).number, of: product))
        // Sites and contacts inherit from the account, so the account must not inherit from the job.
        let account = try #require(schema.collection(named: "account"))
        for rule in account.scopes {
            switch rule {
            case .field, .own: break
            case .everyone, .parent, .referrer, .newest: Issue.record("\(rule) would hand whole accounts to technicians")
            }
        }
    }

    /// The inbox goes to the row's people, to both writers and to whoever it was given to; the office gives
    /// it to somebody, everybody may leave a note, and nobody but the hub writes what it is about.
    @Test func conflictsReachThoseWhoAreResponsible() throws {
        let schema = try StandardSchema.load()
        let conflict = try #require(schema.collection(named: "conflict"))
        let fields = conflict.scopes.compactMap { rule -> String? in
            switch rule {
            case .field("user", let field, _): field
            case .parent(let field, _): field
            case .field, .everyone, .own, .referrer, .newest: nil
            }
        }
        #expect(fields == ["subject", "theirs_author", "yours_author", "assignee"])
        let check = OperationCheck(schema: schema)
        func mayWrite(_ role: String, _ name: String, _ value: Value) throws -> Bool {
            let group = try #require(conflict.group(holding: name))
            let values = group.fields.map { $0.name == name ? value : .null }
            let operation = CellOperation(
                position: 0, key: RowKey(collection: conflict.number, row: RowID(high: 1, low: 1)),
                part: Part(group: group.number), action: .set(values), context: Context())
            let number = try #require(schema.role(named: role)?.number)
            return check.refusal(of: operation, role: number, presence: .known) == nil
        }
        let user = Value.reference(RowID(high: 2, low: 2))
        for role in ["key_account_manager", "dispatcher", "manager", "administrator"] {
            #expect(try mayWrite(role, "assignee", user))
        }
        for role in ["technician", "router"] { #expect(try !mayWrite(role, "assignee", user)) }
        for role in schema.roles.map(\.name) {
            #expect(try mayWrite(role, "note", .text("asked the customer")))
            #expect(try !mayWrite(role, "state", .text("closed")))
            #expect(try !mayWrite(role, "theirs", .text("{}")))
        }
    }
}

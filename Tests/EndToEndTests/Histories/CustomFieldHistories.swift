import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// Custom fields and mandatory rules over the shipped hub and devices: what an administrator adds while one device is online
/// and another is not.
struct CustomFieldHistories {
    private let world: HistoryWorld
    private static let harbor = RowID.derived(collection: 1, key: ["harbor"])
    private static let country = RowID.derived(collection: 1, key: ["country"])
    /// An account of another type, in another region.
    private static let kiosk = RowID.derived(collection: 4, key: ["kiosk"])

    init() throws {
        world = try HistoryWorld()
        try world.importRows([
            row("territory", Self.country, ["name": .text("Country"), "time_zone": .text("UTC")]),
            row("territory", Self.harbor, ["name": .text("Harbor"), "time_zone": .text("UTC")]),
            row("territory", HistoryWorld.territory, ["parent": .reference(Self.country)]),
            row("account", HistoryWorld.account, ["segment": .text("large")]),
            row("account", Self.kiosk, [
                "name": .text("Kiosk"), "segment": .text("small"), "owner": .reference(HistoryWorld.kay),
                "territory": .reference(Self.harbor),
            ]),
        ])
    }

    // MARK: What the tests are written with

    private func row(_ collection: String, _ id: RowID, _ fields: [String: Value]) -> ImportBatch.Row {
        .init(collection: collection, row: id, fields: fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }, sets: [], fillsOnly: false)
    }

    private func field(
        _ collection: String, _ key: String, _ type: String, accountType: String? = nil, region: RowID? = nil, retired: Bool = false
    ) -> ImportBatch.Row {
        row("custom_field", RowID.derived(collection: 28, key: [collection, key]), [
            "collection": .text(collection), "key": .text(key), "type": .text(type), "label_en": .text("The \(key)"),
            "account_type": accountType.map { .text($0) } ?? .null, "region": region.map { .reference($0) } ?? .null,
            "retired": .boolean(retired),
        ])
    }

    private func rule(
        _ collection: String, _ field: String, accountType: String? = nil, region: RowID? = nil, retired: Bool = false
    ) -> ImportBatch.Row {
        row("mandatory_field", ruleID(collection, field, accountType, region), [
            "collection": .text(collection), "field": .text(field), "account_type": accountType.map { .text($0) } ?? .null,
            "region": region.map { .reference($0) } ?? .null, "retired": .boolean(retired),
        ])
    }

    private func ruleID(_ collection: String, _ field: String, _ accountType: String? = nil, _ region: RowID? = nil) -> RowID {
        RowID.derived(collection: 29, key: [collection, field, accountType ?? "", region?.description ?? ""])
    }

    /// A new contact of an account; what is not given is left out.
    @discardableResult
    private func contact(
        _ device: HistoryDevice, of account: RowID = HistoryWorld.account, _ fields: [String: Value] = [:], unchecked: Bool = false
    ) throws -> RowID {
        var id = RowID.zero
        try world.write(device) { transaction in
            transaction.isUnchecked = unchecked
            id = try transaction.create("contact", ["account": .reference(account), "name": .text("Ada")].merging(fields) { $1 })
        }
        return id
    }

    /// What the device says of a write; nil if it takes it.
    private func refusal(_ write: () throws -> Void) -> Refusal.Rule? {
        do {
            try write()
            return nil
        } catch let error as DeviceError {
            if case .refused(let refusal) = error.code { return refusal.rule }
            Issue.record("\(error)")
            return nil
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    private func reviews(_ rule: String? = nil) throws -> [(subject: String, rule: String, detail: String)] {
        let collection = try #require(world.schema.collection(named: "review"))
        return try world.store.read { reader in
            try reader.rows(of: collection.number, where: "state", equals: .text("open"), limit: 100).compactMap { key in
                guard let row = try reader.row(key) else { return nil }
                func text(_ name: String) -> String { row.shownValue(of: name, in: collection)?.text ?? "" }
                return rule.map { $0 == text("rule") } ?? true ? (text("subject"), text("rule"), text("detail")) : nil
            }
        }
    }

    private func value(_ collection: String, _ id: RowID, _ key: String) throws -> Value? {
        let kind = try #require(world.schema.collection(named: collection))
        return try world.state(collection, id)?.customValue(key, in: kind)
    }

    private func expectEqual(_ devices: [HistoryDevice]) throws {
        for device in devices { #expect(try world.verify(device)?.isEqual == true, "\(device.name)") }
    }

    // MARK: Rules and fields in all orders

    @Test("A field and a rule reach a device that is online, and judge what one that was offline brings")
    func addedAtRunTime() throws {
        let online = try world.device("online", of: HistoryWorld.kay), away = try world.device("away", of: HistoryWorld.kay)
        for device in [online, away] { try world.connect(device) }
        try world.disconnect(away)
        try world.importRows([field("contact", "badge", "text 10"), rule("contact", "custom.badge")])

        // The device that knows enforces both before it writes.
        #expect(refusal { try contact(online) } == .missingMandatory)
        #expect(refusal { try contact(online, ["custom.badge": .text("longer than ten")]) } == .outsideDomain)
        #expect(refusal { try contact(online, ["custom.badge": .integer(4)]) } == .wrongType)
        #expect(refusal { try contact(online, ["custom.other": .text("x")]) } == .unknownField)
        let known = try contact(online, ["custom.badge": .text("A 7")])
        #expect(try value("contact", known, "badge") == .text("A 7"))

        // The one that was away could not know: what it brings is taken, and a person is told.
        let late = try contact(away)
        try world.connect(away)
        #expect(try world.state("contact", late)?.isAlive == true)
        #expect(try world.quarantine().isEmpty)
        let found = try reviews("mandatory")
        #expect(found.map(\.subject) == ["contact/\(late)"])
        // Contacts are read by more people than the office, their custom fields are not: the rule is named, and no field.
        #expect(found.allSatisfy { $0.detail.contains("\(ruleID("contact", "custom.badge"))") && $0.detail.contains("Fill the field in") })
        #expect(!found.contains { $0.detail.replacing("\(ruleID("contact", "custom.badge"))", with: "").localizedCaseInsensitiveContains("badge") })

        // Now it knows, and shows the value that came.
        #expect(refusal { try contact(away) } == .missingMandatory)
        #expect(try away.shown("contact", known, "custom") == .text("{\"badge\":\"A 7\"}"))
        // The row that lacks it is not locked.
        try world.write(away) { try $0.set("contact", late, ["name": .text("Ada L.")]) }
        try world.write(away) { try $0.set("contact", late, ["custom.badge": .text("B 1")]) }
        #expect(try value("contact", late, "badge") == .text("B 1"))
        #expect(try reviews().count == 1)
        try expectEqual([online, away])
    }

    @Test("A row shows the fields that are for it, and those that it has a value of")
    func shownFields() throws {
        let device = try world.device("device", of: HistoryWorld.kay)
        try world.connect(device)
        try world.importRows([
            field("account", "badge", "text 10"), field("account", "size", "integer 1..9", accountType: "large"), field("account", "old", "text 10"), field("account", "older", "text 10"),
        ])
        try world.write(device) { try $0.set("account", HistoryWorld.account, ["custom.old": .text("x")]) }
        try world.importRows([field("account", "old", "text 10", retired: true), field("account", "older", "text 10", retired: true)])
        let collection = try #require(world.schema.collection(named: "account"))
        func shown(_ account: RowID) throws -> [String] {
            try device.store.read { reader in
                let check = CustomCheck(
                    schema: world.schema, collection: collection, definitions: try reader.customDefinitions(of: collection, in: world.schema),
                    writer: try #require(world.schema.role(named: "key_account_manager")).number, look: { try reader.visible($0) })
                return try check.fields(of: #require(try reader.visible(RowKey(collection: collection.number, row: account)))).map(\.key)
            }
        }
        #expect(try shown(HistoryWorld.account) == ["badge", "old", "size"])
        #expect(try shown(Self.kiosk) == ["badge"])
    }

    @Test("A device that asks no rules is refused at the hub, whole where it makes a row")
    func modifiedClient() throws {
        let device = try world.device("modified", of: HistoryWorld.kay)
        try world.connect(device)
        try world.importRows([field("contact", "badge", "text 10"), field("account", "size", "integer 1..9"), rule("contact", "custom.badge")])
        try contact(device, unchecked: true)
        #expect(try Set(world.quarantine()) == [.missingMandatory, .dependsOnRefused])
        func isRefused(_ key: String, _ value: Value) throws -> Refusal.Rule? {
            let before = try world.quarantine().count
            try world.write(device) { transaction in
                transaction.isUnchecked = true
                try transaction.set("account", HistoryWorld.account, ["custom.\(key)": value])
            }
            return try world.quarantine().dropFirst(before).first
        }
        #expect(try isRefused("size", .integer(10)) == .outsideDomain)
        #expect(try isRefused("size", .text("1")) == .wrongType)
        #expect(try isRefused("size", .bytes([1])) == .wrongType)
        #expect(try isRefused("unheard_of", .text("x")) == .unknownField)
        #expect(try isRefused("size", .integer(9)) == nil)
        #expect(try value("account", HistoryWorld.account, "size") == .integer(9))
        #expect(try reviews().isEmpty)
        // A value that its field does not take fills nothing.
        let before = try world.quarantine().count
        let id = try contact(device, ["custom.badge": .text("much too long for it")], unchecked: true)
        #expect(try world.quarantine().count > before && world.state("contact", id) == nil)
        try expectEqual([device])
    }

    @Test("Keys that no administrator can have chosen are refused, however they come")
    func hostileKeys() throws {
        let device = try world.device("hostile", of: HistoryWorld.kay)
        try world.connect(device)
        try world.importRows([field("account", "size", "integer 1..9")])
        let group = try #require(world.schema.collection(named: "account")?.customGroup).number
        let record = try #require(try world.store.read { try $0.replicas() }.first { $0.name == "hostile" })
        var counter: UInt64 = 0
        var root: [UInt8] = []
        func send(_ part: Part, _ action: Action) throws -> Refusal.Rule? {
            counter += 1
            let header = ChangesetHeader(
                identity: ChangesetID(high: 0x0199_0000_0000_7000, low: 1 << 63 | counter), author: record.user, role: record.role,
                stamp: HybridTime(milliseconds: world.wall), schemaVersion: world.schema.version, basis: try world.store.read { try $0.head })
            let key = try world.key("account", HistoryWorld.account)
            let operation = CellOperation(position: 0, key: key, part: part, action: action, context: Context())
            let (bytes, next) = try ChangesetCodec.encode(header, [operation], saltSeed: [UInt8](repeating: UInt8(counter), count: 16))
            var envelope = WireEnvelope()
            envelope.counter = counter
            envelope.predecessor = Data(root)
            envelope.changeset = Data(bytes)
            root = next
            let results = try world.commit(.changesets(ConnectionID(rawValue: 0), [Submission(replica: record.id, envelope: envelope)]))
            guard case .outcomes(_, let outcomes, _)? = results.first, case .receipt(let wire, _)? = outcomes.first,
                case .refused(let refusal)? = try ReceiptCodec.decode(wire).verdicts.first?.outcome
            else { return nil }
            return refusal.rule
        }
        for key in ["", "Size", "1size", "size ", "sizé", "size\u{0}", String(repeating: "a", count: 41), "a.b", "'; DROP TABLE account"] {
            #expect(try send(Part(group: group, element: key), .set([.integer(1)])) == .outsideDomain, "\(key)")
        }
        #expect(try send(Part(group: group), .set([.integer(1)])) == .wrongType)
        #expect(try send(Part(group: group, element: "size"), .add) == .wrongAction)
        #expect(try send(Part(group: group, element: "size"), .remove) == .wrongAction)
        // A key where none belongs.
        let next = try #require(world.schema.collection(named: "account")?.group(holding: "next_step")).number
        #expect(try send(Part(group: next, element: "size"), .set([.text("x")])) == .wrongType)
        #expect(try send(Part(group: group, element: "size"), .set([.integer(3)])) == nil)
    }

    // MARK: Which rows

    @Test("A rule holds for its account type, and for its region and those within it, down to the rows of an account")
    func selectivity() throws {
        let device = try world.device("kay", of: HistoryWorld.kay), away = try world.device("away", of: HistoryWorld.kay)
        for device in [device, away] { try world.connect(device) }
        try world.importRows([
            rule("contact", "job_title", accountType: "large"), rule("contract", "renewal_on", region: Self.country),
            field("contact", "vat", "boolean", accountType: "small"), field("task", "floor", "integer 0..99", region: Self.harbor),
        ])
        #expect(refusal { try contact(device) } == .missingMandatory)
        try contact(device, of: Self.kiosk)
        #expect(refusal { try contact(device, ["job_title": .text("x"), "custom.vat": .boolean(true)]) } == .fieldNotInUse)
        let ada = try contact(device, of: Self.kiosk, ["custom.vat": .boolean(true)])
        func contract(_ account: RowID, _ fields: [String: Value] = [:]) throws {
            try world.write(device) { _ = try $0.create("contract", ["account": .reference(account), "title": .text("C")].merging(fields) { $1 }) }
        }
        #expect(refusal { try contract(HistoryWorld.account) } == .missingMandatory)
        try contract(HistoryWorld.account, ["renewal_on": .integer(20_000)])
        try contract(Self.kiosk)
        // Two rows up: of a task about a contact.
        func task(_ subject: String, _ floor: Int64) throws {
            try world.write(device) { _ = try $0.create("task", ["subject": .text(subject), "title": .text("T"), "custom.floor": .integer(floor)]) }
        }
        try task("contact/\(ada)", 3)
        #expect(refusal { try task("account/\(HistoryWorld.account)", 3) } == .fieldNotInUse)
        #expect(try world.quarantine().isEmpty && reviews().isEmpty)

        // An account that was small and becomes large while somebody is away, and the other way round.
        try world.disconnect(away)
        try world.importRows([row("account", Self.kiosk, ["segment": .text("large")]), row("account", HistoryWorld.account, ["segment": .text("small")])])
        let couldNotKnow = try contact(away, of: Self.kiosk)
        try contact(away, of: HistoryWorld.account, ["job_title": .text("x")])
        try world.connect(away)
        #expect(try world.quarantine().isEmpty)
        #expect(try reviews().map(\.subject) == ["contact/\(couldNotKnow)"])
        // What breaks a rule no longer is taken without a word; what breaks one that could be known is refused.
        try contact(away, of: HistoryWorld.account, unchecked: true)
        #expect(try world.quarantine().isEmpty && reviews().count == 1)
        try contact(away, of: Self.kiosk, unchecked: true)
        #expect(try Set(world.quarantine()) == [.missingMandatory, .dependsOnRefused])
        try expectEqual([device, away])
    }

    @Test("Whoever does not hold accounts is not held to their types, and is not told of fields that are not shown")
    func whatIsNotToBeSeen() throws {
        let ines = try world.device("ines", of: HistoryWorld.ines)
        let start = Int64(world.wall)
        try world.importRows([row("appointment", RowID.derived(collection: 13, key: ["visit"]), [
            "work_order": .reference(HistoryWorld.order), "assignee": .reference(HistoryWorld.ines),
            "territory": .reference(HistoryWorld.territory), "planned_start": .integer(start), "planned_end": .integer(start + 1),
        ])])
        try world.connect(ines)
        try world.importRows([
            field("contact", "badge", "text 10"), field("account", "size", "integer 1..9"), field("interaction", "mood", "choice good | bad"),
            field("work_order", "gate", "text 20", accountType: "small"),
            rule("interaction", "custom.mood", accountType: "large"), rule("interaction", "body"),
        ])
        func holds(_ collection: String, _ key: String) throws -> Bool {
            let id = try world.key("custom_field", RowID.derived(collection: 28, key: [collection, key]))
            return try ines.store.read { try $0.visible(id) } != nil
        }
        #expect(try !holds("contact", "badge") && !holds("account", "size") && holds("interaction", "mood"))
        func note(_ fields: [String: Value]) throws {
            try world.write(ines) { transaction in
                _ = try transaction.create("interaction", [
                    "work_order": .reference(HistoryWorld.order), "channel": .text("note"), "summary": .text("S"), "happened_at": .integer(start),
                ].merging(fields) { $1 })
            }
        }
        #expect(refusal { try note([:]) } == .missingMandatory)
        try note(["body": .text("b")])
        // A review, or a refusal, would tell her of which type the account is.
        try note(["body": .text("b"), "custom.mood": .text("good")])
        // Nor can she know that a field is not for the order.
        try world.write(ines) { try $0.set("work_order", HistoryWorld.order, ["custom.gate": .text("3")]) }
        #expect(try reviews().isEmpty && world.quarantine().isEmpty)
        try expectEqual([ines])
        // What she is not told of stands in no sum of hers either.
        try world.disconnect(ines)
        try world.connect(ines)
        let sums = ines.events.compactMap { if case .held(let report) = $0 { report.isEqual } else { nil } }
        #expect(sums.count >= 2 && sums.allSatisfy { $0 })
    }

    // MARK: What changes later

    @Test("A field that is retired, or narrowed, counts from when its writer can have known")
    func retired() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), away = try world.device("away", of: HistoryWorld.kay)
        try world.importRows([field("account", "size", "integer 1..9"), field("account", "tier", "choice gold | silver"), rule("account", "next_step")])
        for device in [kay, away] { try world.connect(device) }
        try world.write(kay) { try $0.set("account", HistoryWorld.account, ["custom.size": .integer(8), "custom.tier": .text("gold")]) }
        try world.disconnect(away)
        try world.importRows([
            field("account", "size", "integer 1..9", retired: true), field("account", "tier", "choice silver | bronze"),
            rule("account", "next_step", retired: true),
        ])
        func set(_ device: HistoryDevice, _ fields: [String: Value], unchecked: Bool = false) throws {
            try world.write(device) { transaction in
                transaction.isUnchecked = unchecked
                try transaction.set("account", Self.kiosk, fields)
            }
        }
        try set(away, ["custom.size": .integer(3), "custom.tier": .text("gold")])
        try world.connect(away)
        #expect(try world.quarantine().isEmpty && value("account", Self.kiosk, "size") == .integer(3))
        #expect(try reviews().map(\.rule) == ["custom_value"])
        #expect(try reviews().allSatisfy { $0.detail.contains("custom.size") && $0.detail.contains("custom.tier") })
        #expect(refusal { try set(away, ["custom.size": .integer(4)]) } == .fieldNotInUse)
        #expect(refusal { try set(away, ["custom.tier": .text("gold")]) } == .outsideDomain)
        try set(away, ["custom.size": .integer(4)], unchecked: true)
        try set(away, ["custom.tier": .text("gold")], unchecked: true)
        #expect(try world.quarantine() == [.fieldNotInUse, .outsideDomain])
        // What was written stays, can be taken away, and other fields of the row are not held up by it.
        #expect(try value("account", HistoryWorld.account, "size") == .integer(8))
        try set(away, ["custom.size": .null, "custom.tier": .text("bronze"), "next_step": .null])
        #expect(try value("account", Self.kiosk, "size") == .null)
        // Back in use.
        try world.importRows([field("account", "size", "integer 1..9")])
        try set(kay, ["custom.size": .integer(2)])
        #expect(try value("account", Self.kiosk, "size") == .integer(2))
        try expectEqual([kay, away])
    }

    @Test("A mandatory field is not emptied by who can know of the rule; who cannot has it reviewed")
    func emptied() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), away = try world.device("away", of: HistoryWorld.kay)
        for device in [kay, away] { try world.connect(device) }
        func set(_ device: HistoryDevice, _ fields: [String: Value], unchecked: Bool = false) throws {
            try world.write(device) { transaction in
                transaction.isUnchecked = unchecked
                try transaction.set("account", HistoryWorld.account, fields)
            }
        }
        try world.importRows([field("account", "size", "integer 1..9")])
        try set(kay, ["city": .text("Porto"), "custom.size": .integer(4), "next_step": .text("call")])
        try world.disconnect(away)
        try world.importRows([rule("account", "city"), rule("account", "custom.size"), rule("account", "postal_code")])
        #expect(refusal { try set(kay, ["city": .null]) } == .missingMandatory)
        #expect(refusal { try set(kay, ["custom.size": .null]) } == .missingMandatory)
        #expect(refusal { try set(kay, ["name": .null]) } == .missingMandatory)
        // The group has a column that was empty before the rule came: that holds nothing up.
        try set(kay, ["address": .text("Quay 1")])
        try set(kay, ["city": .null], unchecked: true)
        try set(kay, ["custom.size": .null], unchecked: true)
        #expect(try world.quarantine() == [.missingMandatory, .missingMandatory])
        try set(away, ["custom.size": .null, "next_step": .null])
        try world.connect(away)
        #expect(try world.quarantine().count == 2 && reviews().map(\.rule) == ["mandatory"])
        #expect(try value("account", HistoryWorld.account, "size") == .null)
        try expectEqual([kay, away])
    }

    // MARK: Values as cells

    @Test("Values of two keys do not meet, two of one key are a conflict that is resolved, and both explain themselves")
    func cells() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay), other = try world.device("other", of: HistoryWorld.kay)
        try world.importRows([field("account", "size", "integer 1..9"), field("account", "tier", "choice gold | silver")])
        for device in [kay, other] {
            try world.connect(device)
            try world.disconnect(device)
        }
        func set(_ device: HistoryDevice, _ fields: [String: Value]) throws {
            try world.write(device) { try $0.set("account", HistoryWorld.account, fields) }
        }
        try set(kay, ["custom.size": .integer(1), "custom.tier": .text("gold")])
        try set(other, ["custom.size": .integer(2)])
        for device in [kay, other] { try world.connect(device) }
        let conflicts = try #require(world.schema.collection(named: "conflict"))
        let open = try world.store.read { try $0.rows(of: conflicts.number, where: "state", equals: .text("open"), limit: 10) }
        let conflict = try #require(open.first)
        #expect(open.count == 1)
        #expect(try world.value("conflict", conflict.row, "part_element") == .text("size"))
        #expect(try world.value("conflict", conflict.row, "part_label") == .text("The size"))
        #expect(try value("account", HistoryWorld.account, "size") == .integer(2) && value("account", HistoryWorld.account, "tier") == .text("gold"))
        #expect(try kay.shown("account", HistoryWorld.account, "custom") == .text("{\"size\":2,\"tier\":\"gold\"}"))
        let explained = try world.store.read {
            try HubExplainer(reader: $0, schema: world.schema).explain(ExplainQuestion(
                collection: "account", row: HistoryWorld.account, field: "custom.size"))
        }
        #expect(explained.writes.map(\.standing) == [.shown, .beside] && explained.openConflicts.count == 1 && explained.text.contains("“size”"))
        try world.write(kay) { try $0.resolve(conflict: conflict.row, "account", HistoryWorld.account, ["custom.size": .integer(5)]) }
        #expect(try world.value("conflict", conflict.row, "state") == .text("closed"))
        #expect(try other.shown("account", HistoryWorld.account, "custom") == .text("{\"size\":5,\"tier\":\"gold\"}"))
        // It lasts: over a restart of both sides, on a device that is new, and through a repair.
        try world.stopHub()
        try world.startHub()
        try kay.restart()
        let late = try world.device("late", of: HistoryWorld.kay)
        for device in [kay, other, late] {
            try world.disconnect(device)
            try world.connect(device)
            #expect(try device.shown("account", HistoryWorld.account, "custom") == .text("{\"size\":5,\"tier\":\"gold\"}"))
        }
        try expectEqual([kay, other, late])
    }

    @Test("A refused value is mended, and what a ledger's row says by key stays as it was written")
    func mendedAndLedger() throws {
        let kay = try world.device("kay", of: HistoryWorld.kay)
        try world.connect(kay)
        try world.importRows([field("contact", "badge", "text 10"), field("interaction", "mood", "choice good | bad"), rule("contact", "custom.badge")])
        let id = try contact(kay, unchecked: true)
        let refused = try #require(try kay.refusals.first)
        try world.write(kay) { try $0.mend(refused.identity, [refused.key: ["custom.badge": .text("ok")]]) }
        #expect(try world.quarantine().isEmpty && value("contact", id, "badge") == .text("ok"))
        var note = RowID.zero
        try world.write(kay) { transaction in
            note = try transaction.create("interaction", [
                "account": .reference(HistoryWorld.account), "channel": .text("call"), "summary": .text("S"),
                "happened_at": .integer(Int64(world.wall)), "custom.mood": .text("good"),
            ])
        }
        #expect(try value("interaction", note, "mood") == .text("good"))
        #expect(refusal { try world.write(kay) { try $0.set("interaction", note, ["custom.mood": .text("bad")]) } } == .ledgerIsFinal)
    }

    // MARK: Definitions

    @Test("Definitions that cannot stand are refused with what to do, and a type never changes")
    func definitions() throws {
        func reason(_ row: ImportBatch.Row) throws -> String? {
            let job = ChangesetID(high: 7, low: world.wall)
            let result = try world.commit(.importLines(ConnectionID(rawValue: 0), request: 0, ImportBatch(
                job: job, isDryRun: false, lines: [.init(number: 1, rows: [row])]))).first
            guard case .imported(_, _, let report)? = result, report.lines.first?.outcome == .refused else { return nil }
            return report.lines.first?.reason
        }
        #expect(try reason(field("acount", "size", "boolean"))?.contains("There are:") == true)
        #expect(try reason(field("product", "size", "boolean"))?.contains("These do: account") == true)
        for key in ["Size", "", "1st", "a b", "next_step", String(repeating: "k", count: 41)] { #expect(try reason(field("account", key, "boolean")) != nil, "\(key)") }
        for type in ["", "text", "text 0", "text 4001", "blob 1 MiB", "reference account", "choice a", "choice a | a", "integer 5..1", "real 3"] {
            #expect(try reason(field("account", "size", type)) != nil, "\(type)")
        }
        #expect(try reason(field("account", "size", "boolean", accountType: "huge"))?.contains("small, medium") == true)
        #expect(try reason(field("account", "size", "boolean", region: .zero)) != nil)
        #expect(try reason(field("account", "size", "integer 1..9")) == nil)
        #expect(try reason(field("account", "size", "integer 1..20")) == nil)
        #expect(try reason(field("account", "size", "text 20"))?.contains("another key") == true)
        var twin = field("account", "size", "boolean")
        twin.row = RowID.derived(collection: 28, key: ["twin"])
        #expect(try reason(twin)?.contains("already") == true)
        #expect(try reason(rule("contact", "phones")) != nil)
        #expect(try reason(rule("contact", "name"))?.contains("everywhere") == true)
        #expect(try reason(rule("account", "owner")) != nil)
        #expect(try reason(rule("contact", "custom.badge"))?.contains("add it first") == true)
        #expect(try reason(rule("product", "name", accountType: "large"))?.contains("no account") == true)
        for number in 2...CustomLimits.fieldsPerCollection { try world.importRows([field("account", "key_\(number)", "boolean")]) }
        #expect(try reason(field("account", "key_1", "boolean"))?.contains("the most") == true)
        #expect(try reason(field("account", "key_2", "boolean", retired: true)) == nil)
        // Imports of values are held to them as well.
        #expect(try reason(row("account", HistoryWorld.account, ["custom.size": .integer(21)])) != nil)
        #expect(try reason(row("account", HistoryWorld.account, ["custom.size": .integer(20)])) == nil)
        #expect(try value("account", HistoryWorld.account, "size") == .integer(20))
        // Files give texts; a text that is none of the type is refused as one.
        #expect(try reason(row("account", HistoryWorld.account, ["custom.size": .text("19")])) == nil)
        #expect(try value("account", HistoryWorld.account, "size") == .integer(19))
        #expect(try reason(row("account", HistoryWorld.account, ["custom.size": .text("many")])) != nil)
        let report = try world.command(.definitions({ var command = WireDefinitionsCommand(); command.region = "Harbor"; return command }()))
        #expect(report.contains("\"type\":\"integer 1..20\"") && report.contains(Self.harbor.description))
    }
}

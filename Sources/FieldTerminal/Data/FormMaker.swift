import Documents
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Makes forms from what the replica holds: present values, and what may be chosen.
struct FormMaker {
    let loader: Loader
    /// In Unix milliseconds.
    let now: Int64
    /// Documents that were shown on this device since it was started.
    let read: Set<RowID>

    var replica: Replica { loader.replica }
    private var text: FieldText { loader.text }
    var language: Language { text.language }
    var today: Int { text.moments.day(of: now) }
    /// Rows that may be chosen from in a field that names one.
    static let choices = 300

    func form(_ request: FormRequest) throws -> Form {
        switch request {
        case .field(let target): return try field(target)
        case .note(let order): return try entry("interaction", ["channel", "summary", "body"], ["work_order": .reference(order), "happened_at": .integer(now)], .notes, ["channel": .text("note")])
        case .interaction(let account):
            return try entry("interaction", ["channel", "summary", "body"], ["account": .reference(account), "happened_at": .integer(now)], .interactions, ["channel": .text("call")])
        case .task(let account):
            let fixed: [String: Value] = ["subject": .text("account/\(account)"), "assignee": .reference(loader.person.id), "state": .text("open")]
            return try entry("task", ["title", "due_on", "notes"], fixed, .tasks, [:])
        case .part(let order): return try entry("part_needed", ["product", "quantity", "note"], ["work_order": .reference(order)], .parts, ["quantity": .integer(1)])
        case .use(let part): return try use(part)
        case .time(let order):
            let appointment = try ownAppointment(order).map { ["appointment": Value.reference($0)] } ?? [:]
            return try entry(
                "time_entry", ["activity", "started_at", "stopped_at", "note"], appointment.merging(["worker": .reference(loader.person.id)]) { $1 }, .time,
                ["activity": .text("work"), "started_at": .integer(now - 3_600_000), "stopped_at": .integer(now)])
        case .status(let appointment): return try entry("status_event", ["state", "note"], ["appointment": .reference(appointment), "happened_at": .integer(now)], .nextStatus, [:])
        case .appoint(let order, let appointment, let day, let technician): return try appoint(order, appointment, day, technician)
        case .eta(let appointment): return try eta(appointment)
        case .resolve(let conflict): return try resolve(conflict)
        case .mend(let changeset, let key): return try mend(changeset, key)
        case .document(let order):
            let names = DocumentTemplate.shipped.keys.sorted()
            let choices = names.map { name in
                let parts = name.split(separator: ".").map(String.init)
                return FormField.Choice(label: ([language.choice(parts[0])] + parts.dropFirst()).joined(separator: " · "), value: .text(name))
            }
            let input = FormField.Input.choice(ChoiceInput(choices, names.firstIndex(of: "service_report.\(language.rawValue)") ?? 0))
            return Form(title: language(.makeDocument), fields: [FormField(name: "template", label: language(.documents), input: input)], purpose: .document(order: order))
        case .sign(let document): return try sign(document)
        case .ask(let document): return try ask(document)
        case .photo(let order, let item):
            return Form(
                title: language(.photos), fields: [FormField(name: "file", label: language(.file), input: .text(TextInput()), isMandatory: true)], purpose: .photo(order: order, item: item))
        }
    }

    // MARK: Fields of rows

    func collection(_ name: String) throws -> ReplicationCore.Collection {
        guard let collection = replica.schema.collection(named: name) else { throw ReplicaError(.noSuchValue, "The schema of this device has no '\(name)'.") }
        return collection
    }

    private func field(_ target: FieldTarget) throws -> Form {
        let collection = try collection(target.collection)
        if let key = collection.customKey(in: target.field) { return try customField(target, key, collection) }
        guard let group = collection.group(holding: target.field), let row = try replica.query("SELECT * FROM \"\(collection.name)\" WHERE id = ?", [.reference(target.row)]).first else {
            throw ReplicaError(.noSuchValue, "This device has no \(collection.label) \(target.row).")
        }
        try checkRights(target)
        let title = "\(try loader.title(of: target.row, in: collection)) · \(language.label(group.fields.first { $0.name == target.field }?.label ?? target.field))"
        if group.isSet { return elements(target, row, title) }
        if case .counter = group.policy {
            let input = FormField(name: target.field, label: "+", input: .text(TextInput()), field: group.fields[0], isMandatory: true)
            return Form(title: title, fields: [input], purpose: .increment(target))
        }
        // The columns of a group mean something only together.
        let fields = try group.fields.map { try input(of: $0, row[$0.name], kind: row.text("answer_kind")) }
            .filter { !(target.collection == "checklist_item" && $0.name == "answered_at") }
        let focus = fields.firstIndex { $0.name == target.field } ?? 0
        // When it was answered is not asked for: it is now.
        let fixed: [String: Value] = target.collection == "checklist_item" && target.field == "answer" ? ["answered_at": .integer(now)] : [:]
        return Form(title: title, fields: fields, purpose: .set(collection: collection.name, row: target.row, fixed: fixed), focus: focus, day: today)
    }

    private func checkRights(_ target: FieldTarget) throws {
        if let why = FieldEditing.refusal(of: target, by: replica.progress.role, in: replica.schema, language) { throw ReplicaError(.noSuchValue, why) }
    }

    private func customField(_ target: FieldTarget, _ key: String, _ collection: ReplicationCore.Collection) throws -> Form {
        guard let custom = try replica.customValues(of: collection.name, target.row).first(where: { $0.field.key == key }) else {
            throw ReplicaError(.noSuchValue, "This device has no field \(key) of this \(collection.label).")
        }
        try checkRights(target)
        let label = language.label(of: custom.field), field = Field(name: target.field, label: label, type: custom.field.type)
        return Form(
            title: "\(try loader.title(of: target.row, in: collection)) · \(label)", fields: [try input(of: field, custom.value)],
            purpose: .set(collection: collection.name, row: target.row, fixed: [:]), day: today)
    }

    private func elements(_ target: FieldTarget, _ row: Row, _ title: String) -> Form {
        let before = row.text(target.field) ?? "[]"
        var target = target
        target.element = before
        let input = TextInput((FieldText.elements(before) ?? []).joined(separator: ", "))
        return Form(title: title, fields: [FormField(name: target.field, label: language(.value), input: .text(input))], purpose: .element(target))
    }

    /// - Parameter kind: of an answer, what kind it takes.
    private func input(of field: Field, _ value: Value, kind: String? = nil, isMandatory: Bool? = nil) throws -> FormField {
        FormField(
            name: field.name, label: language.label(field.label), input: try input(field, value, kind), field: field, isMandatory: isMandatory ?? field.isMandatory)
    }

    private func input(_ field: Field, _ value: Value, _ kind: String?) throws -> FormField.Input {
        func choice(_ choices: [FormField.Choice]) -> FormField.Input {
            let all = field.isMandatory ? choices : [.init(label: "–", value: .null)] + choices
            // Of what must be chosen nothing is chosen by itself.
            return .choice(ChoiceInput(all, all.firstIndex { $0.value == value }))
        }
        switch field.type {
        case .choice(let texts): return choice(texts.map { .init(label: language.choice($0), value: .text($0)) })
        case .boolean:
            let isSet = value.boolean ?? value.integer.map { $0 != 0 }
            let all: [FormField.Choice] = [true, false].map { .init(label: language.choice($0 ? "true" : "false"), value: .boolean($0)) }
            return .choice(ChoiceInput(all, isSet == true ? 0 : 1))
        case .reference(let number):
            guard let other = replica.schema.collection(number) else { return .text(TextInput()) }
            var choices = try choices(of: other)
            if let row = value.row, !choices.contains(where: { $0.value == value }) { choices.insert(.init(label: try loader.title(of: row, in: other), value: value), at: 0) }
            return choice(choices)
        case .text where field.name == "answer" && kind == "check":
            return choice(["yes", "no"].map { .init(label: language.choice($0 == "yes" ? "true" : "false"), value: .text($0)) })
        default: return .text(TextInput(text.typed(value, field)))
        }
    }

    private func choices(of collection: ReplicationCore.Collection) throws -> [FormField.Choice] {
        let title = collection.titleField ?? "id"
        return try replica.query("SELECT id, \"\(title)\" AS title FROM \"\(collection.name)\" WHERE _alive ORDER BY title LIMIT \(Self.choices)").compactMap { row in
            row.reference("id").map { .init(label: row.text("title") ?? "…\($0.short)", value: .reference($0)) }
        }
    }

    private func entry(_ name: String, _ fields: [String], _ fixed: [String: Value], _ title: Word, _ values: [String: Value]) throws -> Form {
        let collection = try collection(name)
        let inputs = try fields.compactMap { name in try collection.field(named: name).map { try input(of: $0, values[name] ?? .null) } }
        return Form(title: "\(language(title)) · \(language(.add))", fields: inputs, purpose: .create(collection: name, fixed: fixed), focus: Form.start(inputs), day: today)
    }

    private func ownAppointment(_ order: RowID) throws -> RowID? {
        try replica.query("SELECT id FROM appointment WHERE _alive AND work_order = ? ORDER BY assignee IS NOT ?, planned_start LIMIT 1", [.reference(order), .reference(loader.person.id)])
            .first?.reference("id")
    }

    // MARK: Planning

    private func appoint(_ order: RowID, _ appointment: RowID?, _ day: Int, _ technician: RowID?) throws -> Form {
        let collection = try collection("appointment")
        guard let row = try replica.query("SELECT title, territory, required_skills FROM work_order WHERE id = ?", [.reference(order)]).first, let territory = row.reference("territory"),
            let start = collection.field(named: "planned_start")
        else { throw ReplicaError(.noSuchValue, "This device does not hold the order.") }
        let present = try appointment.flatMap { try replica.query("SELECT planned_start, planned_end FROM appointment WHERE id = ?", [.reference($0)]).first }
        let planned = present?.integer("planned_start") ?? firstStart(day)
        let minutes = present?.integer("planned_end").map { ($0 - planned) / 60_000 } ?? 60
        let people = try replica.query("SELECT id, name, skills FROM user WHERE _alive AND role = 'technician' ORDER BY territory IS NOT ?, name LIMIT \(Self.choices)", [.reference(territory)])
        let needed = FieldText.elements(row.text("required_skills") ?? "") ?? []
        let choices = people.compactMap { person -> FormField.Choice? in
            guard let id = person.reference("id") else { return nil }
            let missing = Set(needed).subtracting(FieldText.elements(person.text("skills") ?? "") ?? [])
            return .init(label: (person.text("name") ?? "") + (missing.isEmpty ? "" : " (– \(missing.sorted().joined(separator: ", ")))"), value: .reference(id))
        }
        // Who can do all of it comes first.
        let chosen = technician.flatMap { id in choices.firstIndex { $0.value == .reference(id) } } ?? choices.firstIndex { !$0.label.contains("(– ") } ?? 0
        return Form(
            title: row.text("title") ?? "", fields: [
                FormField(name: "assignee", label: language(.technician), input: .choice(ChoiceInput(choices, chosen))),
                FormField(name: "planned_start", label: language(.start), input: .text(TextInput(text.moments.dateTime(planned))), field: start, isMandatory: true),
                FormField(
                    name: "minutes", label: language(.duration), input: .text(TextInput("\(minutes)")),
                    field: Field(name: "minutes", label: language(.duration), type: .integer(minimum: 5, maximum: 24 * 60)), isMandatory: true),
            ], purpose: .appoint(order: order, territory: territory, appointment: appointment), day: day)
    }

    /// Nine o'clock, and today not before the next half hour.
    private func firstStart(_ day: Int) -> Int64 {
        let minutes = day == today ? (text.moments.minutes(of: now) + 29) / 30 * 30 : 0
        return text.moments.moment(day: day, minutes: max(9 * 60, minutes))
    }

    private func eta(_ appointment: RowID) throws -> Form {
        let collection = try collection("eta")
        guard let arrives = collection.field(named: "arrives_at"), let row = try replica.query("SELECT planned_start, eta_at, eta_revision FROM appointment WHERE id = ?", [.reference(appointment)]).first else {
            throw ReplicaError(.noSuchValue, "This device does not hold the appointment.")
        }
        let expected = row.integer("eta_at") ?? row.integer("planned_start") ?? now
        let input = FormField(name: "arrives_at", label: language(.eta), input: .text(TextInput(text.moments.dateTime(expected))), field: arrives, isMandatory: true)
        return Form(title: language(.eta), fields: [input], purpose: .eta(appointment: appointment, revision: (row.integer("eta_revision") ?? 0) + 1), day: text.moments.day(of: expected))
    }

    // MARK: What waits for a person

    private func resolve(_ conflict: RowID) throws -> Form {
        guard let row = try replica.query("SELECT * FROM conflict WHERE id = ?", [.reference(conflict)]).first, let key = row.text("subject").flatMap({ replica.schema.rowKey(fromReference: $0) }),
            let collection = replica.schema.collection(key.collection), let group = row.integer("part_group").flatMap({ collection.group(UInt32(clamping: $0)) })
        else { throw ReplicaError(.noSuchValue, "This device does not hold the conflict any more.") }
        let yours = Conflict.values(of: row.text("yours") ?? "", in: collection) ?? [:]
        let fields = try group.fields.map { try input(of: $0, yours[$0.name] ?? .null) }
        return Form(
            title: "\(language.heading(.settle)) · \(try loader.title(of: key.row, in: collection))", fields: fields,
            purpose: .resolve(conflict: conflict, collection: collection.name, row: key.row), day: today)
    }

    private func mend(_ changeset: String, _ key: RowKey) throws -> Form {
        guard let identity = ChangesetID(changeset), let collection = replica.schema.collection(key.collection) else {
            throw ReplicaError(.noSuchValue, "What was refused cannot be read any more; discard it.")
        }
        let values = try replica.refusedValues(of: identity)[key] ?? [:]
        let fields = try collection.fields.filter { values[$0.name] != nil }.map { try input(of: $0, values[$0.name] ?? .null) }
        guard !fields.isEmpty else {
            throw ReplicaError(.noSuchValue, language == .english ? "Nothing of it is a field that can be corrected: discard it, or write it anew." : "No hay campo que corregir: descártalo o escríbelo de nuevo.")
        }
        let refusal = try replica.refused().first { $0.identity == identity && $0.key == key }
        return Form(
            title: "\(language.heading(.mend)) · \(try loader.title(of: key.row, in: collection))", fields: fields, purpose: .mend(changeset: changeset, key: key),
            note: refusal.map { "\($0.refusal.detail) \($0.remedy)" } ?? "", day: today)
    }
}

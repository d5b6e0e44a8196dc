import Foundation
import ReplicationCore
import TerminalScreen

/// Keys in what stands over the page.
extension TerminalModel {
    mutating func handle(_ press: KeyPress, in dialog: Dialog) -> [Effect] {
        switch dialog {
        case .text(let text):
            handle(press, in: text)
            return []
        case .menu(let menu): return handle(press, in: menu)
        case .form(let form): return handle(press, in: form)
        }
    }

    private mutating func handle(_ press: KeyPress, in text: TextDialog) {
        var text = text
        let (lines, rows) = Painter.lines(of: text, in: Rect(size))
        let last = max(lines.count - rows + 2, 0)
        switch press.key {
        case .up, .character("k"): text.top -= 1
        case .down, .character("j"): text.top += 1
        case .pageUp: text.top -= rows
        case .pageDown, .character(" "): text.top += rows
        case .home: text.top = 0
        case .end: text.top = last
        default:
            dialog = nil
            return
        }
        text.top = max(0, min(text.top, last))
        dialog = .text(text)
    }

    private mutating func handle(_ press: KeyPress, in menu: Menu) -> [Effect] {
        var menu = menu
        switch press.key {
        case .up: menu.selected = max(menu.selected - 1, 0)
        case .down: menu.selected = min(menu.selected + 1, menu.items.count - 1)
        case .enter: return choose(menu.items[menu.selected])
        case .character(let character):
            guard let item = menu.items.first(where: { $0.key == character }) else {
                if character == "q" { dialog = nil }
                return []
            }
            return choose(item)
        default:
            dialog = nil
            return []
        }
        dialog = .menu(menu)
        return []
    }

    private mutating func choose(_ item: Menu.Entry) -> [Effect] {
        dialog = nil
        return item.effects
    }

    mutating func open(_ form: Form) {
        var form = form
        form.enter(form.focus)
        form.began = form.focus
        dialog = .form(form)
    }

    private mutating func handle(_ press: KeyPress, in form: Form) -> [Effect] {
        var form = form
        switch press.key {
        case .escape:
            dialog = nil
            return []
        case .enter: return save(form)
        case .character("l") where press.modifiers.contains(.control): form.drawing?.strokes = []
        case .tab, .down, .up:
            let isBack = press.key == .up || press.modifiers.contains(.shift)
            form.enter((form.focus + (isBack ? -1 : 1) + form.fields.count) % form.fields.count)
        default:
            form.error = ""
            form.fields[form.focus].take(press)
        }
        judge(&form)
        dialog = .form(form)
        return []
    }

    /// Shows at once what follows from what stands in the fields, and what the schema's rules say of it.
    func judge(_ form: inout Form, isWhole: Bool = false) {
        form.offerDocuments(language)
        for index in form.fields.indices where isWhole || index == form.focus {
            form.fields[index].problem = problem(of: form.fields[index], isWhole: isWhole, day: form.day)
        }
    }

    private func problem(of field: FormField, isWhole: Bool, day: Int) -> String {
        let isMissing = isWhole && field.isMandatory && field.isEmpty
        switch field.input {
        case .text(let input):
            if let column = field.field { return text.problem(input.text, column, isMandatory: field.isMandatory && isWhole, schema: schema, day: day) ?? "" }
        case .choice(let input):
            if input.isLost { return language.notFound(input.search, stays: input.chosen?.label ?? "–") }
            if input.wasTypedOn, !isWhole { return language(.onlyArrows) }
        }
        return isMissing ? language.missing(field.label) : ""
    }

    private mutating func save(_ form: Form) -> [Effect] {
        var form = form
        judge(&form, isWhole: true)
        if let wrong = form.fields.firstIndex(where: { !$0.problem.isEmpty }) {
            if wrong != form.focus { form.enter(wrong) }
            dialog = .form(form)
            return []
        }
        dialog = .form(form)
        guard let values = form.values(text) else { return [] }
        return effects(of: form, values)
    }

    private func effects(of form: Form, _ values: [String: Value]) -> [Effect] {
        switch form.purpose {
        case .set(let collection, let row, let fixed): return [.write([.set(collection, row, values.merging(fixed) { $1 })])]
        case .create(let collection, let fixed):
            return [.write([.create(collection, fixed.merging(values.filter { !$0.value.isNull }) { $1 })])]
        case .use(let fixed):
            guard let quantity = values["quantity"]?.integer, let place = values["place"] else { return [] }
            return [.write([.create("stock_movement", fixed.merging(["place": place, "quantity": .integer(-quantity)]) { $1 })])]
        case .element(let target): return elementSteps(form, target)
        case .increment(let target):
            return values[target.field]?.integer.map { [.write([.increment(target.collection, target.row, target.field, $0)])] } ?? []
        case .resolve(let conflict, let collection, let row): return [.write([.resolve(conflict, collection, row, values)])]
        case .mend(let changeset, let key): return [.write([.mend(changeset, key, values)])]
        case .appoint(let order, let territory, let appointment): return appointing(order, territory, appointment, values)
        case .eta(let appointment, let revision):
            guard let arrives = values["arrives_at"] else { return [] }
            let source = Value.text(person.role == "technician" ? "technician" : "dispatcher")
            let row: [String: Value] = [
                "appointment": .reference(appointment), "revision": .integer(revision), "arrives_at": arrives, "source": source,
            ]
            return [.write([.create("eta", row)]), .signal("eta", appointment, ["arrives_at": arrives, "source": source])]
        case .photo(let order, let item): return [.addPhoto(order: order, item: item, file: values["file"]?.text ?? "")]
        case .ask(let document, let contact): return [.ask(document: document, contact: contact, values)]
        case .document(let order): return [.makeDocument(order: order, template: values["template"]?.text ?? "")]
        case .sign:
            return [.sign(
                documents: form.signedDocuments.map(\.id), place: values["place"]?.text ?? "", name: values["name"]?.text ?? "", role: values["role"]?.text ?? "",
                form.drawing ?? Drawing())]
        }
    }

    /// Sets are typed as words with commas between; what is gone is removed, what is new is added.
    private func elementSteps(_ form: Form, _ target: FieldTarget) -> [Effect] {
        guard case .text(let input)? = form.fields.first?.input else { return [] }
        let wanted = input.text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let before = target.element.flatMap { FieldText.elements($0) } ?? []
        let steps = before.filter { !wanted.contains($0) }.map { Step.remove(target.collection, target.row, target.field, $0) }
            + wanted.filter { !before.contains($0) }.map { Step.add(target.collection, target.row, target.field, $0) }
        return [.write(steps)]
    }

    private func appointing(_ order: RowID, _ territory: RowID, _ appointment: RowID?, _ values: [String: Value]) -> [Effect] {
        guard let start = values["planned_start"]?.integer, let minutes = values["minutes"]?.integer, let assignee = values["assignee"] else { return [] }
        let planned: [String: Value] = ["assignee": assignee, "planned_start": .integer(start), "planned_end": .integer(start + minutes * 60_000)]
        if let appointment { return [.write([.set("appointment", appointment, planned)])] }
        return [.write([.create("appointment", planned.merging(["work_order": .reference(order), "territory": .reference(territory)]) { $1 })])]
    }
}

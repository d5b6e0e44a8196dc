import ReplicationCore
import TerminalScreen

/// A work order with its tabs.
extension TerminalModel {
    private static let tabs: [Word] = [.details, .checklist, .parts, .time, .notes, .photos, .signature, .history]

    func orderPage(_ data: OrderData) -> Page {
        let tab = min(state.tab, Self.tabs.count - 1), word = Self.tabs[tab]
        let planned = data.appointment?.row("assignee") == nil ? "unscheduled" : "scheduled"
        let standing = data.order.text("status").isEmpty ? planned : data.order.text("status")
        let title = [data.order.text("number"), data.order.text("title"), language.choice(standing)].filter { !$0.isEmpty }.joined(separator: " · ")
        let counts = [0, data.checklist.count, data.parts.count, data.times.count, data.notes.count, data.photos.count, data.documents.count, 0]
        let table: Table =
            switch word {
            case .checklist: checklist(data)
            case .parts: parts(data)
            case .time: times(data)
            case .notes: notes(data.notes)
            case .photos: photos(data)
            case .signature: documents(data)
            case .history: history(data)
            default: fieldTable(data.fields)
            }
        var panes = [Pane(title: title, body: .table(table))]
        if size.columns >= 140 {
            panes.append(Pane(title: language(.preview), body: .text(summary(data)), isFocused: false, share: 36, isBeside: true))
        }
        return Page(
            title: title, tabs: Self.tabs.indices.map { language(Self.tabs[$0]) + (counts[$0] > 0 ? " \(counts[$0])" : "") }, tab: tab,
            panes: panes, hints: hints(word))
    }

    /// What stands behind the tabs, at a glance.
    private func summary(_ data: OrderData) -> [Span] {
        var spans: [Span] = []
        func section(_ word: Word, _ lines: [Span]) {
            guard !lines.isEmpty else { return }
            if !spans.isEmpty { spans.append(Span("")) }
            spans.append(Span(language(word), .accent))
            spans += lines
        }
        section(.checklist, data.checklist.map { item in
            let answer = item.text("answer_kind") == "check" ? language.choice(item.text("answer")) : item.text("answer")
            return Span("  \(item.text("answer").isEmpty ? "○" : "✓") \(item.text("question"))\(answer.isEmpty ? "" : " \(answer)")", item.text("answer").isEmpty ? .dim : .normal)
        })
        section(.parts, data.parts.map { Span("  \($0.integer("quantity") ?? 0) × \($0.text("product_name"))") })
        section(.notes, data.notes.prefix(5).map { Span("  \(when($0.integer("happened_at"))) \($0.text("summary"))") })
        section(.documents, data.documents.map { Span("  \($0.text("title")) (\(language.choice($0.text("state"))))") })
        section(.history, data.history.prefix(8).map { Span("  \(when($0.integer("at"))) \($0.text("what")) \($0.text("detail"))") })
        return spans
    }

    private func hints(_ word: Word) -> [Hint] {
        let first: [Hint] =
            switch word {
            case .details: [Hint(language(.enter), language(.edit)), Hint("x", language(.explain))]
            case .checklist: [Hint(language(.enter), language(.edit)), Hint("p", language(.photo), language(.photoHelp)), Hint("x", language(.explain))]
            case .parts: [Hint(language(.enter), language(.edit)), Hint("a", language(.add)), Hint("u", language(.use), language(.useHelp)), Hint("x", language(.explain))]
            case .signature:
                [Hint(language(.enter), language(.read)), Hint("a", language(.makeDocument)), Hint("S", language(.sign)), Hint("l", language(.askByLink), language(.askHelp))]
            case .time, .notes, .photos: [Hint("a", language(.add))]
            default: []
            }
        return first + [Hint("←→", "tab"), Hint("s", language(.nextStatus), language(.statusHelp)), Hint("n", language(.network))]
    }

    /// Fields with their values, and who wrote them when.
    func fieldTable(_ fields: [FieldValue]) -> Table {
        // Where nobody is to be named, values have the room.
        let isNamed = fields.contains { !provenance($0).isEmpty }
        let columns = [Column("", 16), Column("", 20, growth: 1)] + (isNamed ? [Column("", 28, from: 76)] : [])
        return Table(columns, count: fields.count, selected: state.selected, nothing: language(.nothing)) { index in
            let field = fields[index]
            return Entry(
                cells: [
                    Span(field.label, .dim), Span(field.text, field.isEditable ? .normal : .dim), Span(provenance(field), field.mark == .none ? .dim : field.mark.tone),
                ], target: field.target, mark: field.mark)
        }
    }

    private func provenance(_ field: FieldValue) -> String {
        // What came with an import or was computed says nothing about people.
        guard !field.author.isEmpty, field.author != language(.byHub) || field.mark != .none else { return "" }
        if field.mark == .pending { return "\(field.author), \(language(.pendingMark))" }
        return "\(field.author), \(when(field.milliseconds.map { Int64(clamping: $0) }))\(field.mark == .none ? "" : ", \(field.mark.words(language))")"
    }

    private func checklist(_ data: OrderData) -> Table {
        let columns = [Column("", 3), Column(language(.question), 20, growth: 2), Column(language(.answer), 12, growth: 1), Column("", 4, from: 60), Column("", 11, from: 70)]
        return Table(columns, data.checklist.map { item in
            let answer = item.text("answer"), isCheck = item.text("answer_kind") == "check"
            let photos = FieldText.elements(item.text("photos"))?.count ?? 0
            return Entry(
                cells: [
                    Span(answer.isEmpty ? " ○" : " ✓", answer.isEmpty ? .dim : .good), Span(item.text("question")),
                    Span(isCheck ? language.choice(answer) : answer, .strong), Span(photos > 0 ? "■ \(photos)" : "", .accent), Span(when(item.integer("answered_at")), .dim),
                ], item: item, target: FieldTarget(collection: "checklist_item", row: item.id, field: "answer"), mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    private func parts(_ data: OrderData) -> Table {
        let columns = [
            Column(language(.product), 20, growth: 2), Column(language(.quantity), 9, isNumber: true), Column("", 9), Column(language(.granted), 9, isNumber: true), Column(language(.used), 5, isNumber: true),
            Column(language.label("Note"), 10, growth: 1, from: 70),
        ]
        return Table(columns, data.parts.map { item in
            let granted = item.integer("granted"), used = item.integer("used"), needed = item.integer("quantity") ?? 0
            return Entry(
                cells: [
                    Span(item.text("product_name")), Span("\(needed)"), Span(language.choice(item.text("unit")).lowercased(), .dim),
                    Span(granted.map { "\($0)" } ?? "–", (granted ?? 0) >= needed ? .good : .warning), Span(used.map { "\($0)" } ?? "–", (used ?? 0) >= needed ? .good : .normal),
                    Span(item.text("note"), .dim),
                ], item: item, target: FieldTarget(collection: "part_needed", row: item.id, field: "quantity"), mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    private func times(_ data: OrderData) -> Table {
        let columns = [
            Column(language(.activity), 10), Column(language(.from), 11), Column(language(.to), 11), Column(language(.minutes), 5, isNumber: true),
            Column(language(.who), 14, growth: 1), Column(language.label("Note"), 10, growth: 2, from: 70),
        ]
        return Table(columns, data.times.map { item in
            let started = item.integer("started_at"), stopped = item.integer("stopped_at")
            let minutes = started.flatMap { start in stopped.map { ($0 - start) / 60_000 } }
            return Entry(
                cells: [
                    Span(language.choice(item.text("activity"))), Span(when(started)), Span(when(stopped)), Span(minutes.map { "\($0)" } ?? ""),
                    Span(item.text("worker_name"), .dim), Span(item.text("note"), .dim),
                ], item: item, mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    func notes(_ items: [Item]) -> Table {
        let columns = [Column(language(.when), 11), Column("", 9), Column(language(.summary), 20, growth: 3), Column(language(.who), 14, from: 70)]
        return Table(columns, items.map { item in
            Entry(
                cells: [
                    Span(when(item.integer("happened_at")), .dim), Span(language.choice(item.text("channel")), .accent),
                    Span([item.text("summary"), item.text("body")].filter { !$0.isEmpty }.joined(separator: " — ")), Span(item.text("author"), .dim),
                ], item: item, mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    private func photos(_ data: OrderData) -> Table {
        let columns = [Column(language.label("Title"), 18, growth: 1), Column("", 12), Column("bytes", 8, isNumber: true), Column(language(.file), 16, growth: 2)]
        return Table(columns, data.photos.map { photo in
            Entry(
                cells: [
                    Span(photo.title), Span(photo.type, .dim), Span(Painter.size(photo.bytes)),
                    Span(photo.path ?? language(.notHere), photo.path == nil ? .warning : .dim),
                ], target: photo.target, mark: photo.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    private func documents(_ data: OrderData) -> Table {
        let columns = [Column(language(.documents), 16, growth: 1), Column(language.label("State"), 13), Column(language(.signed), 18, growth: 3)]
        let signed = data.documents.flatMap { document in
            [entry(of: document, data)] + data.requests.filter { FieldText.elements($0.text("documents"))?.contains(document.id.description) == true }.map { entry(ofRequest: $0) }
        }
        return Table(columns, signed, selected: state.selected, nothing: language(.noDocuments))
    }

    private func entry(of item: Item, _ data: OrderData) -> Entry {
        let signers = data.signatures.filter { $0.row("document") == item.id }.map { "\($0.text("signer_name")) (\($0.text("place")))" }
        let waits = item.text("waits_for"), isPartly = !signers.isEmpty && !waits.isEmpty
        return Entry(
            cells: [
                Span(item.text("title")), isPartly ? Span(language(.partlySigned), .warning) : status(item.text("state")),
                Span(signers.joined(separator: ", ") + (isPartly ? "; \(language(.waitsFor)): \(waits)" : ""), .good),
            ], item: item, mark: item.mark)
    }

    /// Who was asked by a link, and what became of it.
    private func entry(ofRequest item: Item) -> Entry {
        let isWithdrawn = item.text("standing") == "withdrawn", found = isWithdrawn ? "withdrawn" : item.text("state")
        let times = [("sent", "sent_at"), ("opened", "opened_at")].compactMap { word, column in
            item.integer(column).map { "\(language.choice(word)) \(when($0))" }
        }
        let trouble = item.text("trouble")
        return Entry(
            cells: [
                Span("  → \(item.text("signer_name"))", .dim), found.isEmpty ? Span(language(.notAtHub), .warning) : status(found),
                Span(trouble.isEmpty ? times.joined(separator: ", ") : trouble, trouble.isEmpty ? .dim : .bad),
            ], item: item, mark: item.mark)
    }

    private func history(_ data: OrderData) -> Table {
        let columns = [Column(language(.when), 11), Column(language(.what), 14, growth: 2), Column("", 16, growth: 3), Column(language(.who), 14, from: 60)]
        return Table(columns, data.history.map { item in
            Entry(
                cells: [
                    Span(when(item.integer("at")), .dim), Span(item.text("what"), .accent), Span(item.text("detail")), Span(item.text("author"), .dim),
                ], item: item, mark: item.mark)
        }, selected: state.selected, nothing: language(.nothing))
    }

    mutating func orderKey(_ press: KeyPress, _ data: OrderData) -> [Effect]? {
        let order = data.order.id, word = Self.tabs[min(state.tab, Self.tabs.count - 1)]
        switch press.key {
        case .character("s"):
            guard let appointment = data.appointment else { return [] }
            dialog = .menu(statusMenu(of: appointment.id, data.order.text("title")))
            return []
        case .character("p"):
            guard word == .checklist, let item = current?.item else { return nil }
            return [.prepare(.photo(order: order, item: item.id))]
        case .character("u"):
            guard word == .parts, let item = current?.item else { return nil }
            return [.prepare(.use(part: item.id))]
        case .character("l"):
            guard word == .signature, let item = current?.item else { return nil }
            guard item.collection == "signature_request" else { return [.prepare(.ask(document: item.id))] }
            dialog = .menu(requestMenu(item))
            return []
        case .character("a"):
            switch word {
            case .parts: return [.prepare(.part(order: order))]
            case .time: return [.prepare(.time(order: order))]
            case .photos: return [.prepare(.photo(order: order))]
            case .signature: return [.prepare(.document(order: order))]
            default: return [.prepare(.note(order: order))]
            }
        case .character("S"), .enter:
            guard word == .signature, let document = current?.item else { return press.key == .enter ? nil : [] }
            if document.collection == "signature_request" {
                dialog = .menu(requestMenu(document))
                return []
            }
            return press.key == .enter ? [.readDocument(document.id)] : [.prepare(.sign(document: document.id))]
        case .character("A"):
            return [.prepare(.appoint(order: order, appointment: data.appointment?.id, day: today, technician: data.appointment?.row("assignee")))]
        default: return nil
        }
    }

    private func requestMenu(_ request: Item) -> Menu {
        Menu(title: "\(language(.request)) · \(request.text("signer_name"))", items: [
            .init(key: "l", label: language(.again), effects: [.askAgain(request: request.id)]),
            .init(key: "w", label: language(.withdraw), effects: [.withdraw(request: request.id)]), .init(key: "c", label: language(.cancel), effects: []),
        ], selected: 2)
    }
}

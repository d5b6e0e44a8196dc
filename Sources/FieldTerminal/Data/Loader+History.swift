import ReplicationClient
import ReplicationCore

/// What happened to an order, and who has signed.
extension Loader {
    /// Newest first.
    func history(_ id: RowID, _ marks: Marks) throws -> [Item] {
        func told(_ items: [Item], _ what: (Item) -> String, _ detail: (Item) -> String, at column: String) -> [Item] {
            items.map { item in
                var item = item
                item.values["at"] = item.values[column]
                item.values["what"] = .text(what(item))
                item.values["detail"] = .text(detail(item))
                return item
            }
        }
        let one = [Value.reference(id)], language = text.language
        let states = try authored(items("status_event", marks, "SELECT e.* FROM status_event AS e JOIN appointment AS a ON a.id = e.appointment WHERE e._alive AND a.work_order = ? ORDER BY e.happened_at DESC LIMIT \(Self.hanging)", one), "state")
        let arrivals = try authored(items("eta", marks, "SELECT e.* FROM eta AS e JOIN appointment AS a ON a.id = e.appointment WHERE e._alive AND a.work_order = ? ORDER BY e.revision DESC LIMIT \(Self.hanging)", one), "revision")
        let signatures = try authored(items("signature_event", marks, "SELECT * FROM signature_event WHERE _alive AND work_order = ? ORDER BY happened_at DESC LIMIT \(Self.hanging)", one), "event")
        let planned = try items("appointment", marks, "SELECT a.*, u.name AS assignee_name FROM appointment AS a LEFT JOIN user AS u ON u.id = a.assignee WHERE a._alive AND a.work_order = ? LIMIT 50", one)
        let all = told(states, { language.choice($0.text("state")) }, { $0.text("note") }, at: "happened_at")
            + told(arrivals, { _ in language(.eta) }, { "\($0.integer("arrives_at").map { text.moments.dateTime($0) } ?? "") (\(language.choice($0.text("source"))))" }, at: "arrives_at")
            + told(signatures, { "\(language(.signature)): \(language.choice($0.text("event")))" }, { $0.text("person") }, at: "happened_at")
            + told(planned, { _ in language.label("Appointment") }, { "\($0.text("assignee_name")) \($0.integer("planned_end").map { "\(language(.to)) \(text.moments.time($0))" } ?? "")" }, at: "planned_start")
        return History.newestFirst(all, schema: replica.schema)
    }

    /// Documents that somebody has signed, with the places where they wait for others.
    func withWaiting(_ documents: [Item], _ signatures: [Item]) throws -> [Item] {
        try documents.map { document in
            let signed = Set(signatures.filter { $0.row("document") == document.id }.map { $0.text("place") })
            // What a document says comes as a file, perhaps later than its row.
            guard !signed.isEmpty, document.text("state") != "signed", let content = Replica.references(in: document.text("form")).first,
                case .here = try replica.blob(content)
            else { return document }
            let open = try replica.form(of: document.id).form.places.filter { !$0.isOptional && !signed.contains($0.name) }
            var document = document
            document.values["waits_for"] = .text(open.map(\.name).joined(separator: ", "))
            return document
        }
    }
}

/// The order of what happened.
enum History {
    /// One write may tell several events of one instant. Then they have happened as the schema lists them: nobody signs before agreeing to it.
    static func newestFirst(_ items: [Item], schema: Schema) -> [Item] {
        var ranks: [String: Int] = [:]
        if case .choice(let events)? = schema.collection(named: "signature_event")?.field(named: "event")?.type {
            ranks = Dictionary(uniqueKeysWithValues: events.enumerated().map { ($0.element, $0.offset) })
        }
        func key(_ item: Item) -> (Int64, Int) { (item.integer("at") ?? 0, ranks[item.text("event")] ?? 0) }
        return items.enumerated().sorted { a, b in
            let first = key(a.element), second = key(b.element)
            return first == second ? a.offset < b.offset : first > second
        }.map(\.element)
    }
}

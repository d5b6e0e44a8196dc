import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// A row with its fields, and what hangs on it.
extension Loader {
    /// The fields of a row that the user may read, in the schema's order, with who wrote them.
    func fields(_ collectionName: String, _ id: RowID, _ row: Item) throws -> [FieldValue] {
        guard let collection = replica.schema.collection(named: collectionName) else { return [] }
        let standings = try replica.standings(of: collectionName, id), role = replica.progress.role
        var fields: [FieldValue] = []
        for group in collection.groups where replica.schema.mayRead(role, group.number, of: collection) && !group.isKeyed {
            let isWritable = FieldEditing.refusal(of: group, in: collection, by: role, text.language) == nil
            for field in group.fields {
                let value = row.values[field.name] ?? .null, standing = standings[field.name]
                if value.isNull, !isWritable { continue }
                let mark: Mark = standing?.isPending == true ? .pending : standing?.isContested == true ? .contested : .none
                fields.append(FieldValue(
                    target: FieldTarget(collection: collectionName, row: id, field: field.name), label: text.language.label(field.label), text: try shown(value, field),
                    mark: mark, author: try author(standing?.author), milliseconds: standing?.milliseconds, isEditable: isWritable))
            }
        }
        return try fields + customFields(of: collection, id)
    }

    /// What an administrator has added for this row.
    private func customFields(of collection: ReplicationCore.Collection, _ id: RowID) throws -> [FieldValue] {
        guard let group = collection.customGroup else { return [] }
        let isWritable = FieldEditing.refusal(of: group, in: collection, by: replica.progress.role, text.language) == nil
        return try replica.customValues(of: collection.name, id).compactMap { custom in
            let isEditable = isWritable && !custom.field.isRetired
            if custom.value.isNull, !isEditable { return nil }
            let standing = custom.standing
            return FieldValue(
                target: FieldTarget(collection: collection.name, row: id, field: "\(group.name).\(custom.field.key)"), label: text.language.label(of: custom.field),
                text: try shown(custom.value, custom.field.field), mark: standing?.isPending == true ? .pending : standing?.isContested == true ? .contested : .none,
                author: try author(standing?.author), milliseconds: standing?.milliseconds, isEditable: isEditable)
        }
    }

    func order(_ id: RowID, _ marks: Marks) throws -> OrderData? {
        guard let order = try items("work_order", marks, "SELECT * FROM work_order WHERE id = ?", [.reference(id)]).first else { return nil }
        let one = [Value.reference(id)]
        var data = OrderData(order: order)
        data.fields = try fields("work_order", id, order)
        data.checklist = try items("checklist_item", marks, "SELECT * FROM checklist_item WHERE _alive AND work_order = ? ORDER BY position, id LIMIT \(Self.hanging)", one)
        data.parts = try items(
            "part_needed", marks,
            "SELECT n.id, n.product, n.quantity, n.granted, n.note, (\(Self.used)) AS used, p.name AS product_name, p.unit FROM part_needed AS n LEFT JOIN product AS p ON p.id = n.product WHERE n._alive AND n.work_order = ? ORDER BY p.name, n.id LIMIT \(Self.hanging)",
            one)
        data.times = try items(
            "time_entry", marks,
            "SELECT t.id, t.activity, t.started_at, t.stopped_at, t.note, u.name AS worker_name FROM time_entry AS t LEFT JOIN user AS u ON u.id = t.worker WHERE t._alive AND t.appointment IN (SELECT id FROM appointment WHERE work_order = ?) ORDER BY t.started_at LIMIT \(Self.hanging)",
            one)
        data.notes = try authored(items("interaction", marks, "SELECT * FROM interaction WHERE _alive AND work_order = ? ORDER BY happened_at DESC LIMIT \(Self.hanging)", one), "summary")
        data.documents = try items("document", marks, "SELECT id, title, state, content, kind, form FROM document WHERE _alive AND work_order = ? ORDER BY id DESC LIMIT \(Self.hanging)", one)
        data.signatures = try items("signature", marks, "SELECT id, document, place, signer_name, signed_at FROM signature WHERE _alive AND work_order = ? ORDER BY id LIMIT \(Self.hanging)", one)
        data.documents = try withWaiting(data.documents, data.signatures)
        data.requests = try items(
            "signature_request", marks,
            "SELECT id, signer_name, signer_email, place, documents, standing, state, sent_at, opened_at, trouble FROM signature_request WHERE _alive AND work_order = ? ORDER BY id LIMIT \(Self.hanging)",
            one)
        data.photos = try photos(data, marks)
        data.history = try history(id, marks)
        let appointments = try items("appointment", marks, "SELECT * FROM appointment WHERE _alive AND work_order = ? ORDER BY planned_start LIMIT 50", one)
        data.appointment = appointments.first { $0.row("assignee") == person.id } ?? appointments.first
        data.documents.removeAll { $0.text("kind").isEmpty }
        return data
    }

    /// How many of the part `n` were used on its order, less what came back; nothing where no movement says so.
    static let used = """
        SELECT -sum(m.quantity) FROM stock_movement AS m
        WHERE m._alive AND m.work_order = n.work_order AND m.product = n.product AND m.reason IN ('use', 'return')
        """

    /// With the names of those who wrote them; a ledger's row is written once, by one.
    func authored(_ items: [Item], _ field: String) throws -> [Item] {
        try items.enumerated().map { index, item in
            // A page of them is looked at; the rest is scrolled to seldom.
            guard index < 100 else { return item }
            var item = item
            item.values["author"] = .text(try author(try replica.standings(of: item.collection, item.id)[field]?.author))
            return item
        }
    }

    private func photos(_ data: OrderData, _ marks: Marks) throws -> [PhotoItem] {
        let checklist = data.checklist.map { ($0, "photos", $0.text("question")) }
        let files = data.documents.filter { $0.text("kind").isEmpty }.map { ($0, "content", $0.text("title")) }
        return try (checklist + files).flatMap { item, field, title in
            try Replica.references(in: item.text(field)).map { reference in
                var path: String?
                if case .here(let found) = try replica.blob(reference) { path = found }
                return PhotoItem(
                    target: FieldTarget(collection: item.collection, row: item.id, field: field, element: item.collection == "checklist_item" ? reference.description : nil),
                    title: title, type: reference.mediaType, bytes: reference.blob.size, path: path, mark: item.mark)
            }
        }
    }

    /// A client whole, in one statement over all that belongs to it: one moment of the replica, with or without a connection.
    func account(_ id: RowID, _ marks: Marks) throws -> AccountData? {
        guard let account = try items("account", marks, "SELECT * FROM account WHERE id = ?", [.reference(id)]).first else { return nil }
        var data = AccountData(account: account)
        data.fields = try fields("account", id, account)
        let rows = try replica.query(Self.whole, [.reference(id), .text("account/\(id)")])
        data.items = rows.compactMap { row in row.text("kind").flatMap { Item(row, $0, marks) } }
        return data
    }

    private static let whole = """
        SELECT 'contract' AS kind, id, title, terms AS detail, state, amount_cents AS amount, currency, renewal_on AS at, NULL AS paid FROM contract WHERE _alive AND account = ?1
        UNION ALL SELECT 'invoice', id, invoice_number, source, NULL, amount_cents, currency, due_on, paid_on FROM invoice WHERE _alive AND account = ?1
        UNION ALL SELECT 'ticket', id, title, body, state, NULL, NULL, opened_at, NULL FROM ticket WHERE _alive AND account = ?1
        UNION ALL SELECT 'task', id, title, notes, state, NULL, NULL, due_on, NULL FROM task WHERE _alive AND (subject = ?2
            OR subject IN (SELECT 'contact/' || lower(substr(hex(id),1,8)||'-'||substr(hex(id),9,4)||'-'||substr(hex(id),13,4)||'-'||substr(hex(id),17,4)||'-'||substr(hex(id),21)) FROM contact WHERE account = ?1))
        UNION ALL SELECT 'contact', id, name, COALESCE(job_title, '') || ' ' || COALESCE(phones, ''), consent, NULL, NULL, NULL, NULL FROM contact WHERE _alive AND account = ?1
        UNION ALL SELECT 'interaction', id, summary, body, channel, NULL, NULL, happened_at, NULL FROM interaction
            WHERE _alive AND (account = ?1 OR work_order IN (SELECT id FROM work_order WHERE account = ?1))
        UNION ALL SELECT 'work_order', id, COALESCE(number || ' ', '') || title, description, COALESCE(status, 'unscheduled'), NULL, NULL, reported_at, NULL FROM work_order WHERE _alive AND account = ?1
        UNION ALL SELECT 'site', id, name, COALESCE(address, '') || ', ' || COALESCE(city, ''), kind, NULL, NULL, NULL, NULL FROM site WHERE _alive AND account = ?1
        ORDER BY 1, 8 DESC LIMIT 2000
        """
}

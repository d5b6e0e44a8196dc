import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Reads pages from the replica. Everything is read by the client library's public interface, on the thread of the device and
/// never on that of the screen.
struct Loader: Sendable {
    let replica: Replica
    let person: Person
    let text: FieldText
    /// Lines of a list that are read at most.
    static let listed = 10_000
    /// Lines of what hangs on one row.
    static let hanging = 500

    func load(_ key: PageKey) throws -> PageData? {
        let marks = try marks()
        switch key {
        case .day(let day): return .list(try self.day(day, marks))
        case .orders: return .list(try orders(marks))
        case .order(let id): return try order(id, marks).map { .order($0) }
        case .board(let day): return .board(try board(day, marks))
        case .accounts: return .list(try accounts(marks))
        case .account(let id): return try account(id, marks).map { .account($0) }
        case .conflicts: return .list(try conflicts(marks))
        case .refused: return .refused(try refused())
        case .reviews: return .list(try reviews(marks))
        case .frames: return .list([])
        }
    }

    func items(_ collection: String, _ marks: Marks, searched: [String] = [], _ sql: String, _ arguments: [Value] = []) throws -> [Item] {
        try replica.query(sql, arguments).compactMap { Item($0, collection, marks, searched: searched) }
    }

    /// The rows that need a mark: own writes that wait, open conflicts, refusals.
    private func marks() throws -> Marks {
        let schema = replica.schema
        var marks = Marks()
        marks.numbers = Dictionary(schema.collections.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
        marks.pending = replica.pendingRows
        marks.contested = Set(try replica.conflicts().compactMap { $0.text("subject").flatMap { schema.rowKey(fromReference: $0) } })
        marks.refused = Set(try replica.refused().map(\.key))
        return marks
    }

    private static let appointment = """
        SELECT a.id, a.work_order, a.assignee, a.status, a.planned_start, a.planned_end, a.eta_at, a.territory, w.number, w.title, w.priority, w.customer_name,
            w.description, w.due_at, s.name AS site_name, s.address, s.city, s.access_notes, s.latitude, s.longitude
        FROM appointment AS a LEFT JOIN work_order AS w ON w.id = a.work_order LEFT JOIN site AS s ON s.id = w.site
        """

    private func bounds(_ day: Int) -> [Value] {
        [.integer(text.moments.moment(day: day, minutes: 0)), .integer(text.moments.moment(day: day + 1, minutes: 0))]
    }

    /// What has no time yet is to be seen on every day.
    private func day(_ day: Int, _ marks: Marks) throws -> [Item] {
        try items(
            "appointment", marks,
            "\(Self.appointment) WHERE a._alive AND a.assignee = ? AND (a.planned_start IS NULL OR (a.planned_start >= ? AND a.planned_start < ?)) ORDER BY a.planned_start IS NULL, a.planned_start, a.id LIMIT \(Self.hanging)",
            [.reference(person.id)] + bounds(day)
        ).map { item in
            var item = item
            // What hangs on the order counts as well.
            if let order = item.row("work_order") { item.mark = max(item.mark, marks.of("work_order", order)) }
            return item
        }
    }

    private func orders(_ marks: Marks) throws -> [Item] {
        try items("work_order", marks, searched: ["number", "title", "site_name", "customer_name", "status", "priority"], """
            SELECT w.id, w.number, w.status, w.priority, w.title, w.customer_name, w.due_at, s.name AS site_name
            FROM work_order AS w LEFT JOIN site AS s ON s.id = w.site WHERE w._alive ORDER BY w.number IS NULL, w.number, w.id LIMIT \(Self.listed)
            """)
    }

    private func accounts(_ marks: Marks) throws -> [Item] {
        try items("account", marks, searched: ["name", "city", "lifecycle", "next_step", "owner_name"], """
            SELECT a.id, a.name, a.lifecycle, a.segment, a.next_step, a.city, u.name AS owner_name
            FROM account AS a LEFT JOIN user AS u ON u.id = a.owner WHERE a._alive ORDER BY a.name, a.id LIMIT \(Self.listed)
            """)
    }

    private func board(_ day: Int, _ marks: Marks) throws -> BoardData {
        var data = BoardData(day: day)
        let mine = try replica.query("SELECT territory, covers FROM user WHERE id = ?", [.reference(person.id)]).first
        let territories = [mine?["territory"] ?? .null, mine?["covers"] ?? .null]
        data.technicians = try items(
            "user", marks,
            "SELECT id, name, skills FROM user WHERE _alive AND role = 'technician' AND (territory IN (?, ?) OR id IN (SELECT assignee FROM appointment WHERE _alive AND planned_start >= ? AND planned_start < ?)) ORDER BY name LIMIT \(Self.hanging)",
            territories + bounds(day))
        data.appointments = try items(
            "appointment", marks, "\(Self.appointment) WHERE a._alive AND a.assignee IS NOT NULL AND a.planned_start >= ? AND a.planned_start < ? ORDER BY a.planned_start, a.id LIMIT 2000",
            bounds(day))
        data.unassigned = try items("work_order", marks, """
            SELECT w.id, w.number, w.priority, w.title, w.required_skills, w.due_at, w.territory, w.customer_name, w.description, s.name AS site_name, s.address, s.city,
                s.access_notes FROM work_order AS w LEFT JOIN site AS s ON s.id = w.site
            WHERE w._alive AND (w.status IS NULL OR w.status = 'unscheduled')
                AND w.id NOT IN (SELECT work_order FROM appointment WHERE _alive AND assignee IS NOT NULL AND work_order IS NOT NULL)
            ORDER BY CASE w.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, w.due_at IS NULL, w.due_at, w.number LIMIT \(Self.hanging)
            """)
        for signal in replica.signals() {
            switch signal.name {
            case "position":
                data.positions[signal.topic.row] = place(of: Item(collection: "user", id: signal.topic.row, values: signal.values), in: data)
            case "presence": data.presences[signal.topic.row] = signal.values["state"]?.text
            case "eta": data.arrivals[signal.topic.row] = signal.values["arrives_at"]?.integer
            default: break
            }
        }
        return data
    }

    /// Where somebody is, in words: at or near the nearest site of the day; as numbers where there is none.
    private func place(of person: Item, in data: BoardData) -> String? {
        guard let latitude = person.real("latitude"), let longitude = person.real("longitude") else { return nil }
        let near = data.appointments.compactMap { item in person.kilometres(to: item).map { (distance: $0, name: item.text("site_name")) } }.min { $0.distance < $1.distance }
        guard let near, near.distance < 50 else { return String(format: "%.3f %.3f", latitude, longitude) }
        return near.distance < 0.1 ? near.name : "\(near.name) \(TerminalModel.kilometres(near.distance)) km"
    }

    private func conflicts(_ marks: Marks) throws -> [Item] {
        try items("conflict", marks, """
            SELECT c.*, t.name AS theirs_name, y.name AS yours_name, s.name AS assignee_name FROM conflict AS c LEFT JOIN user AS t ON t.id = c.theirs_author
            LEFT JOIN user AS y ON y.id = c.yours_author LEFT JOIN user AS s ON s.id = c.assignee
            WHERE c._alive AND c.state IS NOT 'closed' ORDER BY c.raised_at, c.id LIMIT \(Self.hanging)
            """).map { item in
            var item = item
            guard let key = replica.schema.rowKey(fromReference: item.text("subject")), let collection = replica.schema.collection(key.collection) else { return item }
            item.values["title"] = .text(try title(of: key.row, in: collection))
            for side in ["base", "theirs", "yours"] {
                item.values["\(side)_text"] = .text(try words(of: item.text(side), collection))
            }
            if let group = item.integer("part_group").flatMap({ collection.group(UInt32(clamping: $0)) }) {
                item.values["field"] = .text(group.fields.first?.name ?? "")
            }
            return item
        }
    }

    private func words(of side: String, _ collection: ReplicationCore.Collection) throws -> String {
        guard let values = Conflict.values(of: side, in: collection) else { return side.isEmpty ? "–" : side }
        return try values.sorted { $0.key < $1.key }.map { name, value in
            guard let field = collection.field(named: name) else { return "" }
            let shown = try shown(value, field)
            return values.count == 1 ? (shown.isEmpty ? "–" : shown) : "\(text.language.label(field.label)): \(shown.isEmpty ? "–" : shown)"
        }.joined(separator: ", ")
    }

    /// What was accepted, and is to be looked at.
    private func reviews(_ marks: Marks) throws -> [Item] {
        try items("review", marks, """
            SELECT r.id, r.subject, r.rule, r.detail, r.raised_at, r.note, u.name AS author_name FROM review AS r LEFT JOIN user AS u ON u.id = r.author
            WHERE r._alive AND r.state IS NOT 'closed' ORDER BY r.raised_at, r.id LIMIT \(Self.hanging)
            """).map { item in
            var item = item
            guard let key = replica.schema.rowKey(fromReference: item.text("subject")), let collection = replica.schema.collection(key.collection) else { return item }
            item.values["title"] = .text(try title(of: key.row, in: collection))
            item.values["kind"] = .text(text.language.label(collection.label))
            if collection.field(named: "work_order") != nil {
                item.values["work_order"] = try replica.query("SELECT work_order FROM \"\(collection.name)\" WHERE id = ?", [.reference(key.row)]).first?["work_order"] ?? .null
            }
            return item
        }
    }

    private func refused() throws -> [RefusedItem] {
        try replica.refused().map { refused in
            let collection = replica.schema.collection(refused.key.collection)
            return RefusedItem(
                changeset: refused.identity.description, key: refused.key, collection: collection?.name ?? "",
                title: try collection.map { try title(of: refused.key.row, in: $0) } ?? refused.key.description, rule: "\(refused.refusal.rule)",
                detail: refused.refusal.detail, remedy: refused.remedy, waits: refused.refusal.rule.waitsForRow)
        }
    }

    // MARK: Names and values

    /// What people call a row.
    func title(of row: RowID, in collection: ReplicationCore.Collection) throws -> String {
        guard let field = collection.titleField,
            let title = try replica.query("SELECT \"\(field)\" AS title FROM \"\(collection.name)\" WHERE id = ?", [.reference(row)]).first?.text("title")
        else { return collection.titleField == nil ? try titleByReference(of: row, in: collection) : text.language(.elsewhere) }
        return title
    }

    /// Of a row without a name of its own: what it is for, as the last row that it must name, such as a part's product.
    private func titleByReference(of row: RowID, in collection: ReplicationCore.Collection) throws -> String {
        let label = text.language.label(collection.label)
        guard let field = collection.fields.last(where: { field in
            if case .reference = field.type { return field.isMandatory }
            return false
        }), let value = try replica.query("SELECT \"\(field.name)\" FROM \"\(collection.name)\" WHERE id = ?", [.reference(row)]).first?[field.name], value.row != nil
        else { return label }
        return "\(label) · \(try shown(value, field))"
    }

    func shown(_ value: Value, _ field: Field) throws -> String {
        if case .reference(let number) = field.type, let row = value.row, let collection = replica.schema.collection(number) {
            return try title(of: row, in: collection)
        }
        if case .anyReference = field.type, let key = value.text.flatMap({ replica.schema.rowKey(fromReference: $0) }), let collection = replica.schema.collection(key.collection) {
            return try title(of: key.row, in: collection)
        }
        return text.text(value, field) { _ in nil }
    }

    /// A name for an author: zero is the hub.
    func author(_ id: RowID?) throws -> String {
        guard let id else { return "" }
        if id.isZero { return text.language(.byHub) }
        if id == person.id { return text.language(.you) }
        guard let users = replica.schema.collection(replica.schema.userCollection) else { return "" }
        return try title(of: id, in: users)
    }
}

import ConvergeClient
import Foundation

/// A visit with its order and the place where it is.
struct Visit {
    let id: RowID
    let order: RowID
    let number: String
    let title: String
    let place: String
    let start: Date?
    let status: String

    static let query = """
        SELECT visit.id, visit.planned_start, visit.status, work_order.id AS order_id, work_order.number, work_order.title, site.name AS place
        FROM appointment AS visit
        JOIN work_order ON work_order.id = visit.work_order AND work_order._alive
        LEFT JOIN site ON site.id = work_order.site AND site._alive
        WHERE visit._alive AND visit.assignee = ?
        ORDER BY visit.planned_start
        """

    init(row: Row) throws {
        id = try row.id
        order = try row.requiredReference("order_id")
        number = row.text("number") ?? "(no number yet)"
        title = try row.requiredText("title")
        place = row.text("place") ?? ""
        start = row.timestamp("planned_start")
        status = row.text("status") ?? "scheduled"
    }

    static func all(in replica: Replica) throws -> [Visit] {
        try replica.query(query, [.reference(replica.identity.user)]).map(Visit.init)
    }
}

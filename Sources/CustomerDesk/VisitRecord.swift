import CustomerMessages
import ReplicationCore

/// What a customer was told of a visit.
struct VisitRecord: DeskRecord, Equatable {
    static let kind = "visit"

    var appointment: RowID
    /// When it has to be looked at again; nil: when something changes.
    var at: UInt64?
    /// The window that was told, or would have been.
    var window: Window
    /// When the visit got it.
    var booked: UInt64
    /// Kinds of messages that were sent about it.
    var sent: [String] = []
    var messages = 0
    var toldAt: Int64?
    var toldArrival: Int64?
    var isOnTheWayTold = false

    struct Window: Codable, Equatable {
        var from: Int64
        var to: Int64
    }

    var keyBytes: [UInt8] { appointment.bytes }
    var owner: RowID? { appointment }
    var due: UInt64? { at }

    var told: ArrivalNotices.Told {
        get { .init(messages: messages, at: toldAt, arrival: toldArrival, isOnTheWay: isOnTheWayTold) }
        set {
            messages = newValue.messages
            toldAt = newValue.at
            toldArrival = newValue.arrival
            isOnTheWayTold = newValue.isOnTheWay
        }
    }
}

/// An appointment as a customer sees it.
struct Visit {
    let row: HubRow
    let order: HubRow
    let window: VisitRecord.Window?
    private let isDeleted: Bool

    /// Nil if nothing is left of it, or its order was deleted: what is written about that would bring it back.
    init?(_ appointment: RowID, _ records: HubRecords) throws {
        guard let (row, isThere) = try records.last("appointment", appointment),
            let order = try row.reference("work_order").flatMap({ try records.row("work_order", $0) })
        else { return nil }
        isDeleted = !isThere
        self.row = row
        self.order = order
        let from = row.integer("window_start") ?? row.integer("planned_start"), to = row.integer("window_end") ?? row.integer("planned_end")
        window = from.flatMap { from in to.map { VisitRecord.Window(from: from, to: max(from, $0)) } }
    }

    /// It is still to come.
    var isPlanned: Bool { ["scheduled", "dispatched", "en_route"].contains(status) }

    /// The furthest of its events. One that has a time and no event yet is booked, and one that was deleted and had not ended is canceled.
    var status: String {
        let status = row.text("status") ?? (window == nil ? "unscheduled" : "scheduled")
        return isDeleted && !["completed", "posted", "cannot_complete"].contains(status) ? "canceled" : status
    }
}

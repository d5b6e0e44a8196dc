import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine

/// Reads what customers may know of a visit.
struct VisitReading {
    let desk: Desk
    let records: HubRecords
    let now: UInt64

    private var sender: PageSender { PageSender(name: desk.organisation, lines: desk.options.contact) }

    func visit(_ link: LinkRecord) throws -> Visit? { try Visit(link.subject, records) }

    func tracking(_ link: LinkRecord) throws -> LinkView {
        guard let visit = try visit(link) else { return .ended(LinkEnd(.over, sender: sender, language: link.language)) }
        return .tracking(try view(of: visit, link))
    }

    func view(of visit: Visit, _ link: LinkRecord) throws -> TrackingView {
        let wording = Wording(language: link.language, zone: try records.timeZone(of: visit.order))
        let status = Self.status(visit.status)
        let live = desk.board.value(.init("eta", visit.row.id), at: now)
        let arrival = status.isFinal || status == .onSite ? nil : live?.integer("arrives_at") ?? visit.row.integer("eta_at")
        let assignee = visit.row.reference("assignee")
        var position: TrackingView.Position?
        if status == .enRoute, desk.rules.visit.showsPosition, let assignee, let value = desk.board.value(.init("position", assignee), at: now),
            let latitude = value.real("latitude"), let longitude = value.real("longitude")
        {
            position = .init(latitude: latitude, longitude: longitude)
        }
        let name = try assignee.flatMap { try records.row("user", $0) }?.text("name")?.split(separator: " ").first.map(String.init)
        return TrackingView(
            sender: sender, language: link.language, title: visit.order.text("title") ?? "", status: status,
            window: visit.window.map { wording.interval(from: $0.from, to: $0.to) }, arrival: arrival.map { wording.moment(milliseconds: $0) },
            technician: status == .requested ? nil : name, position: position, updated: wording.moment(milliseconds: Int64(now)))
    }

    func survey(_ link: LinkRecord) throws -> LinkView {
        guard let visit = try visit(link) else { return .ended(LinkEnd(.over, sender: sender, language: link.language)) }
        return .survey(SurveyView(sender: sender, language: link.language, title: visit.order.text("title") ?? ""))
    }

    private static func status(_ status: String) -> TrackingView.Status {
        switch status {
        case "scheduled", "dispatched": .planned
        case "en_route": .enRoute
        case "on_site", "in_progress": .onSite
        case "completed", "posted": .done
        case "cannot_complete": .notDone
        case "canceled": .canceled
        default: .requested
        }
    }
}

import CustomerPages
import Documents
import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

extension Desk {
    /// Tells the customer of a visit what is to be told now.
    func keepVisit(_ appointment: RowID) throws {
        guard schema.collection(named: "appointment") != nil else { return }
        var random = SystemRandomNumberGenerator()
        let token = LinkToken(using: &random)
        let (rules, box) = (rules, options.box)
        let channels: Set<CustomerRules.Channel> = options.post?.gateway == nil ? [.email] : [.email, .sms]
        let written = try settle { records, now in
            try VisitKeeper(records: records, rules: rules, now: now, token: token, box: box, channels: channels).draft(for: appointment)
        }
        if written { wakePost() }
        refresh(appointment)
    }

    /// A live value has come.
    public func show(_ value: LiveValue) {
        for visit in board.put(value, at: now) { refresh(visit) }
    }

    /// Shows watchers how a visit is now.
    private func refresh(_ visit: RowID) {
        let watchers = board.watchers(of: visit)
        guard !watchers.isEmpty else { return }
        showing.addOperation { [self] in
            do {
                let now = now
                try store.read { reader in
                    let visits = VisitReading(desk: self, records: HubRecords(reader, schema), now: now)
                    for (number, watcher) in watchers.sorted(by: { $0.key < $1.key }) {
                        guard let found = try visits.visit(watcher.link) else {
                            watcher.stream.finish()
                            continue
                        }
                        board.assign(visit, to: found.row.reference("assignee"))
                        let view = try visits.view(of: found, watcher.link)
                        if board.show(view, to: number, of: visit) { watcher.stream.yield(view) }
                        if view.status.isFinal { watcher.stream.finish() }
                    }
                }
            } catch {
                options.log("a tracking page could not be brought up to date: \(error)")
            }
        }
    }

    public func tracking(_ token: LinkToken) async -> AsyncStream<TrackingView> {
        let found = await read { records, now -> (LinkRecord, Visit, TrackingView)? in
            let visits = VisitReading(desk: self, records: records, now: now)
            guard case .link(let link) = try LinkReading(desk: self, records: records, now: now).link(token), link.purpose == .tracking,
                let visit = try visits.visit(link)
            else { return nil }
            return (link, visit, try visits.view(of: visit, link))
        } ?? nil
        let (stream, continuation) = AsyncStream<TrackingView>.makeStream(bufferingPolicy: .bufferingNewest(1))
        guard let (link, visit, view) = found, isRunning else {
            continuation.finish()
            return stream
        }
        continuation.yield(view)
        guard !view.status.isFinal else {
            continuation.finish()
            return stream
        }
        let id = visit.row.id
        let number = board.watch(id, of: visit.row.reference("assignee"), .init(link: link, stream: continuation, last: view))
        continuation.onTermination = { [board] _ in board.leave(id, number) }
        // What was written since the look, before anybody watched.
        refresh(id)
        return stream
    }

    public func answer(_ token: LinkToken, _ answer: SurveyAnswer, by visitor: Visitor) async -> SurveyOutcome {
        guard 1...5 ~= answer.score else { return .noScore }
        return await change(SurveyOutcome.ended(unavailable)) { reading, draft, outcome in
            switch try reading.link(token) {
            case .ended(let end): outcome = .ended(end)
            case .link(var link):
                let visits = VisitReading(desk: reading.desk, records: reading.records, now: reading.now)
                guard link.purpose == .survey, let visit = try visits.visit(link) else { return outcome = .ended(reading.end(.unknown)) }
                let comment = String(answer.comment.prefix(2_000))
                draft.write("survey_answer", DerivedIdentifier.make("survey answer", [link.hash]), [
                    "account": visit.order.reference("account").map { .reference($0) } ?? .null, "work_order": .reference(visit.order.id),
                    "appointment": .reference(visit.row.id), "score": .integer(Int64(answer.score)),
                    "comment": comment.isEmpty ? .null : .text(comment), "answered_at": .integer(Int64(reading.now)),
                ])
                link.ended = .init(reason: "used", at: reading.now)
                try draft.put(link)
                outcome = .thanks
            }
        }
    }
}

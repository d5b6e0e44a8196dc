import CustomerPages
import ReplicationCore
import Testing
import TestTraits

@testable import CustomerDesk
@testable import ReplicationEngine

/// What customers are told of visits, and what they see of them.
@Suite(.realTime)
struct VisitTests {
    private let house: DeskHouse

    init() throws { house = try DeskHouse() }

    private func kinds() throws -> [String] {
        try house.rows("message").sorted { ($0.integer("made_at") ?? 0) < ($1.integer("made_at") ?? 0) }.compactMap { $0.text("kind") }
    }

    private func pass(days: UInt64 = 0, hours: UInt64 = 0, minutes: UInt64 = 0) throws {
        house.pass(days: days, hours: hours, minutes: minutes)
        try house.settle()
    }

    // MARK: Messages

    @Test func `a visit is confirmed, reminded of, announced, and asked about, each once`() throws {
        try house.book()
        #expect(try kinds() == ["visit_booked"])
        #expect(try house.messages("visit_booked").first?.text("address") == "w.quist@example.com")
        // Five in the afternoon of the day before.
        try pass(days: 1, hours: 6, minutes: 59)
        #expect(try kinds() == ["visit_booked"])
        try pass(minutes: 1)
        #expect(try kinds() == ["visit_booked", "visit_day_before"])
        try pass(hours: 20)
        try house.happen("dispatched")
        #expect(try kinds().count == 2)
        try house.happen("en_route")
        #expect(try kinds() == ["visit_booked", "visit_day_before", "visit_on_the_way"])
        try house.happen("on_site")
        try house.happen("in_progress")
        #expect(try kinds().count == 3)
        try house.happen("completed")
        #expect(try kinds() == ["visit_booked", "visit_day_before", "visit_on_the_way", "visit_done"])
        try pass(days: 1)
        try pass(days: 1)
        #expect(try kinds().count == 4)
    }

    @Test func `nothing is told in quiet hours`() throws {
        // Eleven in the evening in New York.
        house.pass(hours: 13)
        try house.book()
        #expect(try kinds().isEmpty)
        try pass(hours: 8, minutes: 59)
        #expect(try kinds().isEmpty)
        try pass(minutes: 1)
        #expect(try kinds() == ["visit_booked"])
    }

    @Test func `a change of arrival is told when it matters, with a gap, and not for ever`() throws {
        try house.book()
        try pass(days: 2)
        var told = try house.messages("visit_arrival_changed").count
        #expect(told == 0)
        // Within the window, which is known: in four to six hours.
        try house.expect(in: 300, revision: 1)
        #expect(try house.messages("visit_arrival_changed").isEmpty)
        try house.expect(in: 380, revision: 2)
        #expect(try house.messages("visit_arrival_changed").count == 1)
        #expect(try house.mail(try #require(try house.messages("visit_arrival_changed").first))?.formerArrival == nil)
        // Less than a quarter of an hour is none.
        try pass(minutes: 11)
        try house.expect(in: 380 - 11 + 14, revision: 3)
        #expect(try house.messages("visit_arrival_changed").count == 1)
        try house.expect(in: 380 - 11 + 40, revision: 4)
        #expect(try house.messages("visit_arrival_changed").count == 2)
        #expect(try house.mail(try #require(try house.messages("visit_arrival_changed").last))?.formerArrival != nil)
        // Too soon after the last; it is told when the gap is over, as it stands then.
        try pass(minutes: 2)
        try house.expect(in: 480, revision: 5)
        #expect(try house.messages("visit_arrival_changed").count == 2)
        try pass(minutes: 8)
        #expect(try house.messages("visit_arrival_changed").count == 3)
        for revision in Int64(6)..<16 {
            try pass(minutes: 11)
            try house.expect(in: revision % 2 == 0 ? 240 : 480, revision: revision)
        }
        // Six at most, of which one is kept for word that the technician is on the way.
        told = try house.messages("visit_arrival_changed").count
        #expect(told == 5)
        try house.happen("en_route")
        #expect(try house.messages("visit_on_the_way").count == 1)
    }

    @Test func `a window that moves is confirmed anew, and back again as well`() throws {
        let start = house.now
        try house.book(from: start)
        let first = try #require(try house.messages("visit_booked").first)
        try pass(hours: 1)
        try house.book(from: start, later: 120)
        var booked = try house.messages("visit_booked")
        #expect(booked.count == 2)
        // The former was not handed over yet, and would tell the new window a second time.
        #expect(booked.map { $0.text("state") } == ["canceled", "waiting"])
        try pass(hours: 1)
        try house.book(from: start)
        booked = try house.messages("visit_booked")
        #expect(booked.count == 3 && Set(booked.map(\.id)).count == 3)
        #expect(try house.row("message", first.id).text("state") == "canceled")
    }

    @Test func `a visit is told in the language of the contact`() throws {
        try house.put("contact", House.contact, ["language": .text("es-CL")])
        try house.book()
        let message = try #require(try house.messages("visit_booked").first)
        #expect(message.text("language") == "es-CL")
        #expect(try house.records(LinkRecord.self, of: House.visit).map(\.language) == ["es-CL"])
    }

    @Test func `a contact without an address gets short messages, and one without either none`() throws {
        try house.put("contact", House.id(70), ["account": .reference(House.account), "name": .text("Otto Ruiz")], sets: ["phones": ["mobile: +1 555 0199"]])
        try house.put("work_order", House.order, ["contact": .reference(House.id(70))])
        try house.book()
        #expect(try house.messages("visit_booked").map { $0.text("channel") } == ["sms"])
        #expect(try house.messages("visit_booked").map { $0.text("address") } == ["+15550199"])
        try house.put("contact", House.id(71), ["account": .reference(House.account), "name": .text("Nobody")])
        try house.put("work_order", House.order, ["contact": .reference(House.id(71))])
        try house.book(House.id(8))
        #expect(try house.messages("visit_booked").map { $0.text("state") } == ["canceled"])
    }

    @Test func `who has withdrawn consent is told nothing`() throws {
        try house.put("contact", House.contact, ["consent": .text("withdrawn")])
        try house.book()
        try house.happen("en_route")
        try house.happen("completed")
        #expect(try kinds().isEmpty)
        #expect(try house.records(VisitRecord.self, of: House.visit).isEmpty)
    }

    @Test func `consent that is withdrawn while a message waits cancels it`() throws {
        try house.book()
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try house.put("contact", House.contact, ["consent": .text("withdrawn")])
        try open.desk.sendDueMessages()
        let message = try #require(try house.messages("visit_booked").first)
        #expect(message.text("state") == "canceled" && message.integer("tries") == 0)
        #expect(try house.mail(message) == nil)
    }

    @Test func `what waits of a visit that is canceled is not sent`() throws {
        try house.book()
        try house.happen("canceled")
        #expect(try house.messages("visit_booked").map { $0.text("state") } == ["canceled"])
        try pass(days: 3)
        #expect(try kinds() == ["visit_booked"])
    }

    @Test func `who has heard of a visit is told once that it does not take place, but not at night`() throws {
        try house.book()
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        #expect(try house.messages("visit_booked").map { $0.text("state") } == ["sent"])
        // Eleven in the evening of the day before.
        house.pass(days: 1, hours: 13)
        try open.happen("canceled")
        #expect(try house.messages("visit_canceled").isEmpty)
        house.pass(hours: 9)
        try open.settle()
        let told = try #require(try house.messages("visit_canceled").first)
        #expect(told.text("state") == "waiting" && told.text("address") == "w.quist@example.com")
        #expect(try house.secret(told) == nil)
        try open.desk.sendDueMessages()
        #expect(try house.row("message", told.id).text("state") == "sent")
        // A window that moves on paper only is no news.
        try open.book(later: 60)
        house.pass(days: 1)
        try open.settle()
        #expect(try house.messages("visit_canceled").count == 1)
    }

    @Test func `a visit that is deleted is canceled`() async throws {
        try house.book()
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        let token = try house.token("visit_booked")
        try open.desk.sendDueMessages()
        try open.delete("appointment", House.visit)
        try open.settle()
        let told = try #require(try house.messages("visit_canceled").first)
        #expect(told.text("state") == "waiting")
        try open.desk.sendDueMessages()
        #expect(try house.row("message", told.id).text("state") == "sent")
        #expect(try await view(token).status == .canceled)
        house.pass(days: 1)
        try open.settle()
        #expect(try kinds().sorted() == ["visit_booked", "visit_canceled"])
    }

    @Test func `a visit that was canceled and takes place after all is told anew`() throws {
        try house.book()
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        try open.delete("appointment", House.visit)
        try open.settle()
        let canceled = try #require(try house.messages("visit_canceled").first)
        #expect(canceled.text("state") == "waiting")
        // Somebody without a network worked on it.
        try open.expect(in: 90, revision: 1)
        #expect(try house.row("message", canceled.id).text("state") == "canceled")
        house.pass(minutes: 1)
        try open.settle()
        #expect(try house.messages("visit_booked").map { $0.text("state") ?? "" }.sorted() == ["sent", "waiting"])
    }

    @Test func `the schema's channel is taken where somebody can be reached by it`() throws {
        try house.book()
        try house.put("contact", House.id(70), ["account": .reference(House.account), "name": .text("Otto Ruiz")], sets: ["phones": ["mobile: +1 555 0199"]])
        func address(_ wanted: CustomerRules.Channel, by channels: Set<CustomerRules.Channel> = [.email, .sms]) throws -> String? {
            try house.read { records in
                let visit = try #require(try Visit(House.visit, records))
                return try VisitKeeper.Reader(visit, records, by: channels)?.address(by: wanted).map { "\($0.channel) \($0.address)" }
            }
        }
        #expect(try address(.email) == "email w.quist@example.com" && address(.sms) == "sms +15550100")
        // Without a gateway, whoever has an address for mail gets mail; to others nothing can be sent, and their message says so.
        #expect(try address(.sms, by: [.email]) == "email w.quist@example.com")
        try house.put("work_order", House.order, ["contact": .reference(House.id(70))])
        #expect(try address(.email) == "sms +15550199" && address(.email, by: [.email]) == "sms +15550199")
    }

    @Test func `a visit that was over before anybody heard of it is nobody's news`() throws {
        house.pass(days: 5)
        let from = Int64(house.now) - 3 * 86_400_000
        try house.put("appointment", House.visit, [
            "work_order": .reference(House.order), "territory": .reference(House.territory), "planned_start": .integer(from), "planned_end": .integer(from + 3_600_000),
        ])
        try house.happen("completed")
        #expect(try kinds().isEmpty)
    }

    // MARK: Pages

    private func view(_ token: LinkToken) async throws -> TrackingView {
        guard case .tracking(let view) = await house.desk.look(token) else { throw DeskError(.message, "the link leads nowhere") }
        return view
    }

    private func live(_ signal: String, _ row: RowID, _ values: [String: Value]) {
        house.desk.show(LiveValue(signal: signal, row: row, values: values, endMilliseconds: house.now + 600_000))
    }

    @Test func `a tracking page shows what it may at each state, and no more`() async throws {
        try house.book()
        let token = try house.token("visit_booked")
        live("position", House.user, ["latitude": .real(40.7), "longitude": .real(-74.0)])
        live("eta", House.visit, ["arrives_at": .integer(Int64(house.now) + 3_600_000)])
        for (state, status) in [("dispatched", TrackingView.Status.planned), ("en_route", .enRoute), ("on_site", .onSite), ("in_progress", .onSite), ("completed", .done)] {
            try house.happen(state)
            let view = try await view(token)
            #expect(view.status == status)
            #expect(view.title == "Chiller 2 loses pressure" && view.technician == "Nadia" && view.window != nil)
            #expect((view.position == nil) == (status != .enRoute), "\(state)")
            #expect((view.arrival == nil) == (status == .onSite || status == .done), "\(state)")
            #expect(!"\(view)".contains("Okafor"))
        }
        #expect(await house.end(token) == nil)
        house.pass(days: 4)
        #expect(await house.end(token) == .expired)
    }

    @Test func `a live value that has run out is shown no more`() async throws {
        try house.book()
        let token = try house.token("visit_booked")
        try house.happen("en_route")
        live("position", House.user, ["latitude": .real(40.7), "longitude": .real(-74.0)])
        #expect(try await view(token).position != nil)
        house.pass(minutes: 11)
        #expect(try await view(token).position == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a tracking stream tells changes and ends with the visit`() async throws {
        try house.book()
        let token = try house.token("visit_booked")
        var views = await house.desk.tracking(token).makeAsyncIterator()
        #expect(await views.next()?.status == .planned)
        live("eta", House.visit, ["arrives_at": .integer(Int64(house.now) + 3_600_000)])
        #expect(await views.next()?.arrival != nil)
        try house.happen("en_route")
        #expect(await views.next()?.status == .enRoute)
        live("position", House.user, ["latitude": .real(40.7), "longitude": .real(-74.0)])
        #expect(await views.next()?.position == .init(latitude: 40.7, longitude: -74.0))
        try house.happen("completed")
        let last = await views.next()
        #expect(last?.status == .done && last?.position == nil)
        #expect(await views.next() == nil)
        // From its end on there is one look.
        var again = await house.desk.tracking(token).makeAsyncIterator()
        #expect(await again.next()?.status == .done)
        #expect(await again.next() == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a page shows the position of whoever the visit was given to since`() async throws {
        let other = House.id(90)
        try house.put("user", other, ["name": .text("Otto Ruiz"), "email": .text("otto@harborlift.example"), "role": .text("technician")])
        try house.book()
        let token = try house.token("visit_booked")
        try house.happen("en_route")
        var views = await house.desk.tracking(token).makeAsyncIterator()
        #expect(await views.next()?.technician == "Nadia")
        try house.put("appointment", House.visit, ["assignee": .reference(other)])
        try house.settle()
        #expect(await views.next()?.technician == "Otto")
        live("position", other, ["latitude": .real(40.7), "longitude": .real(-74.0)])
        #expect(await views.next()?.position != nil)
    }

    @Test func `a survey is answered once and lands on the account`() async throws {
        try house.book()
        try house.happen("completed")
        let token = try house.token("visit_done")
        guard case .survey = await house.desk.look(token) else {
            Issue.record("the link leads to no survey")
            return
        }
        func answer(_ score: Int) async -> SurveyOutcome { await house.desk.answer(token, SurveyAnswer(score: score, comment: "Quick."), by: DeskHouse.visitor) }
        guard case .noScore = await answer(6), case .thanks = await answer(5), case .ended(let end) = await answer(1), end.reason == .used else {
            Issue.record("a survey is answered once, with one to five")
            return
        }
        let answers = try house.rows("survey_answer", where: "account", names: House.account)
        #expect(answers.map { $0.integer("score") } == [5] && answers.first?.text("comment") == "Quick." && answers.first?.reference("appointment") == House.visit)
    }
}

import CustomerMessages
import CustomerPages
import MailTransport
import ReplicationCore
import Synchronization
import Testing
import TestTraits

@testable import CustomerDesk

/// Handing messages over, with a real mail server.
@Suite(.realTime)
struct MessageTests {
    /// A house with a request for a signature, and a desk with this server.
    private func house(_ answers: [String: String] = [:]) throws -> (DeskHouse, MailServer, RowID) {
        let house = try DeskHouse()
        let server = try MailServer(house.folder, answers: answers)
        let request = try house.ask([try house.makeDocument().id])
        return (try house.restarted { $0.post = try server.post }, server, request)
    }

    @Test func `what a server has taken is sent, once`() throws {
        let (house, server, request) = try house()
        let token = try house.token("signature_request")
        try house.desk.sendDueMessages()
        try house.desk.sendDueMessages()
        let mail = try server.next()
        #expect(mail.rcptTo == ["w.quist@example.com"] && mail.text.contains("\(DeskHouse.pages)/s/\(token.text)") && mail.text.contains("Valve soldered."))
        let message = try #require(try house.messages("signature_request").first)
        #expect(message.text("state") == "sent" && message.integer("tries") == 1 && message.integer("next_try") == nil)
        #expect(mail.header("message-id")?.contains(message.id.description) == true)
        #expect(try house.mail(message) == nil)
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "sent" && row.integer("sent_at") == Int64(house.now))
        #expect(try house.events() == ["sent": 1])
        // Nothing else came: the next mail is the next message.
        house.pass(minutes: 1)
        try house.askAgain(request)
        let again = try house.token("signature_request")
        try house.desk.sendDueMessages()
        #expect(try server.next().text.contains(again.text))
    }

    @Test func `a server that refuses for now is tried again after one, two, four minutes, and then it goes`() throws {
        let (house, server, request) = try house(["RCPT": "450 4.2.0 come back later"])
        for tries in 1...3 {
            try house.desk.sendDueMessages()
            let message = try #require(try house.messages("signature_request").first)
            #expect(message.text("state") == "waiting" && message.integer("tries") == Int64(tries))
            #expect(message.text("trouble")?.contains("450") == true)
            #expect(try house.row("signature_request", request).text("trouble")?.contains("450") == true)
            #expect(try house.row("signature_request", request).text("state") == "waiting")
            let next = try #require(RetryPlan.next(after: tries, dueAt: message.integer("made_at") ?? 0, failedAt: Int64(house.now), message: message.id.description))
            #expect(message.integer("next_try") == next)
            #expect(try house.mail(message)?.next == UInt64(next))
            // Not before its time.
            try house.desk.sendDueMessages()
            #expect(try house.messages("signature_request").first?.integer("tries") == Int64(tries))
            house.pass(minutes: 1 << UInt64(tries - 1))
        }
        _ = server
        let open = try MailServer(house.folder)
        let recovered = try house.restarted { $0.post = try open.post }
        try recovered.desk.sendDueMessages()
        #expect(try open.next().rcptTo == ["w.quist@example.com"])
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "sent" && row.text("trouble") == nil)
        #expect(try house.messages("signature_request").first?.text("trouble") == nil)
    }

    @Test func `a server that refuses for good ends the message, and the request says why`() throws {
        let (house, server, request) = try house(["RCPT": "550 5.1.1 no such mailbox"])
        try house.desk.sendDueMessages()
        _ = server
        let message = try #require(try house.messages("signature_request").first)
        #expect(message.text("state") == "failed" && message.integer("next_try") == nil)
        #expect(try house.mail(message) == nil)
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "failed" && row.text("trouble")?.contains("550") == true)
        try house.settle()
        // Asked again, it starts anew.
        house.pass(hours: 1)
        try house.askAgain(request)
        #expect(try house.row("signature_request", request).text("state") == "waiting")
        #expect(try house.row("signature_request", request).text("trouble") == nil)
        #expect(try house.messages("signature_request").count == 2)
    }

    @Test func `a message is given up after three days`() throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        // Nobody listens there.
        let closed = try house.restarted { $0.post = Post(server: try SMTPServer("smtp://127.0.0.1:1"), sender: try Mailbox("office@harborlift.example")) }
        for _ in 0..<100 where try house.messages("signature_request").first?.text("state") == "waiting" {
            try closed.desk.sendDueMessages()
            house.pass(hours: 6)
        }
        let message = try #require(try house.messages("signature_request").first)
        #expect(message.text("state") == "failed")
        #expect((message.integer("tries") ?? 0) > 10)
        #expect(try house.row("signature_request", request).text("state") == "failed")
    }

    @Test func `a try of which nobody knows is made again after five minutes under the same identity`() throws {
        let (house, server, _) = try house()
        // The server takes it, and the hub ends before it has written that.
        let message = try #require(try house.messages("signature_request").first)
        house.endAfter(writes: 1)
        try house.desk.sendDueMessages()
        house.endAfter(writes: nil)
        let first = try server.next()
        #expect(try house.mail(message)?.tries == 1)
        #expect(try house.row("message", message.id).text("state") == "waiting")

        let open = try MailServer(house.folder)
        let next = try house.restarted { $0.post = try open.post }
        house.pass(minutes: 4)
        try next.desk.sendDueMessages()
        #expect(try house.mail(message)?.tries == 1)
        house.pass(minutes: 1)
        try next.desk.sendDueMessages()
        let second = try open.next()
        #expect(first.header("message-id") != nil && first.header("message-id") == second.header("message-id"))
        #expect(try house.row("message", message.id).integer("tries") == 2)
        #expect(try house.row("message", message.id).text("state") == "sent")
    }

    @Test func `a message that is canceled before its turn is not sent`() throws {
        let (house, server, request) = try house()
        let message = try #require(try house.messages("signature_request").first)
        let mail = try #require(try house.mail(message))
        try house.put("signature_request", request, ["standing": .text("withdrawn")])
        try house.settle()
        // As if it had been taken up just before.
        try house.desk.send(mail, by: try server.post)
        #expect(try house.row("message", message.id).text("state") == "canceled")
        #expect(try house.row("message", message.id).integer("tries") == 0)
    }

    @Test func `what is decided otherwise in the commit than before it was not written`() throws {
        let house = try DeskHouse()
        let looks = Mutex(0)
        let isWritten = try house.desk.settle { _, now in
            var draft = DeskDraft()
            // As when somebody cancels a message between the two.
            if looks.withLock({ $0 += 1; return $0 }) == 1 { try draft.put(RequestWatch(request: House.order, at: now)) }
            return draft
        }
        #expect(!isWritten)
        #expect(try house.records(RequestWatch.self, of: House.order).isEmpty)
    }

    /// The outcome of a try comes after the message was canceled, or replaced.
    @Test(arguments: ["refused for now", "refused for good", "accepted"])
    func `what comes of a former link's message says nothing of the request`(_ outcome: String) throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        let former = try #require(try house.messages("signature_request").first)
        let mail = try #require(try house.mail(former))
        house.pass(minutes: 1)
        try house.askAgain(request)
        let trouble = HandoverTrouble(.refused, "The server refused it.")
        switch outcome {
        case "accepted": house.desk.note(.accepted(ServerReply(code: 250, text: PersonalText("ok"))), of: mail)
        case "refused for now": house.desk.note(.refusedForNow(trouble), of: mail)
        default: house.desk.note(.refusedForGood(trouble), of: mail)
        }
        try house.settle()
        #expect(try house.row("message", former.id).text("state") == (outcome == "accepted" ? "sent" : "canceled"))
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "waiting" && row.text("trouble") == nil && row.integer("sent_at") == nil)
    }

    @Test func `one purpose is one message`() throws {
        let house = try DeskHouse()
        let message = DeskMessage(
            order: House.order, kind: "visit_booked", purpose: "the same", channel: "email", language: "en", address: "w.quist@example.com")
        for _ in 0..<2 {
            let box = house.desk.options.box
            try house.desk.settle { _, now in
                var draft = DeskDraft()
                try message.write(at: now, box, &draft)
                return draft
            }
        }
        #expect(try house.messages("visit_booked").count == 1)
        #expect(message.id == DeskMessage(order: House.order, kind: "other", purpose: "the same", channel: "sms", language: "es", address: "x").id)
    }

    @Test func `a message that comes back fails its request, and one of a former link does not`() async throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        let former = try #require(try house.messages("signature_request").first).id
        house.pass(minutes: 1)
        try house.askAgain(request)
        try house.put("message", former, ["state": .text("undelivered"), "trouble": .text("No such mailbox.")])
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "waiting")
        #expect(try house.events().isEmpty)
        let last = try #require(try house.messages("signature_request").last).id
        try house.put("message", last, ["state": .text("undelivered"), "trouble": .text("No such mailbox.")])
        try house.settle()
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "failed" && row.text("trouble") == "No such mailbox.")
        #expect(try house.events() == ["undelivered": 1])
        // Nothing is left to be looked at.
        house.pass(days: 15)
        try house.settle()
        #expect(try house.records(RequestWatch.self, of: request).isEmpty)
        try house.askAgain(request)
        #expect(try house.row("signature_request", request).text("state") == "waiting")
    }

    @Test func `a message that cannot be made fails and says why`() throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id], email: "nobody at all")
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        #expect(try house.messages("signature_request").first?.text("state") == "failed")
        #expect(try house.row("signature_request", request).text("trouble")?.contains("cannot be made") == true)
        #expect(!house.log.contains { $0.contains("nobody at all") })
    }

    @Test func `without a gateway a short message fails and says how to set one up`() throws {
        let house = try DeskHouse()
        try house.put("contact", House.id(70), ["account": .reference(House.account), "name": .text("Otto Ruiz")], sets: ["phones": ["mobile: +1 555 0199"]])
        try house.put("work_order", House.order, ["contact": .reference(House.id(70))])
        try house.book(House.visit)
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        let message = try #require(try house.messages("visit_booked").first)
        #expect(message.text("channel") == "sms" && message.text("state") == "failed" && message.text("trouble")?.contains("--sms") == true)
    }

    @Test func `texts for a territory that is not there are named`() throws {
        let house = try DeskHouse()
        let open = try house.restarted { $0.templates = try MessageTemplates(regions: ["Brooklyn": [:], "Broklyn": [:]]) }
        open.desk.nameStrangeTerritories()
        #expect(house.log.filter { $0.contains("Broklyn") }.count == 1 && !house.log.contains { $0.contains("Brooklyn") })
    }
}

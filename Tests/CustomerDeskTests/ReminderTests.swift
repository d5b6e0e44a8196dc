import CustomerPages
import ReplicationCore
import Testing
import TestTraits

@testable import CustomerDesk

/// Reminders: two days and seven days after sending, never at night.
@Suite(.realTime)
struct ReminderTests {
    private let house: DeskHouse
    private let server: MailServer

    init() throws {
        let plain = try DeskHouse()
        let server = try MailServer(plain.folder)
        house = try plain.restarted { $0.post = try server.post }
        self.server = server
    }

    /// A request that was sent, and the token that its reader has.
    private func ask() throws -> (RowID, LinkToken) {
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        try deliver()
        return (request, token)
    }

    private func deliver() throws {
        try house.desk.sendDueMessages()
        try house.settle()
    }

    @Test func `two reminders come by the rule, and all links hold until the expiry`() async throws {
        let (request, first) = try ask()
        house.pass(days: 1, hours: 23)
        try house.settle()
        #expect(try house.messages("signature_reminder").isEmpty)
        house.pass(hours: 1)
        try house.settle()
        #expect(try house.messages("signature_reminder").count == 1)
        let second = try house.token("signature_reminder")
        try deliver()
        #expect(try server.next().text.contains(first.text))
        #expect(try server.next().text.contains(second.text))
        for token in [first, second] { #expect(await house.end(token) == nil) }
        house.pass(days: 4)
        try house.settle()
        #expect(try house.messages("signature_reminder").count == 1)
        house.pass(days: 1)
        try house.settle()
        try deliver()
        #expect(try house.messages("signature_reminder").map { $0.text("state") } == ["sent", "sent"])
        #expect(try house.row("signature_request", request).integer("reminders") == 2)
        for _ in 0..<6 {
            house.pass(days: 1)
            try house.settle()
        }
        #expect(try house.messages("signature_reminder").count == 2)
        #expect(await house.end(first) == nil)
        house.pass(days: 1)
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "expired")
        for token in [first, second] { #expect(await house.end(token) == .expired) }
        #expect(try house.events() == ["sent": 1, "reminded": 2, "expired": 1])
        house.pass(days: 10)
        try house.settle()
        #expect(try house.messages("signature_reminder").count == 2)
    }

    @Test func `none comes in quiet hours`() throws {
        // Half past ten in the evening in New York.
        house.pass(hours: 12, minutes: 30)
        _ = try ask()
        house.pass(days: 2)
        try house.settle()
        #expect(try house.messages("signature_reminder").isEmpty)
        house.pass(hours: 9, minutes: 29)
        try house.settle()
        #expect(try house.messages("signature_reminder").isEmpty)
        // Eight in the morning.
        house.pass(minutes: 1)
        try house.settle()
        #expect(try house.messages("signature_reminder").count == 1)
    }

    @Test func `none comes after signing, and the link of a reminder is used with the first`() async throws {
        let (_, first) = try ask()
        house.pass(days: 2)
        try house.settle()
        let second = try house.token("signature_reminder")
        #expect(Signed(await house.sign(first, try await house.submission(first))) == .signed(remaining: 0))
        #expect(await house.end(second) == .used)
        // It waited, and goes no more.
        #expect(try house.messages("signature_reminder").map { $0.text("state") } == ["canceled"])
        house.pass(days: 6)
        try house.settle()
        #expect(try house.messages("signature_reminder").count == 1)
    }

    @Test func `a reminder's link signs as well`() async throws {
        let (request, first) = try ask()
        house.pass(days: 2)
        try house.settle()
        let second = try house.token("signature_reminder")
        try deliver()
        #expect(Signed(await house.sign(second, try await house.submission(second))) == .signed(remaining: 0))
        #expect(await house.end(first) == .used)
        #expect(try house.row("signature_request", request).text("state") == "signed")
    }

    @Test func `what is signed on a device ends the links of it`() async throws {
        let document = try house.makeDocument()
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        try deliver()
        try house.signOnDevice(document)
        try house.settle()
        #expect(await house.end(token) == .used)
        #expect(try house.row("signature_request", request).text("state") == "signed")
        house.pass(days: 3)
        try house.settle()
        #expect(try house.messages("signature_reminder").isEmpty)
    }
}

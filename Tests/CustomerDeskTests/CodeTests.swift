import CustomerPages
import ReplicationCore
import Testing
import TestTraits

@testable import CustomerDesk

/// One-time codes.
@Suite(.realTime)
struct CodeTests {
    private let house: DeskHouse
    private let token: LinkToken
    private let request: RowID

    init() throws {
        house = try DeskHouse()
        request = try house.ask([try house.makeDocument(code: "email").id])
        token = try house.token("signature_request")
    }

    /// As it stands in the message that waits.
    private func send() async throws -> String {
        guard case .sent = await house.desk.sendCode(token, to: DeskHouse.visitor) else {
            Issue.record("no code was sent")
            return ""
        }
        let message = try #require(try house.messages("one_time_code").last)
        return try #require(try house.secret(message)?.code)
    }

    private func sign(_ code: String?) async throws -> Signed { Signed(await house.sign(token, try await house.submission(token, code: code))) }

    /// Another code than this one.
    private func wrong(_ code: String) -> String { code == "000000" ? "000001" : "000000" }

    @Test func `nobody signs without the code, and with it they do`() async throws {
        guard case .signing(let view) = await house.desk.look(token) else {
            Issue.record("the link leads nowhere")
            return
        }
        #expect(view.code == CodeDemand(channel: .email, address: "w…@example.com", isSent: false))
        #expect(try await sign(nil) == .refused(.noCode))
        #expect(try await sign("123456") == .refused(.codeVoid))
        let code = try await send()
        #expect(code.count == 6 && code.allSatisfy(\.isNumber))
        #expect(try await sign(nil) == .refused(.noCode))
        #expect(try await sign(code) == .signed(remaining: 0))
        #expect(try house.events() == ["code_sent": 1, "code_verified": 1, "opened": 1, "consented": 1, "signed": 1])
        #expect(try house.records(CodeRecord.self, of: request).allSatisfy { $0.expires <= house.now })
    }

    @Test func `after five wrong ones the right one is void`() async throws {
        let code = try await send()
        for left in [4, 3, 2, 1] { #expect(try await sign(wrong(code)) == .refused(.wrongCode(triesLeft: left))) }
        #expect(try await sign(wrong(code)) == .refused(.codeVoid))
        #expect(try await sign(code) == .refused(.codeVoid))
        #expect(try house.rows("signature").isEmpty)
        #expect(try await sign(try await send()) == .signed(remaining: 0))
    }

    @Test func `a code is good for ten minutes`() async throws {
        let code = try await send()
        house.pass(minutes: 10)
        #expect(try await sign(code) == .refused(.codeVoid))
        #expect(try house.rows("signature").isEmpty)
    }

    @Test func `three are sent an hour, and a new one voids the former`() async throws {
        let first = try await send()
        house.pass(minutes: 1)
        var second = try await send()
        // One in a million.
        if second == first {
            house.pass(minutes: 1)
            second = try await send()
        }
        #expect(try await sign(first) == .refused(.wrongCode(triesLeft: 4)))
        house.pass(minutes: 1)
        if try house.messages("one_time_code").count < 3 { _ = try await send() }
        guard case .tooMany = await house.desk.sendCode(token, to: DeskHouse.visitor) else {
            Issue.record("a fourth code was sent")
            return
        }
        #expect(try house.messages("one_time_code").count == 3)
        house.pass(hours: 1)
        _ = try await send()
    }

    @Test func `a code that was used counts for the hour all the same`() async throws {
        let house = try DeskHouse()
        try house.ask([try house.makeDocument(20, code: "email").id, try house.makeDocument(21, code: "email").id])
        let token = try house.token("signature_request")
        guard case .sent = await house.desk.sendCode(token, to: DeskHouse.visitor), let message = try house.messages("one_time_code").last,
            let code = try house.secret(message)?.code
        else {
            Issue.record("no code was sent")
            return
        }
        var half = try await house.submission(token, code: code)
        half.agreed.removeLast()
        #expect(Signed(await house.sign(token, half)) == .signed(remaining: 1))
        // Once is once.
        #expect(Signed(await house.sign(token, try await house.submission(token, code: code))) == .refused(.codeVoid))
        var sent = 1
        for _ in 0..<4 {
            house.pass(minutes: 1)
            if case .sent = await house.desk.sendCode(token, to: DeskHouse.visitor) { sent += 1 }
        }
        #expect(sent == 3)
    }

    @Test func `no row has the code`() async throws {
        let code = try await send()
        try house.settle()
        let texts = try ["message", "signature_event", "signature_request"].flatMap { try house.rows($0) }.flatMap(\.values.values).flatMap { $0 }.compactMap(\.text)
        #expect(!texts.isEmpty && !texts.contains { $0.contains(code) })
        #expect(!house.log.contains { $0.contains(code) })
    }

    @Test func `who is asked for a code by telephone gets it there`() async throws {
        let house = try DeskHouse()
        try house.ask([try house.makeDocument(code: "sms").id], email: nil, contact: House.contact)
        let token = try house.token("signature_request")
        guard case .sent = await house.desk.sendCode(token, to: DeskHouse.visitor), case .signing(let view) = await house.desk.look(token) else {
            Issue.record("no code was sent")
            return
        }
        #expect(view.code == CodeDemand(channel: .sms, address: "…100", isSent: true))
        let message = try #require(try house.messages("one_time_code").first)
        #expect(message.text("channel") == "sms" && message.text("address") == "+15550100")
    }

    @Test func `a code that could not be handed over in time is not sent any more`() async throws {
        _ = try await send()
        house.pass(minutes: 11)
        let server = try MailServer(house.folder)
        let open = try house.restarted { $0.post = try server.post }
        try open.desk.sendDueMessages()
        let message = try #require(try house.messages("one_time_code").last)
        #expect(message.text("state") == "failed")
        #expect(message.text("trouble")?.contains("too old") == true)
        #expect(try house.mail(message) == nil)
    }
}

import Foundation
import MailTransport
import Testing

extension TransferTests {
    @Suite struct SMSTests {
        private static let texts = [
            "Your code: 123456", "a&b=c+d%20 #?/\\\"'{to}{text}\n<tag>", "Código de firma: ñ €", "🛗 \u{2764}\u{FE0F} {digits}", "\",\"to\":\"+1",
            "{{text}}", "\\u0000 \\n",
        ]

        private func number() throws -> PhoneNumber { try PhoneNumber("+34 600-111.222") }

        @Test(arguments: texts)
        func formsAndQueriesHoldTheText(_ text: String) throws {
            let server = try TestServer("http_server.py")
            let template = try SMSTemplate(.form, "user=hub&to={to}&plain={digits}&body={text}&brace={x}")
            let expected = ["user": "hub", "to": "+34600111222", "plain": "34600111222", "body": text, "brace": "{x}"]
            let headers = [try HTTPHeader("Authorization", "Bearer x")]
            let post = try SMSGateway(.post, "http://127.0.0.1:\(server.port)/sms", headers: headers, template: template)
            #expect(try post.send(text, to: number()).isAccepted)
            let told = try server.next(HTTPTests.Told.self)
            #expect(told.form == expected && told.query.isEmpty && told.header("authorization") == "Bearer x")
            let query = try SMSTemplate(.form, "to={to}&plain={digits}&body={text}&user=hub&brace=%7Bx%7D")
            let get = try SMSGateway(.get, "http://127.0.0.1:\(server.port)/sms", template: query)
            #expect(try get.send(text, to: number()).isAccepted)
            #expect(try server.next(HTTPTests.Told.self).query == expected)
        }

        @Test(arguments: texts)
        func jsonHoldsTheText(_ text: String) throws {
            let server = try TestServer("http_server.py")
            let template = try SMSTemplate(.json, "{\"from\": \"{Lift}\", \"to\": \"{to}\", \"plain\": \"{digits}\", \"message\": \"<{text}>\"}")
            let gateway = try SMSGateway(.post, "http://127.0.0.1:\(server.port)/sms", template: template)
            #expect(try gateway.send(text, to: number()).isAccepted)
            let told = try server.next(HTTPTests.Told.self)
            #expect(told.json == ["from": "{Lift}", "to": "+34600111222", "plain": "34600111222", "message": "<\(text)>"])
            #expect(told.header("content-type") == "application/json")
        }

        @Test func theLongestTextGoesThrough() throws {
            let server = try TestServer("http_server.py")
            let text = String(repeating: "🛗", count: MailLimits.smsCharacters)
            let gateway = try SMSGateway(.get, "http://127.0.0.1:\(server.port)/sms", template: SMSTemplate(.form, "t={text}&to={to}"))
            #expect(try gateway.send(text, to: number()).isAccepted)
            #expect(try server.next(HTTPTests.Told.self).query["t"] == text)
            #expect(throws: MailError.self) { try gateway.send(text + "x", to: number()) }
            for text in ["", "a\u{0}", "a\u{1B}b", "a\rb"] { #expect(throws: MailError.self) { try gateway.send(text, to: number()) } }
        }

        @Test(arguments: [
            (200, "accepted", nil), (204, "accepted", nil), (400, "good", HandoverTrouble.Cause.refused), (422, "good", .refused), (401, "now", .authentication),
            (404, "now", .configuration), (302, "now", .configuration), (429, "now", .refused), (503, "now", .refused),
            (500, "unknown", .protocolBroken), (502, "unknown", .protocolBroken),
        ])
        func statusesAreToldApart(_ status: Int, _ kind: String, _ cause: HandoverTrouble.Cause?) throws {
            let server = try TestServer("http_server.py")
            let gateway = try SMSGateway(.get, "http://127.0.0.1:\(server.port)/status/\(status)", template: SMSTemplate(.form, "t={text}&to={to}"))
            let outcome = try gateway.send("x", to: number())
            let found: (String, HandoverTrouble?) = switch outcome {
            case .accepted: ("accepted", nil)
            case .refusedForNow(let trouble): ("now", trouble)
            case .refusedForGood(let trouble): ("good", trouble)
            case .unknown(let trouble): ("unknown", trouble)
            }
            #expect(found.0 == kind && found.1?.cause == cause, "\(outcome)")
        }

        @Test func successMayBeAWord() throws {
            let server = try TestServer("http_server.py")
            let template = try SMSTemplate(.form, "t={text}&to={to}")
            func gateway(_ word: String, _ path: String = "/status/200") throws -> SMSGateway {
                try SMSGateway(.get, "http://127.0.0.1:\(server.port)\(path)", template: template, success: 200...200, successText: word)
            }
            let accepted = try gateway("words of").send("x", to: number())
            guard case .accepted(let reply) = accepted else { throw TestFailure(description: "\(accepted)") }
            #expect(reply.text.revealed == "the words of the server")
            #expect(try gateway("OK:").send("x", to: number()).refusedForGood?.cause == .refused)
            #expect(try gateway("words of", "/drop").send("x", to: number()).unknown?.cause == .connectionLost)
        }

        @Test(arguments: [
            "{\"to\": {to}, \"text\": \"{text}\"}", "{\"to\": \"{to}\", \"text\": {text}}", "{\"to\": \"{to}\"}", "{text}{to}",
            "{\"to\": \"{to}\", \"text\": \"{text}\"", "",
        ])
        func templatesThatAreNoJSON(_ text: String) {
            #expect(throws: MailError.self) { try SMSTemplate(.json, text) }
        }

        @Test func configurationsThatCannotWork() throws {
            let form = try SMSTemplate(.form, "t={text}&to={to}"), json = try SMSTemplate(.json, "[\"{text}\", \"{to}\"]")
            #expect(throws: MailError.self) { try SMSTemplate(.form, "t={text}") }
            #expect(throws: MailError.self) { try SMSTemplate(.form, "t={text} to={to}") }
            #expect(throws: MailError.self) { try SMSGateway(.get, "https://a.example/", template: json) }
            #expect(throws: MailError.self) { try SMSGateway(.get, "https://a.example/?x=y", template: form) }
            #expect(throws: MailError.self) { try SMSGateway(.post, "http://a.example/", template: form) }
            for number in ["600111222", "+", "+123456", "+1234567890123456", "+0600111222", "+34 600 abc", "+34\r\n600111222", "0034600111222", "+٣٤٦٠٠١١١٢٢٢"] {
                #expect(throws: MailError.self, "\(number)") { try PhoneNumber(number) }
            }
        }
    }
}

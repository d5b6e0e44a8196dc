import Foundation
import MailTransport
import Testing

extension TransferTests {
    @Suite struct HTTPTests {
        struct Told: Decodable {
            let method: String
            let path: String
            let query: [String: String]
            let headers: [String: String]
            let form: [String: String]?
            let json: [String: String]?

            func header(_ name: String) -> String? { headers.first { $0.key.lowercased() == name.lowercased() }?.value }
        }

        private static let quick = Result { try TransferTimes(connect: 1_000, total: 1_500) }

        private func get(_ server: TestServer, _ path: String, limit: Int = 100_000, times: TransferTimes = .request) throws -> HTTPOutcome {
            HTTPClient.send(try HTTPRequest(.get, "http://127.0.0.1:\(server.port)\(path)", times: times, answerLimit: limit))
        }

        private func answer(_ outcome: HTTPOutcome) throws -> HTTPAnswer {
            guard case .answered(let answer) = outcome else { throw TestFailure(description: "\(outcome)") }
            return answer
        }

        private func unknown(_ outcome: HTTPOutcome) -> HandoverTrouble.Cause? {
            if case .unknown(let trouble) = outcome { trouble.cause } else { nil }
        }

        @Test func aRequestArrivesAndItsAnswerComesBack() throws {
            let server = try TestServer("http_server.py")
            let body = Sample.file(2 << 20)
            let request = try HTTPRequest(
                .post, "http://localhost:\(server.port)/tsa?a=b%20c", headers: [
                    HTTPHeader("Content-Type", "application/timestamp-query"), HTTPHeader("X-Empty", ""), HTTPHeader("Authorization", "Bearer a: b;c"),
                ], body: body, answerLimit: 4 << 20)
            let answer = try answer(HTTPClient.send(request))
            let told = try server.next(Told.self)
            #expect(told.method == "POST" && told.path == "/tsa" && told.query == ["a": "b c"])
            #expect(told.header("content-type") == "application/timestamp-query" && told.header("authorization") == "Bearer a: b;c")
            #expect(told.header("x-empty") == "" && told.header("expect") == nil && told.header("host") == "localhost:\(server.port)")
            #expect(told.header("content-length") == "\(body.count)")
            #expect(answer.status == 200 && answer.body == body && answer.contentType == "application/timestamp-reply; a=b")
        }

        @Test func anEmptyBodyIsABody() throws {
            let server = try TestServer("http_server.py")
            let request = try HTTPRequest(.post, "http://localhost:\(server.port)", headers: [HTTPHeader("Content-Type", "a/b")])
            #expect(try answer(HTTPClient.send(request)).status == 200)
            let told = try server.next(Told.self)
            #expect(told.header("content-length") == "0" && told.path == "/")
        }

        @Test(arguments: [204, 302, 400, 404, 500, 503])
        func anyStatusIsAnAnswer(_ status: Int) throws {
            let answer = try answer(get(TestServer("http_server.py"), "/status/\(status)"))
            #expect(answer.status == status && answer.body == (status == 204 ? [] : Array("the words of the server".utf8)))
        }

        @Test func redirectsAreNotFollowed() throws {
            let other = try TestServer("http_server.py")
            let server = try TestServer("http_server.py", ["elsewhere": "http://127.0.0.1:\(other.port)/from-there"])
            #expect(try answer(get(server, "/redirect")).status == 302)
            // What the other one hears first is asked of it directly.
            _ = try get(other, "/direct")
            #expect(try other.next(Told.self).path == "/direct")
        }

        @Test func whatIsTooLargeEndsTheTransfer() throws {
            let server = try TestServer("http_server.py")
            #expect(try answer(get(server, "/big/100000")).body.count == 100_000)
            for path in ["/big/100001", "/big/50000000", "/heads"] { #expect(try unknown(get(server, path)) == .answerTooLarge, "\(path)") }
            #expect(try unknown(get(server, "/drip", limit: 10)) == .answerTooLarge)
        }

        @Test func withoutAnAnswerItMayHaveBeenActedOn() throws {
            let server = try TestServer("http_server.py")
            #expect(try unknown(get(server, "/silence", times: Self.quick.get())) == .timedOut)
            #expect(try unknown(get(server, "/drip", times: Self.quick.get())) == .timedOut)
            #expect(try unknown(get(server, "/drop")) == .connectionLost)
            let flag = CancellationFlag()
            flag.cancel()
            let request = try HTTPRequest(.get, "http://127.0.0.1:\(server.port)/silence", times: TransferTimes(connect: 1_000, total: 30_000))
            guard case .notSent(let trouble) = HTTPClient.send(request, cancellation: flag) else { throw TestFailure(description: "sent") }
            #expect(trouble.cause == .cancelled)
        }

        @Test func aServerThatIsNotThereHasHeardNothing() throws {
            let port = try TestServer("http_server.py").port
            for url in ["http://127.0.0.1:\(port)/", "https://no-such-host.invalid/"] {
                guard case .notSent(let trouble) = HTTPClient.send(try HTTPRequest(.get, url)) else { throw TestFailure(description: "sent") }
                #expect(trouble.cause == .unreachable, "\(trouble)")
            }
        }

        @Test func onlyTrustedCertificatesOfTheRightNameWillDo() throws {
            let folder = try TestFolder.shared
            for (identity, trusted, isRight) in [
                (folder.here, folder.here.certificate, true), (folder.here, nil, false), (folder.here, folder.elsewhere.certificate, false),
                (folder.elsewhere, folder.elsewhere.certificate, false),
            ] {
                let server = try TestServer("http_server.py", TestServer.tls(identity))
                let request = try HTTPRequest(.get, "https://localhost:\(server.port)/status/200", trustedCertificates: trusted)
                switch HTTPClient.send(request) {
                case .answered(let answer): #expect(isRight && answer.status == 200)
                case .notSent(let trouble): #expect(!isRight && trouble.cause == .encryption, "\(trouble)")
                case .unknown(let trouble): Issue.record("\(trouble)")
                }
            }
        }

        /// What the environment says of proxies, and what a user keeps in `.netrc`, are not ours. In a process of its own: the
        /// environment is everybody's.
        @Test func theEnvironmentIsNotAsked() async {
            await #expect(processExitsWith: .success) {
                let proxy = try TestServer("http_server.py"), server = try TestServer("http_server.py")
                for name in ["http_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:\(proxy.port)", 1) }
                let tests = HTTPTests()
                #expect(try tests.answer(tests.get(server, "/direct")).status == 200)
                #expect(try server.next(Told.self).path == "/direct")
            }
        }

        @Test(arguments: [
            "ftp://a.example/", "https://user@a.example/", "https://user:pw@a.example/", "https://a.example/#x", "https://a.example/\r\nX: y",
            "https://a.example/ b", "https:///x", "https://a.example\\@b.example/",
            "https://a.exämple/", "//a.example/", "https://a.example:0/", "file:///etc/passwd", "https://[::1/",
        ])
        func urlsThatAreNone(_ url: String) {
            #expect(throws: MailError.self) { try HTTPRequest(.get, url) }
        }

        @Test func headersThatAreOursAreRefused() {
            for name in ["Host", "content-length", "Transfer-Encoding", "Connection", "", "a b", "a:", "a\r\n", "ä"] {
                #expect(throws: MailError.self, "\(name)") { try HTTPHeader(name, "x") }
            }
            for value in ["ä", " a", "a ", "a\r\nb", "\u{0}"] { #expect(throws: MailError.self) { try HTTPHeader("X", value) } }
            #expect(throws: MailError.self) { try HTTPRequest(.post, "https://a.example/") }
            #expect(throws: MailError.self) { try HTTPRequest(.get, "https://a.example/", body: [1]) }
        }
    }
}

import ReplicationEngine
import Testing
import WebSocketTransport

extension TransportTests {
    @Suite struct TLSTests {
        private func connect(
            host: String, trusting file: String?, to identity: TLSIdentity
        ) throws -> (reason: CloseReason?, hubSawNothing: Bool) {
            let pair = try Pair(tls: identity)
            defer { pair.stop() }
            let endpoint = Endpoint(host: host, port: pair.hub.port, isSecure: true, trustedCertificates: file)
            let id = try pair.device.connect(to: endpoint)
            let reason = try pair.deviceLog.wait("outcome") { events -> CloseReason?? in
                if events.openedCount > 0 { return .some(nil) }
                return events.closedReasons.first.map { .some($0) }
            }
            #expect(pair.deviceLog.all.allSatisfy { $0.id == id })
            return (reason, pair.hubLog.all.isEmpty)
        }

        @Test(arguments: ["localhost", "127.0.0.1"])
        func aTrustedCertificateWithTheRightNameIsAccepted(host: String) throws {
            let hub = try TestCertificates.shared.get().hub
            let (reason, _) = try connect(host: host, trusting: hub.certificateFile, to: hub)
            #expect(reason == nil)
        }

        /// The name that a certificate has to have is the hub's, whoever carries the bytes.
        @Test(arguments: [("elsewhere.example", true), ("other.example", false)])
        func behindARelayTheCertificateHasToNameTheHub(host: String, isAccepted: Bool) throws {
            let identity = try TestCertificates.shared.get().elsewhere
            let pair = try Pair(tls: identity)
            defer { pair.stop() }
            var endpoint = Endpoint(host: host, port: 443, isSecure: true, trustedCertificates: identity.certificateFile)
            endpoint.relayPort = pair.hub.port
            _ = try pair.device.connect(to: endpoint)
            let wasOpened = try pair.deviceLog.wait("outcome") { events -> Bool? in
                events.openedCount > 0 ? true : events.closedReasons.isEmpty ? nil : false
            }
            #expect(wasOpened == isAccepted)
        }

        @Test func theSystemDoesNotTrustASelfSignedCertificate() throws {
            let (reason, hubSawNothing) = try connect(host: "localhost", trusting: nil, to: TestCertificates.shared.get().hub)
            #expect(reason?.isUnreachable == true && hubSawNothing, "\(reason as Any)")
        }

        @Test func anotherCertificateIsNotTrusted() throws {
            let certificates = try TestCertificates.shared.get()
            let (reason, hubSawNothing) = try connect(
                host: "localhost", trusting: certificates.elsewhere.certificateFile, to: certificates.hub)
            #expect(reason?.isUnreachable == true && hubSawNothing, "\(reason as Any)")
        }

        @Test(arguments: ["localhost", "127.0.0.1"])
        func aTrustedCertificateOfAnotherHostIsRefused(host: String) throws {
            let certificates = try TestCertificates.shared.get()
            let (reason, hubSawNothing) = try connect(
                host: host, trusting: certificates.elsewhere.certificateFile, to: certificates.elsewhere)
            #expect(reason?.isUnreachable == true && hubSawNothing, "\(reason as Any)")
        }

        @Test func plainClientsGetNothingFromAnEncryptedHub() throws {
            let pair = try Pair(tls: TestCertificates.shared.get().hub)
            defer { pair.stop() }
            let client = try RawClient(port: pair.hub.port)
            let answer = try client.handshake()
            #expect(!answer.hasPrefix("HTTP/1.1 101"))
            _ = try pair.device.connect(to: pair.endpoint())
            let reason = try pair.deviceLog.waitForClosed()
            #expect(reason.isUnreachable, "\(reason)")
        }

        @Test func unreadableAndForeignFilesAreToldApart() throws {
            let certificates = try TestCertificates.shared.get()
            let missing = TLSIdentity(certificateFile: "/nonexistent/hub.pem", keyFile: certificates.hub.keyFile)
            #expect(startFailure(missing) == .certificateUnreadable)
            let mixed = TLSIdentity(
                certificateFile: certificates.hub.certificateFile, keyFile: certificates.elsewhere.keyFile)
            #expect(startFailure(mixed) == .certificateRejected)
            let swapped = TLSIdentity(certificateFile: certificates.hub.keyFile, keyFile: certificates.hub.certificateFile)
            #expect(startFailure(swapped) == .certificateRejected)
        }

        /// The library's words about one thing are not quoted about another.
        @Test func errorsQuoteTheirOwnReason() throws {
            let certificates = try TestCertificates.shared.get()
            let notPEM = certificates.directory + "/words.pem"
            try "no certificate".write(toFile: notPEM, atomically: true, encoding: .utf8)
            let log = EventLog()
            let device = try WebSocketConnector { log.add($0) }
            defer { device.stop() }
            // Another transport fails in between.
            let mixed = TLSIdentity(
                certificateFile: certificates.hub.certificateFile, keyFile: certificates.elsewhere.keyFile)
            #expect(startFailure(mixed) == .certificateRejected)
            let id = try device.connect(
                to: Endpoint(host: "localhost", port: 1, isSecure: true, trustedCertificates: notPEM))
            guard case .unreachable(let text) = try log.waitForClosed(id) else {
                Issue.record("connected without certificates")
                return
            }
            #expect(text.contains("words.pem") && text.contains("could not be loaded"), "\(text)")
            #expect(!text.contains("proxy") && !text.contains("elsewhere"), "\(text)")
        }

        private func startFailure(_ identity: TLSIdentity) -> WebSocketTransportError.Code? {
            do throws(WebSocketTransportError) {
                try WebSocketListener(address: ListenAddress(port: 0), tls: identity) { _ in }.stop()
                return nil
            } catch {
                return error.code
            }
        }
    }
}

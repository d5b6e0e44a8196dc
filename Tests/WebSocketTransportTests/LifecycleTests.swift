import Foundation
import ReplicationEngine
import Synchronization
import Testing
import WebSocketTransport

extension TransportTests {
    @Suite struct LifecycleTests {
        @Test func aPortInUseIsNamed() throws {
            let first = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
            defer { first.stop() }
            let error = #expect(throws: WebSocketTransportError.self) {
                try WebSocketListener(address: first.address) { _ in }
            }
            #expect(error?.code == .portInUse)
            #expect(error?.message.contains("\(first.port)") == true)
        }

        @Test func theSamePortCanBeUsedAgainAfterStop() throws {
            let first = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
            first.stop()
            first.stop()
            let second = try WebSocketListener(address: first.address) { _ in }
            #expect(second.port == first.port)
            second.stop()
        }

        @Test(arguments: [
            ("192.0.2.1", WebSocketTransportError.Code.addressNotAvailable), ("hub.example", .addressNotAvailable),
        ])
        func foreignAddressesAreNamed(host: String, code: WebSocketTransportError.Code) {
            let error = #expect(throws: WebSocketTransportError.self) {
                try WebSocketListener(address: ListenAddress(host: host, port: 0), allowInsecure: true) { _ in }
            }
            #expect(error?.code == code)
        }

        @Test func plainTextBeyondThisMachineNeedsPermission() throws {
            let error = #expect(throws: WebSocketTransportError.self) {
                try WebSocketListener(address: ListenAddress(host: "0.0.0.0", port: 0)) { _ in }
            }
            #expect(error?.code == .insecureAddress)
            try WebSocketListener(address: ListenAddress(host: "0.0.0.0", port: 0), allowInsecure: true) { _ in }.stop()

            let device = try WebSocketConnector { _ in }
            defer { device.stop() }
            for host in ["192.0.2.1", "127.example.com"] {
                let refusal = #expect(throws: WebSocketTransportError.self) {
                    try device.connect(to: Endpoint(host: host, port: 1, isSecure: false))
                }
                #expect(refusal?.code == .insecureAddress)
            }
        }

        @Test func endpointsThatCannotBeReadThrow() throws {
            let device = try WebSocketConnector { _ in }
            defer { device.stop() }
            let split = Endpoint(host: "localhost", port: 1, path: "/ HTTP/1.1\r\nX: y", isSecure: false)
            #expect(throws: WebSocketTransportError.self) { try device.connect(to: split) }
            let missing = Endpoint(host: "localhost", port: 1, isSecure: true, trustedCertificates: "/nonexistent.pem")
            #expect(throws: WebSocketTransportError.self) { try device.connect(to: missing) }
        }

        @Test func aClosedPortIsUnreachable() throws {
            let gone = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
            gone.stop()
            let log = EventLog()
            let device = try WebSocketConnector { log.add($0) }
            let id = try device.connect(to: Endpoint(host: "127.0.0.1", port: gone.port, isSecure: false))
            let reason = try log.waitForClosed(id)
            #expect(reason.isUnreachable, "\(reason)")
            device.stop()
            #expect(log.all == [.closed(id, reason)], "exactly one event")
        }

        /// In a process of its own: the environment is everybody's.
        @Test func theProxyOfTheEnvironmentIsNotUsed() async {
            await #expect(processExitsWith: .success) {
                setenv("http_proxy", "http://127.0.0.1:1", 1)
                let pair = try Pair()
                defer { pair.stop() }
                let id = try pair.device.connect(to: pair.endpoint())
                let opened = try pair.deviceLog.wait("outcome") { $0.first }
                #expect(opened == .opened(id, peer: "127.0.0.1"))
            }
        }

        @Test func aHubThatNeverAnswersIsUnreachable() throws {
            let silent = try SilentServer()
            var limits = TransportLimits()
            limits.handshakeMilliseconds = 300
            let log = EventLog()
            let device = try WebSocketConnector(limits: limits) { log.add($0) }
            defer { device.stop() }
            _ = try device.connect(to: Endpoint(host: "127.0.0.1", port: silent.port, isSecure: false))
            let reason = try log.waitForClosed()
            #expect(reason.isUnreachable, "\(reason)")
        }

        @Test func closingDuringTheHandshakeEndsIt() throws {
            let silent = try SilentServer()
            let log = EventLog()
            let device = try WebSocketConnector { log.add($0) }
            defer { device.stop() }
            let id = try device.connect(to: Endpoint(host: "127.0.0.1", port: silent.port, isSecure: false))
            device.close(id, reason: .local(code: 1000, reason: "changed my mind"))
            #expect(try log.waitForClosed() == .local(code: 1000, reason: "changed my mind"))
        }

        @Test func theConnectionLimitIsKept() throws {
            var limits = TransportLimits()
            limits.connections = 3
            let pair = try Pair(limits: limits, deviceLimits: TransportLimits())
            defer { pair.stop() }
            let ids = try (0..<3).map { _ in try pair.device.connect(to: pair.endpoint()) }
            try pair.deviceLog.wait("3 opened") { $0.openedCount == 3 ? true : nil }
            let surplus = try pair.device.connect(to: pair.endpoint())
            let reason = try pair.deviceLog.waitForClosed(surplus)
            #expect(reason.isUnreachable, "\(reason)")
            pair.device.close(ids[0], reason: .local(code: 1000, reason: ""))
            try pair.hubLog.wait("closed") { $0.closedReasons.count == 1 ? true : nil }
            _ = try pair.device.connect(to: pair.endpoint())
            try pair.deviceLog.wait("a free place") { $0.openedCount == 4 ? true : nil }
            try pair.hubLog.wait("4 opened") { $0.openedCount == 4 ? true : nil }
        }

        @Test(arguments: [false, true])
        func fiveHundredConnections(encrypted: Bool) throws {
            let tls = encrypted ? try TestCertificates.shared.get().hub : nil
            let pair = try Pair(tls: tls, echoes: true)
            let endpoint = pair.endpoint(trusting: tls?.certificateFile)
            for number in 0..<500 {
                let id = try pair.device.connect(to: endpoint)
                pair.device.send([UInt8(number & 0xFF), UInt8(number >> 8)], lane: .changes, to: id)
            }
            let messages = try pair.deviceLog.waitForMessages(500)
            #expect(Set(messages).count == 500)
            pair.stop()
            for log in [pair.hubLog, pair.deviceLog] {
                #expect(log.all.openedCount == 500 && log.all.closedReasons.count == 500)
            }
        }

        @Test func aPeerThatStopsAnsweringTimesOut() throws {
            // The hub pings nobody in this test, and the raw client answers nobody.
            let frozen = try SilentServer(answersHandshake: true)
            var limits = TransportLimits()
            limits.pingMilliseconds = 100
            limits.silenceMilliseconds = 300
            let log = EventLog()
            let device = try WebSocketConnector(limits: limits) { log.add($0) }
            defer { device.stop() }
            _ = try device.connect(to: Endpoint(host: "127.0.0.1", port: frozen.port, isSecure: false))
            _ = try log.waitForOpened()
            let reason = try log.waitForClosed()
            #expect(reason.isTimeout, "\(reason)")
        }

        @Test func pingsKeepASilentConnectionAlive() throws {
            var limits = TransportLimits()
            // A machine that runs many tests at once may leave a thread alone for half a second.
            limits.pingMilliseconds = 200
            limits.silenceMilliseconds = 2_000
            let pair = try Pair(limits: limits)
            defer { pair.stop() }
            let id = try pair.open().device
            // Three times the deadline, measured by connections that do time out.
            for _ in 0..<3 {
                let frozen = try SilentServer(answersHandshake: true)
                let log = EventLog()
                let other = try WebSocketConnector(limits: limits) { log.add($0) }
                _ = try other.connect(to: Endpoint(host: "127.0.0.1", port: frozen.port, isSecure: false))
                _ = try log.waitForClosed()
                other.stop()
            }
            pair.device.send([5], lane: .urgent, to: id)
            #expect(try pair.hubLog.waitForMessages(1) == [[5]])
            #expect(pair.hubLog.all.closedReasons.isEmpty)
        }

        @Test func stopWhileBusyClosesEveryConnectionOnce() throws {
            for round in 0..<5 {
                let pair = try Pair(echoes: true)
                let ids = try (0..<40).map { _ in try pair.device.connect(to: pair.endpoint()) }
                let isDone = Atomic(false)
                let sender = Thread {
                    while !isDone.load(ordering: .relaxed) {
                        for id in ids { pair.device.send(pattern(500), lane: .changes, to: id) }
                    }
                }
                sender.start()
                _ = try pair.deviceLog.waitForMessages(200)
                if round.isMultiple(of: 2) { pair.hub.stop(); pair.device.stop() } else { pair.stop() }
                isDone.store(true, ordering: .relaxed)
                for log in [pair.hubLog, pair.deviceLog] { checkOneClosedEach(log.all) }
                #expect(pair.deviceLog.all.closedReasons.count == 40)
            }
        }

        @Test func closedIsTheLastEventOfAConnection() throws {
            let pair = try Pair(echoes: true)
            let id = try pair.open().device
            for _ in 0..<500 { pair.device.send(pattern(900), lane: .changes, to: id) }
            pair.device.close(id, reason: .local(code: 1000, reason: "done"))
            _ = try pair.hubLog.waitForClosed()
            _ = try pair.deviceLog.waitForClosed()
            pair.stop()
            checkOneClosedEach(pair.hubLog.all)
            checkOneClosedEach(pair.deviceLog.all)
        }

        private func checkOneClosedEach(_ events: [TransportEvent]) {
            var closed: Set<ConnectionID> = []
            for event in events {
                #expect(!closed.contains(event.id), "\(event.summary) after closed")
                if case .closed = event { closed.insert(event.id) }
            }
            #expect(closed == Set(events.map(\.id)))
        }

        @Test func connectingAgainFromInsideTheClosedEventDoesNotStarveTheLoop() throws {
            let gone = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
            gone.stop()
            let endpoint = Endpoint(host: "127.0.0.1", port: gone.port, isSecure: false)
            let log = EventLog()
            let again = Mutex<WebSocketConnector?>(nil)
            let device = try WebSocketConnector { event in
                log.add(event)
                if case .closed = event { _ = try? again.withLock { $0 }?.connect(to: endpoint) }
            }
            again.withLock { $0 = device }
            _ = try device.connect(to: endpoint)
            try log.wait("200 failures") { $0.closedReasons.count >= 200 ? true : nil }
            device.stop()
            again.withLock { $0 = nil }
        }

        @Test func signalHandlersOfTheApplicationStay() throws {
            var ignore = sigaction()
            ignore.__sigaction_handler.sa_handler = SIG_IGN
            var before = sigaction()
            sigaction(SIGTERM, &ignore, &before)
            defer { sigaction(SIGTERM, &before, nil) }
            for _ in 0..<2 {
                let hub = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
                #expect(isIgnored(SIGTERM))
                hub.stop()
                #expect(isIgnored(SIGTERM))
            }
        }

        private func isIgnored(_ signal: Int32) -> Bool {
            var now = sigaction()
            sigaction(signal, nil, &now)
            return unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        }
    }
}

import ReplicationEngine
import Testing
import WebSocketTransport

extension TransportTests {
    @Suite struct EchoTests {
        @Test(arguments: [1, 125, 126, 4096, 64 << 10, 4 << 20])
        func plainMessagesComeBack(size: Int) throws {
            try echo(size: size, tls: nil)
        }

        @Test(arguments: [1, 64 << 10, 4 << 20])
        func encryptedMessagesComeBack(size: Int) throws {
            try echo(size: size, tls: TestCertificates.shared.get().hub)
        }

        private func echo(size: Int, tls: TLSIdentity?) throws {
            let pair = try Pair(tls: tls, echoes: true)
            defer { pair.stop() }
            let id = try pair.open(trusting: tls?.certificateFile).device
            let message = pattern(size)
            pair.device.send(message, lane: .changes, to: id)
            #expect(try pair.deviceLog.waitForMessages(1) == [message])
            #expect(pair.hubLog.all.messages == [message])
        }

        @Test func bothWaysAtOnceInOrder() throws {
            let pair = try Pair()
            defer { pair.stop() }
            let (deviceID, hubID) = try pair.open()
            var sent: [UInt8] = []
            for number in 0..<2_000 {
                let message = pattern(1 + number % 700, seed: UInt8(number & 0xFF))
                sent += message
                pair.device.send(message, lane: .changes, to: deviceID)
                pair.hub.send(message, lane: .changes, to: hubID)
            }
            #expect(try pair.hubLog.waitForBytes(sent.count) == sent)
            #expect(try pair.deviceLog.waitForBytes(sent.count) == sent)
        }

        @Test func messagesQueuedBeforeTheHandshakeArrive() throws {
            let pair = try Pair()
            defer { pair.stop() }
            let id = try pair.device.connect(to: pair.endpoint())
            pair.device.send([1, 2, 3], lane: .urgent, to: id)
            #expect(try pair.hubLog.waitForBytes(3) == [1, 2, 3])
        }

        @Test func ipv6AndNames() throws {
            let log = EventLog()
            let hub = try WebSocketListener(address: ListenAddress(host: "::1", port: 0)) { _ in }
            let device = try WebSocketConnector { log.add($0) }
            defer { device.stop(); hub.stop() }
            _ = try device.connect(to: Endpoint(host: "::1", port: hub.port, isSecure: false))
            _ = try log.waitForOpened()
        }
    }
}

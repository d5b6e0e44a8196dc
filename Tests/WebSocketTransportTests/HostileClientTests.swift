import Foundation
import ReplicationEngine
import Testing
import WebSocketTransport

extension TransportTests {
    /// Clients that break rules. Each test ends with an honest device being served.
    @Suite struct HostileClientTests {
        private func shortLimits() -> TransportLimits {
            var limits = TransportLimits()
            limits.handshakeMilliseconds = 300
            limits.messageMilliseconds = 300
            limits.pingMilliseconds = 200
            limits.silenceMilliseconds = 400
            limits.closeMilliseconds = 200
            limits.messageBytes = 256 << 10
            return limits
        }

        /// Only the size can end a message in time.
        private func patientLimits() -> TransportLimits {
            var limits = TransportLimits()
            limits.messageBytes = 256 << 10
            limits.closeMilliseconds = 200
            return limits
        }

        private func attack(
            limits: TransportLimits? = nil, handshake: Bool = true, _ body: (RawClient, Pair) throws -> Void
        ) throws {
            let pair = try Pair(limits: limits ?? shortLimits(), deviceLimits: TransportLimits(), echoes: true)
            defer { pair.stop() }
            do {
                let client = try RawClient(port: pair.hub.port)
                if handshake {
                    let answer = try client.handshake()
                    #expect(answer.hasPrefix("HTTP/1.1 101"))
                }
                try body(client, pair)
            }
            let id = try pair.device.connect(to: pair.endpoint())
            pair.device.send([42], lane: .urgent, to: id)
            #expect(try pair.deviceLog.waitForMessages(1) == [[42]])
        }

        @Test func halfHandshakeTimesOut() throws {
            try attack(handshake: false) { (client, pair) throws in
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\nUpg")
                #expect(client.waitForEnd() == .endOfStream)
                #expect(pair.hubLog.all.isEmpty, "nobody was opened, so nobody is closed")
            }
        }

        @Test func silentTCPConnectionTimesOut() throws {
            try attack(handshake: false) { client, _ in
                #expect(client.waitForEnd() == .endOfStream)
            }
        }

        @Test func halfFrameTimesOut() throws {
            var limits = shortLimits()
            // The message's own deadline must do it, not the silence.
            limits.pingMilliseconds = 60_000
            limits.silenceMilliseconds = 120_000
            try attack(limits: limits) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: pattern(10_000), announced: 20_000))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isTimeout, "\(reason)")
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test func unfinishedFragmentsTimeOut() throws {
            var limits = shortLimits()
            limits.pingMilliseconds = 60_000
            limits.silenceMilliseconds = 120_000
            try attack(limits: limits) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: [1, 2, 3], isFinal: false))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isTimeout, "\(reason)")
            }
        }

        @Test func silenceTimesOut() throws {
            try attack { (client, pair) throws in
                // A client that reads nothing answers no ping.
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isTimeout, "\(reason)")
                #expect(client.receiveFrame()?.opcode == 9)
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test func announcingATebibyteIsAViolation() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: pattern(8192), announced: 1 << 40))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isViolation, "\(reason)")
                let close = client.receiveFrame()
                #expect(close?.opcode == 8 && close?.payload.prefix(2) == [0x03, 0xF1])
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test func announcingATebibyteAndSendingNothingTimesOut() throws {
            try attack { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: [], announced: 1 << 40))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isTimeout, "\(reason)")
            }
        }

        @Test func oversizeIsAViolation() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: pattern((256 << 10) + 1)))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isViolation, "\(reason)")
                #expect(client.waitForEnd() != .deadline)
                #expect(pair.hubLog.all.messages.isEmpty)
            }
        }

        @Test func manyFragmentsAreCountedTogether() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: pattern(1024), isFinal: false))
                for _ in 0..<300 { client.send(RawClient.frame(opcode: 0, payload: pattern(1024), isFinal: false)) }
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isViolation, "\(reason)")
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test func fragmentsWithAPingBetweenThemAreOneMessage() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: [1, 2], isFinal: false))
                client.send(RawClient.frame(opcode: 9, payload: [9]))
                client.send(RawClient.frame(opcode: 0, payload: [3], isFinal: true))
                #expect(try pair.hubLog.waitForMessages(1).first == [1, 2, 3])
            }
        }

        @Test func textIsClosedWith1003() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 1, payload: Array("hello".utf8)))
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isViolation, "\(reason)")
                let close = client.receiveFrame()
                #expect(close?.opcode == 8 && close?.payload.prefix(2) == [0x03, 0xEB])
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test(arguments: [
            [0x83, 0x81, 0, 0, 0, 0, 65],  // reserved opcode
            [0xF2, 0x81, 0, 0, 0, 0, 65],  // reserved bits
            [0x80, 0x81, 0, 0, 0, 0, 65],  // continuation of nothing
            [0x89, 0xFE, 0x01, 0x00, 0, 0, 0, 0],  // a ping of 256 bytes
            [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],  // a length with the top bit set
        ] as [[UInt8]])
        func garbageFramesEndTheConnection(frame: [UInt8]) throws {
            // Not the silence but the broken rule must end it.
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(frame)
                // Of impossible lengths the library does not say why it gave up.
                let reason = try pair.hubLog.waitForClosed()
                #expect(reason.isViolation || reason.isLost, "\(reason)")
                #expect(client.waitForEnd() != .deadline)
            }
        }

        @Test func garbageInsteadOfAHandshakeIsDropped() throws {
            try attack(handshake: false) { (client, pair) throws in
                client.send(pattern(100_000))
                #expect(client.waitForEnd() != .deadline)
                #expect(pair.hubLog.all.isEmpty)
            }
        }

        @Test(arguments: ["other.v9", "converge.v2", nil])
        func wrongSubprotocolIsRefused(name: String?) throws {
            try attack(handshake: false) { (client, pair) throws in
                let answer = try client.handshake(subprotocol: name)
                #expect(!answer.hasPrefix("HTTP/1.1 101"))
                #expect(client.waitForEnd() != .deadline)
                #expect(pair.hubLog.all.isEmpty)
            }
        }

        @Test func aPlainPageRequestIsRefused() throws {
            try attack(handshake: false) { (client, pair) throws in
                client.send("GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(String(decoding: client.receive(12), as: UTF8.self) == "HTTP/1.1 426")
                #expect(client.waitForEnd() != .deadline)
            }
        }

        /// A known deviation from RFC 6455, section 5.1: libwebsockets 4.1.6 takes unmasked frames, and does
        /// not tell. They must do no harm beyond that.
        @Test func unmaskedFramesDoNoHarm() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 2, payload: [1, 2, 3], isMasked: false))
                #expect(try pair.hubLog.waitForMessages(1).first == [1, 2, 3])
            }
        }

        @Test(arguments: [[], [1, 2, 3]] as [[UInt8]])
        func pingsAreAnswered(payload: [UInt8]) throws {
            try attack(limits: patientLimits()) { (client, _) throws in
                client.send(RawClient.frame(opcode: 9, payload: payload))
                let answer = client.receiveFrame()
                #expect(answer?.opcode == 10 && answer?.payload == payload)
            }
        }

        @Test func aCloseFrameIsAnswered() throws {
            try attack(limits: patientLimits()) { (client, pair) throws in
                client.send(RawClient.frame(opcode: 8, payload: [0x0F, 0xA1] + Array("bye".utf8)))
                #expect(try pair.hubLog.waitForClosed() == .remote(code: 4001, reason: "bye"))
                #expect(client.receiveFrame()?.opcode == 8)
                #expect(client.waitForEnd() == .endOfStream)
            }
        }

        @Test func leavingWithoutGoodbyeIsLost() throws {
            let pair = try Pair()
            defer { pair.stop() }
            var client: RawClient? = try RawClient(port: pair.hub.port)
            try client?.handshake()
            _ = try pair.hubLog.waitForOpened()
            client = nil
            guard case .lost = try pair.hubLog.waitForClosed() else {
                Issue.record("\(pair.hubLog.all)")
                return
            }
        }
    }
}

extension CloseReason {
    var isTimeout: Bool { if case .timeout = self { true } else { false } }
    var isViolation: Bool { if case .violation = self { true } else { false } }
    var isLost: Bool { if case .lost = self { true } else { false } }
    var isUnreachable: Bool { if case .unreachable = self { true } else { false } }
}

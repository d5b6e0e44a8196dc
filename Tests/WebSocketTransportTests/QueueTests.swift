import Foundation
import ReplicationEngine
import Testing
import WebSocketTransport

extension TransportTests {
    /// Packing, lanes and bounds, seen by a raw client that reads frame by frame.
    @Suite struct QueueTests {
        private let piece = pattern(64 << 10)

        /// A hub and a raw client that has not begun to read.
        private func withRawClient(
            limits: TransportLimits = TransportLimits(), receiveBuffer: Int32? = nil,
            _ body: (RawClient, WebSocketListener, ConnectionID, EventLog) throws -> Void
        ) throws {
            let log = EventLog()
            let hub = try WebSocketListener(address: ListenAddress(port: 0), limits: limits) { log.add($0) }
            defer { hub.stop() }
            let client = try RawClient(port: hub.port, receiveBuffer: receiveBuffer)
            try client.handshake()
            try body(client, hub, log.waitForOpened(), log)
        }

        @Test func smallMessagesAreJoinedInOrder() throws {
            try withRawClient { (client, hub, id, _) throws in
                let messages = (0..<10_000).map { pattern(20, seed: UInt8($0 & 0xFF)) }
                for message in messages { hub.send(message, lane: .changes, to: id) }
                let total = 10_000 * 20
                var bytes: [UInt8] = []
                var frames = 0
                while bytes.count < total, let frame = client.receiveFrame() {
                    #expect(frame.opcode == 2 && frame.isFinal)
                    #expect(frame.payload.count <= TransportLimits().packedBytes)
                    bytes += frame.payload
                    frames += 1
                }
                #expect(bytes == Array(messages.joined()))
                #expect(frames < 5_000, "\(frames) frames for 10,000 messages")
            }
        }

        @Test func aMessageAboveThePackingLimitIsOneFrame() throws {
            try withRawClient { (client, hub, id, _) throws in
                let message = pattern(1 << 20)
                hub.send([1], lane: .changes, to: id)
                hub.send(message, lane: .changes, to: id)
                hub.send([2], lane: .changes, to: id)
                var payloads: [[UInt8]] = []
                while payloads.joined().count < message.count + 2, let frame = client.receiveFrame() {
                    payloads.append(frame.payload)
                }
                #expect(payloads == [[1], message, [2]])
            }
        }

        @Test func urgentOvertakesQueuedBulk() throws {
            try withRawClient(receiveBuffer: 8192) { (client, hub, id, log) throws in
                // More than the sockets' buffers hold, so that most of it still waits in the queue.
                for _ in 0..<200 { hub.send(piece, lane: .blobs, to: id) }
                hub.send([7], lane: .changes, to: id)
                hub.send([8], lane: .urgent, to: id)
                var order: [Int] = []
                while order.count < 202, let frame = client.receiveFrame() { order.append(frame.payload.count) }
                #expect(order.count == 202)
                let small = order.indices.filter { order[$0] == 1 }
                #expect(small.count == 2 && small[0] + 1 == small[1])
                #expect((small.last ?? 202) < 190, "urgent came at place \(small) of 202")
            }
        }

        @Test func drainedIsReportedAfterThePressure() throws {
            var limits = TransportLimits()
            limits.lowWaterBytes = 1 << 20
            try withRawClient(limits: limits, receiveBuffer: 8192) { (client, hub, id, log) throws in
                for _ in 0..<200 { hub.send(piece, lane: .blobs, to: id) }
                #expect(!log.all.contains(.drained(id)))
                var bytes = 0
                while bytes < 200 * (64 << 10), let frame = client.receiveFrame() { bytes += frame.payload.count }
                try log.wait("drained") { $0.contains(.drained(id)) ? true : nil }
                #expect(log.all.filter { $0 == .drained(id) }.count == 1)
            }
        }

        @Test func aClientThatDoesNotReadOverflows() throws {
            var limits = TransportLimits()
            limits.messageBytes = 1 << 20
            limits.queuedBytes = 8 << 20
            try withRawClient(limits: limits, receiveBuffer: 8192) { (client, hub, id, log) throws in
                for _ in 0..<400 { hub.send(piece, lane: .changes, to: id) }
                #expect(try log.waitForClosed() == .overflow)
                #expect(client.waitForEnd() != .deadline)
                #expect(log.all.closedReasons.count == 1)
            }
        }

        @Test func queuedMessagesAreWrittenBeforeTheClose() throws {
            try withRawClient { (client, hub, id, log) throws in
                for _ in 0..<50 { hub.send(piece, lane: .blobs, to: id) }
                hub.close(id, reason: .local(code: 4000, reason: "enough"))
                hub.send([1], lane: .urgent, to: id)
                var bytes = 0
                var last: (opcode: UInt8, isFinal: Bool, payload: [UInt8])?
                while let frame = client.receiveFrame() {
                    last = frame
                    if frame.opcode == 8 { break }
                    bytes += frame.payload.count
                }
                #expect(bytes == 50 * (64 << 10), "what is sent after close() is dropped")
                #expect(last?.payload == [0x0F, 0xA0] + Array("enough".utf8))
                client.send(RawClient.frame(opcode: 8, payload: [0x0F, 0xA0]))
                #expect(try log.waitForClosed() == .local(code: 4000, reason: "enough"))
            }
        }

        @Test func aCloseThatNobodyAnswersEndsAtItsDeadline() throws {
            var limits = TransportLimits()
            limits.closeMilliseconds = 200
            try withRawClient(limits: limits, receiveBuffer: 8192) { (client, hub, id, log) throws in
                for _ in 0..<100 { hub.send(piece, lane: .blobs, to: id) }
                hub.close(id, reason: .local(code: 4000, reason: "enough"))
                #expect(try log.waitForClosed() == .local(code: 4000, reason: "enough"))
                #expect(client.waitForEnd() != .deadline)
            }
        }
    }
}

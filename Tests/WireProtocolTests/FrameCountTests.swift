import Testing
import TestSupport
@testable import WireProtocol

/// How many messages a frame holds, told without decoding it.
struct FrameCountTests {
    @Test func countsWhatDecodingFinds() throws {
        var random = SplitMix64(seed: 61)
        var decoded = 0
        for _ in 0..<2_000 {
            // Messages of any content between fields of later versions, cut somewhere or not.
            var bytes: [UInt8] = []
            for _ in 0..<random.next() % 6 {
                switch random.next() % 5 {
                case 0: bytes += [0x0A, 0x00]
                case 1: bytes += [0x0A, 0x02, 0x9A, 0x01]
                case 2: bytes += [0x10, 0x96, 0x01]
                case 3: bytes += [0x19] + random.bytes(8) + [0x25] + random.bytes(4)
                default: bytes += [0x32, 0x03] + random.bytes(3)
                }
            }
            if random.oneIn(3) { bytes = Array(bytes.prefix(Int(random.next() % 20))) }
            let frame: WireFrame
            do {
                frame = try WireFrame(serializedBytes: bytes)
            } catch {
                continue
            }
            decoded += 1
            #expect(WireFrame.holdsAtMost(frame.messages.count, bytes))
            if !frame.messages.isEmpty { #expect(!WireFrame.holdsAtMost(frame.messages.count - 1, bytes), "\(Hex.text(bytes))") }
        }
        #expect(decoded > 1_000)
    }

    @Test func stopsAtTheLimit() {
        let many = Array(repeating: [0x0A, 0x00] as [UInt8], count: 1_000).flatMap { $0 }
        #expect(WireFrame.holdsAtMost(1_000, many) && !WireFrame.holdsAtMost(999, many))
        // What is no frame is left to the decoder.
        #expect(WireFrame.holdsAtMost(5, [0xFF, 0xFF]) && WireFrame.holdsAtMost(5, [0x0A, 0x7F, 0x00]))
    }
}

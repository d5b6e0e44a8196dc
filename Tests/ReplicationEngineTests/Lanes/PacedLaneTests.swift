import Foundation
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// The changes lane on simulated lines: what is under way fills the line, and leaves next to no queue on it.
struct PacedLaneTests {
    /// A line with a router's queue before each direction, and a receiver that answers, then works. Times in milliseconds.
    private struct Line {
        /// Bytes in a millisecond, both ways, and the headers of what is sent together.
        var rate: Double
        /// One way.
        var delay: Double
        var headers = 60.0
        /// What the receiver does with each so many bytes before it reads on.
        var workBytes = 0
        var work = 0.0
        /// From here on, each way takes so much longer.
        var change: (at: Double, delay: Double)?
    }

    private struct Outcome {
        /// In bytes of fragments in a millisecond, over the second half.
        var throughput = 0.0
        /// How long something urgent would be under way, at regular moments of the second half.
        var urgent: [Double] = []

        func percentile(_ share: Double) -> Double { urgent.sorted()[Int(share * Double(urgent.count - 1))] }
    }

    private func run(_ line: Line, for duration: Double) -> Outcome {
        var lane = PacedLane()
        var outcome = Outcome()
        var free = 0.0, backFree = 0.0, busy = 0.0
        var received: UInt64 = 0, atHalf: UInt64 = 0, sinceWork = 0
        var answers: [(at: Double, bytes: UInt64)] = []
        var now = 0.0, nextProbe = duration / 2
        func fill() {
            while lane.queuedFrames < 4 { lane.append([UInt8](repeating: 7, count: 48 << 10)) }
            for fragment in lane.takeFragments(at: UInt64(now)) {
                let delay = line.change.map { now >= $0.at ? $0.delay : line.delay } ?? line.delay
                free = max(free, now) + (Double(fragment.data.count) + line.headers) / line.rate
                let taken = max(free + delay, busy)
                received += UInt64(fragment.data.count)
                backFree = max(backFree, taken) + line.headers / line.rate
                answers.append((backFree + delay, received))
                busy = taken
                sinceWork += fragment.data.count
                if line.workBytes > 0, sinceWork >= line.workBytes {
                    sinceWork -= line.workBytes
                    busy += line.work
                }
            }
        }
        fill()
        while !answers.isEmpty, now < duration {
            let answer = answers.removeFirst()
            while nextProbe < answer.at, nextProbe < duration {
                // An urgent message of 150 bytes that comes to the line now, after what stands in its queue.
                outcome.urgent.append(max(free - nextProbe, 0) + (150 + line.headers) / line.rate + line.delay)
                nextProbe += 7
            }
            now = answer.at
            if atHalf == 0, now >= duration / 2 { atHalf = answer.bytes }
            let isBelieved = lane.noteReceived(answer.bytes, at: UInt64(now))
            #expect(isBelieved)
            outcome.throughput = Double(answer.bytes - atHalf) / (duration / 2)
            fill()
        }
        return outcome
    }

    @Test func aSlowLineIsFilledAndHasNoQueue() {
        // 256 kbit/s and a round trip of 40 ms.
        let outcome = run(Line(rate: 32, delay: 20), for: 60_000)
        #expect(outcome.percentile(0.95) <= 100)
        #expect(outcome.percentile(1) <= 150)
        // 512 bytes of each 572 are the lane's.
        #expect(outcome.throughput >= 0.75 * 32, "\(outcome.throughput)")
    }

    @Test(arguments: [(125.0, 5.0), (1_250, 20), (12_500, 20), (12_500, 0.2)])
    func aFastLineIsFilled(rate: Double, delay: Double) {
        let outcome = run(Line(rate: rate, delay: delay), for: 20_000)
        #expect(outcome.throughput >= 0.75 * rate, "\(outcome.throughput)")
        #expect(outcome.percentile(0.95) <= delay + 80)
    }

    /// On loopback it is the device's store that takes its time, and it must always have something to do.
    @Test func aReceiverThatWorksIsKeptBusy() {
        let line = Line(rate: 1_000_000, delay: 0.05, workBytes: 48 << 10, work: 6)
        let outcome = run(line, for: 10_000)
        #expect(outcome.throughput >= 0.95 * Double(48 << 10) / 6, "\(outcome.throughput)")
    }

    /// A way that has become longer is no queue, and a lane that took it for one would stand still.
    @Test func aWayThatBecomesLongerIsLearnt() {
        let outcome = run(Line(rate: 1_250, delay: 20, change: (at: 2_000, delay: 120)), for: 60_000)
        #expect(outcome.throughput >= 0.5 * 1_250, "\(outcome.throughput)")
    }

    // MARK: The rules

    @Test func fragmentsMakeTheFramesAgain() throws {
        var random = SplitMix64(seed: 3)
        var lane = PacedLane(), assembly = FragmentAssembly()
        let frames = (0..<20).map { _ in random.bytes(Int(random.next() % 9_000) + 1) }
        var arrived: [[UInt8]] = []
        for frame in frames { lane.append(frame) }
        while !lane.isEmpty {
            let fragments = lane.takeFragments(at: 0)
            #expect(!fragments.isEmpty, "one always goes when nothing is under way")
            for fragment in fragments { if let frame = try assembly.take(fragment) { arrived.append(frame) } }
            let isBelieved = lane.noteReceived(assembly.received, at: 0)
            #expect(isBelieved)
        }
        #expect(arrived == frames)
    }

    @Test func noMoreIsUnderWayThanTheWindow() {
        var lane = PacedLane()
        lane.append([UInt8](repeating: 0, count: 1 << 20))
        let first = lane.takeFragments(at: 0).reduce(0) { $0 + $1.data.count }
        #expect(first == LaneLimits.leastWindow)
        let withoutCredit = lane.takeFragments(at: 5_000)
        #expect(withoutCredit.isEmpty, "time alone gives none")
        let isBelieved = lane.noteReceived(UInt64(LaneLimits.leastFragment), at: 5_000)
        let withCredit = lane.takeFragments(at: 5_000)
        #expect(isBelieved && !withCredit.isEmpty)
    }

    @Test func creditForWhatWasNotSentIsRefused() {
        var lane = PacedLane()
        lane.append([1, 2, 3])
        _ = lane.takeFragments(at: 0)
        // Less than before changes nothing.
        let isBelieved = [UInt64(4), 3, 2].map { lane.noteReceived($0, at: 1) }
        #expect(isBelieved == [false, true, true])
        #expect(lane.window == LaneLimits.leastWindow)
    }

    @Test func aFrameThatIsTooLargeIsNotAssembled() throws {
        var assembly = FragmentAssembly()
        var fragment = WireFragment()
        fragment.data = Data(repeating: 0, count: 1 << 20)
        for _ in 0..<4 {
            let frame = try assembly.take(fragment)
            #expect(frame == nil)
        }
        #expect(throws: WireError.self) { _ = try assembly.take(fragment) }
    }

    @Test func theLimitsFitTogether() { #expect(LaneLimits.areConsistent) }
}

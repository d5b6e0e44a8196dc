import Dispatch
import Foundation

/// One direction of a connection through a weather link: pieces go in as they are read, and come out when they arrive.
///
/// `@unchecked` because its state is touched under `condition` only.
final class LinkDirection: @unchecked Sendable {
    /// What comes out.
    enum Arrival: Equatable {
        case bytes([UInt8])
        /// The sender has nothing more to say.
        case end
        /// A packet was lost too often: the connection is over.
        case cut
    }

    private struct Piece {
        /// When it arrives, on the monotonic clock, in seconds.
        var arrival: Double
        var what: Arrival
    }

    private let condition = NSCondition()
    private var weather: LinkWeather
    private var pieces: [Piece] = []
    private var heldBytes = 0
    /// When everything that was put in has left the queue before the line.
    private var free = 0.0
    private var lastArrival = 0.0
    private var isCut = false
    private var hasLost = false
    private let leastRetransmission: Double

    /// - Parameter leastRetransmission: in milliseconds.
    init(_ weather: LinkWeather, leastRetransmission: Double = LinkLimits.leastRetransmissionMilliseconds) {
        self.weather = weather
        self.leastRetransmission = leastRetransmission
    }

    static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// From now on; what is on its way arrives as it would have.
    ///
    /// - Returns: whether bytes were lost for good before, so that nothing can follow them.
    func change(to weather: LinkWeather) -> Bool {
        condition.withLock {
            self.weather = weather
            free = min(free, Self.now + Self.longestQueue(weather))
            condition.broadcast()
            return hasLost
        }
    }

    func cut() {
        condition.withLock {
            isCut = true
            condition.broadcast()
        }
    }

    /// Waits until the line can take a packet more.
    func waitForRoom() {
        condition.withLock {
            while !isCut {
                let excess = free - Self.now - Self.longestQueue(weather)
                if excess <= 0, heldBytes < LinkLimits.heldBytes { return }
                _ = condition.wait(until: Date(timeIntervalSinceNow: max(excess, 0.05)))
            }
        }
    }

    func put(_ what: Arrival) {
        condition.withLock {
            let count = if case .bytes(let bytes) = what { bytes.count } else { 0 }
            let now = Self.now
            free = max(free, now)
            if let rate = weather.bytesPerSecond { free += Double(count + LinkLimits.headerBytes) / rate }
            let stall = stall()
            let jitter = weather.jitterMilliseconds > 0 ? Double.random(in: 0...weather.jitterMilliseconds) : 0
            lastArrival = max(lastArrival, free + (weather.delayMilliseconds + jitter) / 1_000 + stall.seconds)
            heldBytes += count
            pieces.append(Piece(arrival: lastArrival, what: stall.isForGood ? .cut : what))
            condition.signal()
        }
    }

    /// The next thing when it arrives; nil once the direction was cut.
    func take() -> Arrival? {
        condition.withLock {
            while !isCut {
                guard let piece = pieces.first else {
                    condition.wait()
                    continue
                }
                let wait = piece.arrival - Self.now
                if wait > 0 {
                    _ = condition.wait(until: Date(timeIntervalSinceNow: wait))
                    continue
                }
                pieces.removeFirst()
                if case .bytes(let bytes) = piece.what { heldBytes -= bytes.count }
                condition.broadcast()
                if weather.reach == .open { return piece.what }
                hasLost = true
            }
            return nil
        }
    }

    /// How much longer a packet takes because it was lost on the way, in seconds.
    private func stall() -> (seconds: Double, isForGood: Bool) {
        var milliseconds = 0.0
        var timeout = max(leastRetransmission, 4 * (weather.delayMilliseconds + weather.jitterMilliseconds))
        for _ in 0..<LinkLimits.retransmissions {
            guard weather.loss > 0, Double.random(in: 0..<1) < weather.loss else { return (milliseconds / 1_000, false) }
            milliseconds += timeout
            timeout *= 2
        }
        return (milliseconds / 1_000, true)
    }

    private static func longestQueue(_ weather: LinkWeather) -> Double {
        weather.bytesPerSecond.map { Double(LinkLimits.queueBytes) / $0 } ?? .infinity
    }
}

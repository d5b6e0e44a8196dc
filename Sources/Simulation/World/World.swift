import Crypto
import ReplicationCore

/// Simulated time: what is going to happen, in order, and a hash of what has.
final class World {
    /// Milliseconds since the start.
    private(set) var now: UInt64 = 0
    /// For everything that chance decides during the run.
    var random: SplitMix
    private var heap: [Event] = []
    private var scheduled: UInt64 = 0
    private var hash = SHA256()
    private(set) var events: UInt64 = 0
    /// Takes a line for each traced event, for people; nil: nobody reads it.
    var log: ((String) -> Void)?

    /// The hub's wall clock at the start: 2026-06-15T06:00:00Z.
    static let start: UInt64 = 1_781_503_200_000

    private struct Event {
        let at: UInt64
        /// Events of one moment happen in the order in which they were scheduled.
        let order: UInt64
        let body: () -> Void

        func isBefore(_ other: Event) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    func after(_ milliseconds: UInt64, _ body: @escaping () -> Void) {
        scheduled += 1
        heap.append(Event(at: now + milliseconds, order: scheduled, body: body))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Lets everything happen up to a moment, or until `isOver` says so.
    func run(until end: UInt64, isOver: () -> Bool = { false }) {
        while let first = heap.first, first.at <= end, !isOver() {
            removeFirst()
            now = first.at
            events += 1
            first.body()
        }
        if !isOver() { now = max(now, end) }
    }

    /// Nothing happens any more. What was to happen holds those to whom it would have.
    func end() { heap.removeAll() }

    private func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    // MARK: Trace

    /// Notes what happened.
    ///
    /// - Parameter remark: for people; not a part of the hash, so it may name files.
    func trace(_ what: @autoclosure () -> String, _ bytes: [UInt8] = [], remark: String = "") {
        let text = what()
        withUnsafeBytes(of: now.littleEndian) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(text.utf8))
        hash.update(data: bytes)
        log?("\(Self.clock(now)) \(text)\(remark)\(bytes.isEmpty ? "" : ", \(bytes.count) bytes")")
    }

    /// Tells people what follows from what was noted.
    func tell(_ what: String) { log?("\(Self.clock(now)) \(what)") }

    /// The hash of everything traced so far.
    var traceHash: [UInt8] { Array(hash.finalize()) }

    /// `01:02:03.456` since the start.
    static func clock(_ milliseconds: UInt64) -> String {
        func padded(_ number: UInt64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let seconds = milliseconds / 1_000
        return "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(milliseconds % 1_000, 3))"
    }

    func chance(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }
}

import CustomerMessages
import Testing

@Suite struct RetryPlanTests {
    private static let minute: Int64 = 60_000

    private func waits(_ message: String) -> [Int64] {
        var waits: [Int64] = []
        var failed: Int64 = 1_795_428_000_000
        let due = failed
        while let next = RetryPlan.next(after: waits.count + 1, dueAt: due, failedAt: failed, message: message) {
            waits.append(next - failed)
            failed = next
            if waits.count > 100 { break }
        }
        #expect(failed - due < 3 * 24 * 60 * Self.minute)
        return waits
    }

    @Test func itWaitsTwiceAsLongEachTimeForThreeDays() {
        for message in (0..<500).map({ "message-\($0)" }) {
            let waits = waits(message)
            #expect((20...26).contains(waits.count))
            for (index, wait) in waits.enumerated() {
                let whole = min(Self.minute << Int64(index), 360 * Self.minute)
                #expect(wait <= whole && wait >= whole - whole / 5)
            }
            #expect(waits == self.waits(message))
        }
    }

    /// What failed together is tried at different times.
    @Test func messagesAreSpread() {
        for tries in 1...12 {
            let times = (0..<1_000).compactMap { RetryPlan.next(after: tries, dueAt: 0, failedAt: 0, message: "m\($0)") }
            let whole = min(Self.minute << Int64(tries - 1), 360 * Self.minute)
            // Each tenth of the spread has some, and none has more than a fifth.
            let tenths = times.reduce(into: [Int64: Int]()) { $0[min(9, (whole - $1) * 10 / (whole / 5)), default: 0] += 1 }
            #expect(times.count == 1_000 && tenths.count == 10 && tenths.values.allSatisfy { $0 < 200 })
        }
    }

    @Test func anyCountOfTriesIsTaken() {
        for tries in [Int.min, -1, 0, 1] { #expect(RetryPlan.next(after: tries, dueAt: 0, failedAt: 0, message: "").map { $0 <= Self.minute } == true) }
        for tries in [10, 48, 49, 63, 64, 65, .max] {
            #expect(RetryPlan.next(after: tries, dueAt: 0, failedAt: 0, message: "").map { $0 >= 288 * Self.minute && $0 <= 360 * Self.minute } == true, "\(tries)")
        }
    }
}

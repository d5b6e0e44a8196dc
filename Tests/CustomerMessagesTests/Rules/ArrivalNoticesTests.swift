import CustomerMessages
import TestSupport
import Testing

@Suite struct ArrivalNoticesTests {
    typealias News = ArrivalNotices.News
    private static let minute: Int64 = 60_000
    /// 2026-11-23 10:00 in UTC.
    private static let ten: Int64 = 1_795_428_000_000

    private func at(_ minutes: Int64) -> Int64 { Self.ten + minutes * Self.minute }

    private func notices(threshold: Int = 15, gap: Int = 10, most: Int = 4, way: Bool = true, quiet: (String, String)? = nil) throws -> ArrivalNotices {
        let hours = try quiet.map { try QuietHours(from: LocalTime($0.0), to: LocalTime($0.1), in: LocalClock(zone: "UTC")) }
        return ArrivalNotices(
            try ArrivalRule(thresholdMinutes: threshold, gapMinutes: gap, mostMessages: most, tellsOnTheWay: way, quietHours: hours))
    }

    @Test func aDayAsItGoes() throws {
        var notices = try notices()
        let window = at(60)...at(180)
        // Within the window that was confirmed there is nothing to say, and a little beyond neither.
        #expect(notices.take(.init(.planned, window: window, arrival: at(100)), at: at(0)) == .nothing)
        #expect(notices.take(.init(.planned, window: window, arrival: at(194)), at: at(1)) == .nothing)
        #expect(notices.take(.init(.planned, window: window, arrival: at(195)), at: at(2)) == .send(.visitArrivalChanged, arrival: at(195), former: nil))
        #expect(notices.take(.init(.planned, window: window, arrival: at(205)), at: at(3)) == .nothing)
        // What matters is the difference to what was told, however small the steps; it waits for the gap.
        #expect(notices.take(.init(.planned, window: window, arrival: at(211)), at: at(4)) == .hold(until: at(12)))
        // The newest wins.
        #expect(notices.take(.init(.planned, window: window, arrival: at(230)), at: at(12)) == .send(.visitArrivalChanged, arrival: at(230), former: at(195)))
        #expect(notices.take(.init(.onTheWay, window: window, arrival: at(228)), at: at(200)) == .send(.visitOnTheWay, arrival: at(228), former: nil))
        #expect(notices.take(.init(.onTheWay, window: window, arrival: at(220)), at: at(211)) == .nothing)
        #expect(notices.take(.init(.onTheWay, window: window, arrival: at(250)), at: at(212)) == .send(.visitArrivalChanged, arrival: at(250), former: at(228)))
        // That was the last of four.
        #expect(notices.take(.init(.onTheWay, window: window, arrival: at(400)), at: at(230)) == .nothing)
        #expect(notices.told.messages == 4)
    }

    @Test func theLastMessageIsKeptForOnTheWay() throws {
        var notices = try notices(most: 1)
        #expect(notices.take(.init(.planned, arrival: at(300)), at: at(0)) == .nothing)
        #expect(notices.take(.init(.onTheWay, arrival: at(310)), at: at(290)) == .send(.visitOnTheWay, arrival: at(310), former: nil))
        var without = try self.notices(most: 1, way: false)
        #expect(without.take(.init(.planned, arrival: at(300)), at: at(0)) == .send(.visitArrivalChanged, arrival: at(300), former: nil))
        #expect(without.take(.init(.onTheWay, arrival: at(310)), at: at(290)) == .nothing)
        var none = try self.notices(most: 0)
        #expect(none.take(.init(.onTheWay, arrival: at(310)), at: at(290)) == .nothing)
    }

    @Test func quietHoursHoldAndArrivalsWithinThemAreNotTold() throws {
        var notices = try notices(quiet: ("09:00", "12:00"))
        #expect(notices.take(.init(.planned, arrival: at(300)), at: at(0)) == .hold(until: at(120)))
        #expect(notices.take(.init(.planned, arrival: at(60)), at: at(1)) == .nothing)
        #expect(notices.take(.init(.onTheWay, arrival: at(120)), at: at(2)) == .nothing)
        #expect(notices.take(.init(.onTheWay, arrival: nil), at: at(2)) == .hold(until: at(120)))
        #expect(notices.take(.init(.onTheWay, arrival: at(121)), at: at(120)) == .send(.visitOnTheWay, arrival: at(121), former: nil))
    }

    @Test func whatIsPastIsNotToldAsATimeToCome() throws {
        var notices = try notices()
        #expect(notices.take(.init(.planned, window: at(10)...at(20), arrival: at(99)), at: at(99)) == .nothing)
        #expect(notices.take(.init(.onTheWay, arrival: at(99)), at: at(100)) == .send(.visitOnTheWay, arrival: nil, former: nil))
    }

    @Test func numbersThatAreNoTimesTellNothing() throws {
        for number in [Int64.min, .min + 1, -1, .max, .max - 1] {
            var notices = try notices()
            #expect(notices.take(.init(.planned, window: number...number, arrival: number), at: at(0)) == .nothing)
            #expect(notices.take(.init(.planned, window: .min...(.max), arrival: at(9)), at: at(0)) == .nothing)
            #expect(notices.take(.init(.onTheWay, arrival: number), at: at(0)) == .send(.visitOnTheWay, arrival: nil, former: nil))
            let odd = ArrivalNotices(notices.rule, told: .init(messages: 1, at: number, arrival: number, isOnTheWay: true))
            #expect(odd.decide(.init(.onTheWay, arrival: at(60)), at: at(20)) != .nothing)
        }
    }

    /// What holds for any rule, whatever comes.
    private struct Laws {
        var notices: ArrivalNotices
        var sent: [(at: Int64, kind: MessageKind)] = []

        mutating func take(_ news: News, at now: Int64) -> ArrivalNotices.Action {
            let rule = notices.rule
            let before = notices.told
            let action = notices.take(news, at: now)
            let threshold = Int64(rule.thresholdMinutes) * minute
            switch action {
            case .send(let kind, let arrival, let former):
                #expect(news.status == .planned || news.status == .onTheWay)
                #expect(rule.quietHours?.contains(now) != true)
                if let last = sent.last { #expect(now - last.at >= Int64(rule.gapMinutes) * minute) }
                sent.append((now, kind))
                #expect(sent.count <= rule.mostMessages && sent.count == notices.told.messages)
                #expect(sent.count { $0.kind == .visitOnTheWay } <= (rule.tellsOnTheWay ? 1 : 0))
                // What is told is the newest, and still to come.
                #expect(arrival == nil || (arrival == news.arrival && arrival.map { $0 > now } == true))
                if kind == .visitArrivalChanged {
                    #expect(arrival != nil && former == before.arrival)
                    if let former, let arrival { #expect(abs(arrival - former) >= threshold) }
                } else {
                    #expect(kind == .visitOnTheWay && news.status == .onTheWay && former == nil)
                }
                #expect(notices.decide(news, at: now) == .nothing)
            case .hold(let until):
                #expect(until > now && notices.told == before)
                #expect(rule.quietHours?.contains(until) != true)
                // If nothing else happens, it is sent then.
                if case .send = notices.decide(news, at: until) {} else { Issue.record("held for nothing") }
            case .nothing:
                #expect(notices.told == before)
                let hasRoom = before.messages < rule.mostMessages - (rule.tellsOnTheWay && !before.isOnTheWay ? 1 : 0)
                let isOpen = news.status == .planned || news.status == .onTheWay
                // Whoever was told an arrival knows it to within the threshold, as long as messages are allowed.
                if isOpen, hasRoom, rule.quietHours == nil, let arrival = news.arrival, let told = before.arrival, let at = before.at,
                    arrival > max(now, at + Int64(rule.gapMinutes) * minute)
                {
                    #expect(abs(arrival - told) < threshold)
                }
                if isOpen, news.status == .onTheWay, rule.tellsOnTheWay, rule.mostMessages > 0, rule.quietHours == nil, before.at == nil {
                    #expect(before.isOnTheWay)
                }
            }
            return action
        }
    }

    /// All news of four steps, for small rules.
    @Test(arguments: [(1, 0), (1, 2), (2, 1), (3, 3)], [true, false]) func allShortDaysKeepTheLaws(_ small: (gap: Int, most: Int), _ way: Bool) throws {
        let news: [(ArrivalNotices.Status, Int64?)] = [
            (.planned, nil), (.planned, 1), (.planned, 4), (.planned, 7), (.onTheWay, nil), (.onTheWay, 2), (.onTheWay, 5), (.onTheWay, 9), (.begun, 5), (.over, nil),
        ]
        let start = try notices(threshold: 3, gap: small.gap, most: small.most, way: way)
        func go(_ laws: Laws, _ step: Int64) {
            guard step < 4 else { return }
            for (status, arrival) in news {
                var next = laws
                _ = next.take(.init(status, window: step % 2 == 0 ? at(3)...at(4) : nil, arrival: arrival.map(at)), at: at(step))
                go(next, step + 1)
            }
        }
        go(Laws(notices: start), 0)
    }

    @Test(arguments: 0..<60) func randomDaysKeepTheLaws(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let quiet: [(String, String)?] = [nil, nil, ("21:00", "07:00"), ("12:00", "14:00"), ("10:30", "10:45")]
        var laws = Laws(notices: try notices(
            threshold: Int.random(in: 1...30, using: &random), gap: Int.random(in: 1...30, using: &random), most: Int.random(in: 0...6, using: &random),
            way: Bool.random(using: &random), quiet: quiet[Int.random(in: 0..<quiet.count, using: &random)]))
        let window = random.oneIn(4) ? nil : at(60)...at(180)
        var news = News(.planned, window: window, arrival: at(120))
        var now = at(-600)
        var wake: Int64?
        while now < at(900) {
            now += Int64.random(in: 1...600_000, using: &random)
            if let time = wake, time <= now { now = time }
            wake = nil
            if random.oneIn(3) { news.arrival = random.oneIn(8) ? nil : at(Int64.random(in: 0...600, using: &random)) }
            if random.oneIn(2), let arrival = news.arrival { news.arrival = arrival + Int64.random(in: -900_000...900_000, using: &random) }
            if random.oneIn(60) { news.status = ArrivalNotices.Status.allCases[Int.random(in: 0..<4, using: &random)] }
            if news.status == .over, random.oneIn(4) { news.status = .planned }
            if case .hold(let until) = laws.take(news, at: now) { wake = until }
        }
    }

    @Test func rulesHaveBounds() {
        for (threshold, gap, most) in [(0, 10, 4), (15, 0, 4), (15, 10, -1), (1_441, 10, 4), (15, 1_441, 4), (15, 10, 21)] {
            #expect(throws: MessageError.self) { try notices(threshold: threshold, gap: gap, most: most) }
        }
    }
}

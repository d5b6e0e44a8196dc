/// What a customer is told of one visit's arrival: news in, and out comes what to send now, if anything.
///
/// What was told is its whole state. Whoever keeps it beside the visit, written together with the message, tells nothing twice. A visit that is planned
/// anew, for another day or window, and confirmed so, begins with none. Times are Unix milliseconds.
public struct ArrivalNotices: Sendable, Equatable {
    public let rule: ArrivalRule
    public private(set) var told: Told

    /// What the customer knows from messages.
    public struct Told: Sendable, Equatable {
        /// Messages about the arrival so far.
        public var messages: Int
        /// When the last one was given away to be sent; nil before the first.
        public var at: Int64?
        /// The arrival that was told last; nil if none was.
        public var arrival: Int64?
        public var isOnTheWay: Bool

        public init(messages: Int = 0, at: Int64? = nil, arrival: Int64? = nil, isOnTheWay: Bool = false) {
            self.messages = messages
            self.at = at
            self.arrival = arrival
            self.isOnTheWay = isOnTheWay
        }
    }

    /// How the visit stands.
    public struct News: Sendable, Equatable {
        public var status: Status
        /// As it was confirmed to the customer; nil if nothing was.
        public var window: ClosedRange<Int64>?
        /// When the technician is expected; nil if nobody has said.
        public var arrival: Int64?

        public init(_ status: Status, window: ClosedRange<Int64>? = nil, arrival: Int64? = nil) {
            self.status = status
            self.window = window
            self.arrival = arrival
        }

        /// Without an arrival that is no time; a device may have written any number.
        fileprivate var bounded: News {
            let window = window.map { Milliseconds.bounded($0.lowerBound)...Milliseconds.bounded($0.upperBound) }
            return News(status, window: window, arrival: arrival.flatMap { Milliseconds.isTime($0) ? $0 : nil })
        }
    }

    public enum Status: String, Sendable, CaseIterable {
        case planned
        case onTheWay
        /// The technician has arrived: from here on there is nothing to tell.
        case begun
        /// Done, not done or canceled.
        case over
    }

    public enum Action: Sendable, Equatable {
        /// - Parameters:
        ///   - arrival: the one to tell; nil in a message that the technician is on the way, if none is known.
        ///   - former: what the customer knew before, if it was an arrival.
        case send(MessageKind, arrival: Int64?, former: Int64?)
        /// Nothing now. Ask again at this time, with how the visit stands then.
        case hold(until: Int64)
        case nothing
    }

    public init(_ rule: ArrivalRule, told: Told = Told()) {
        self.rule = rule
        self.told = told
    }

    /// Decides, and counts what is sent as told.
    public mutating func take(_ news: News, at now: Int64) -> Action {
        let action = decide(news, at: now)
        if case .send(let kind, let arrival, _) = action {
            told.messages += 1
            told.at = now
            told.arrival = arrival ?? told.arrival
            told.isOnTheWay = told.isOnTheWay || kind == .visitOnTheWay
        }
        return action
    }

    /// The same, and forgets it.
    public func decide(_ news: News, at now: Int64) -> Action {
        let news = news.bounded
        guard let kind = kind(news, at: now), told.messages < most(kind) else { return .nothing }
        // What is past is no time to expect somebody.
        let arrival = news.arrival.flatMap { $0 > now ? $0 : nil }
        // A clock that was set back must not hold messages for longer than the gap.
        let gapEnd = told.at.map { Milliseconds.bounded(min($0, now)) + rule.gap } ?? now
        let allowed = rule.quietHours.nextAllowed(after: max(now, gapEnd))
        if allowed == now { return .send(kind, arrival: arrival, former: kind == .visitArrivalChanged ? told.arrival : nil) }
        // By then the technician is there. If that changes, it is news.
        if let expected = arrival, allowed >= expected { return .nothing }
        return .hold(until: allowed)
    }

    private func most(_ kind: MessageKind) -> Int {
        let isKept = rule.tellsOnTheWay && !told.isOnTheWay && kind != .visitOnTheWay
        return rule.mostMessages - (isKept ? 1 : 0)
    }

    /// What there is to say, whenever it may be said; nil for nothing.
    private func kind(_ news: News, at now: Int64) -> MessageKind? {
        switch news.status {
        case .begun, .over: return nil
        case .onTheWay where rule.tellsOnTheWay && !told.isOnTheWay: return .visitOnTheWay
        case .planned, .onTheWay: return matters(news, at: now) ? .visitArrivalChanged : nil
        }
    }

    private func matters(_ news: News, at now: Int64) -> Bool {
        guard let arrival = news.arrival, arrival > now else { return false }
        if let told = told.arrival { return abs(arrival - Milliseconds.bounded(told)) >= rule.threshold }
        guard let window = news.window else { return true }
        return arrival <= window.lowerBound - rule.threshold || arrival >= window.upperBound + rule.threshold
    }
}

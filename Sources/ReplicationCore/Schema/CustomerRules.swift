/// What customers are sent without anybody asking each time, and how long what they were sent holds.
public struct CustomerRules: Sendable, Hashable {
    public var signature = Signature()
    public var codes = Codes()
    /// Between these no message is begun that can wait; nil: there is no such time.
    public var quiet: Quiet?
    public var visit = Visit()
    public var arrival = Arrival()

    public init() {}

    /// By what customers are told, where they can be reached by it; otherwise by the other.
    public enum Channel: String, Sendable, CaseIterable {
        case email
        case sms
    }

    /// Links for signatures.
    public struct Signature: Sendable, Hashable {
        /// How long a link holds, in seconds: an hour to 90 days.
        public var expires: Int64 = 14 * 86_400
        /// When those who have not signed are reminded, in seconds from when the link was sent.
        public var reminders: [Int64] = []

        public init() {}
    }

    /// One-time codes, where a document asks for one.
    public struct Codes: Sendable, Hashable {
        /// How long a code holds, in seconds.
        public var seconds: Int64 = 600
        public var tries = 5
        public var perHour = 3

        public init() {}
    }

    /// From one minute of the day to another, of the day in the customer's territory; it may go over midnight.
    public struct Quiet: Sendable, Hashable {
        public var from: Int
        public var to: Int

        public init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    /// What customers are told of a visit.
    public struct Visit: Sendable, Hashable {
        public var channel = Channel.email
        /// When it is booked.
        public var isConfirmed = false
        /// On the day before, from this minute of the day on; nil: not.
        public var dayBefore: Int?
        public var isOnTheWayTold = false
        /// When it is done, with a survey.
        public var isDoneTold = false
        /// When it is canceled, if they were told of it before.
        public var isCanceledTold = false
        /// Where the technician is, while on the way to them.
        public var showsPosition = false

        public init() {}
    }

    /// Changes of the time at which a technician is expected.
    public struct Arrival: Sendable, Hashable {
        /// Also of word that the technician is on the way.
        public var channel = Channel.email
        /// How much later or earlier than what was told last, in seconds.
        public var threshold: Int64 = 900
        /// Between two messages, in seconds.
        public var gap: Int64 = 600
        /// For one visit; 0: they are not told.
        public var most = 0

        public init() {}
    }
}

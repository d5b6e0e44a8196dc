/// What a customer may know of a visit that is to come: no more than this.
public struct TrackingView: Sendable, Equatable {
    public var sender: PageSender
    /// BCP 47.
    public var language: String
    /// What the visit is for, such as "Lift 3 does not close its doors".
    public var title: String
    public var status: Status
    /// When it is planned, as it is written for the reader; nil if it is not yet.
    public var window: String?
    /// When the technician is expected, as it is written for the reader; nil if nobody has said.
    public var arrival: String?
    /// First name only; nil before somebody is assigned.
    public var technician: String?
    /// Where the technician is; only on the way, and where the company allows it.
    public var position: Position?
    /// When something of this last changed, as it is written for the reader.
    public var updated: String

    public enum Status: String, Sendable, CaseIterable {
        case requested
        case planned
        case enRoute
        case onSite
        case done
        case notDone
        case canceled

        /// Nothing more is to come.
        public var isFinal: Bool { self == .done || self == .notDone || self == .canceled }
    }

    public struct Position: Sendable, Equatable {
        /// WGS 84, in degrees.
        public var latitude: Double
        public var longitude: Double

        public init(latitude: Double, longitude: Double) {
            self.latitude = latitude
            self.longitude = longitude
        }
    }

    public init(
        sender: PageSender, language: String, title: String, status: Status, window: String? = nil, arrival: String? = nil,
        technician: String? = nil, position: Position? = nil, updated: String
    ) {
        self.sender = sender
        self.language = language
        self.title = title
        self.status = status
        self.window = window
        self.arrival = arrival
        self.technician = technician
        self.position = position
        self.updated = updated
    }
}

/// What somebody is asked after a visit.
public struct SurveyView: Sendable, Equatable {
    public var sender: PageSender
    public var language: String
    public var title: String

    public init(sender: PageSender, language: String, title: String) {
        self.sender = sender
        self.language = language
        self.title = title
    }
}

public struct SurveyAnswer: Sendable, Equatable {
    /// 1, not at all satisfied, to 5, very.
    public var score: Int
    /// May be empty; at most 2,000 characters.
    public var comment: String

    public init(score: Int, comment: String) {
        self.score = score
        self.comment = comment
    }
}

public enum SurveyOutcome: Sendable {
    case thanks
    case noScore
    case ended(LinkEnd)
}

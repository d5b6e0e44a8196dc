/// What a message tells, each written for the reader already: in the reader's language, formats and time zone.
///
/// Values are data and never templates or markup. Whatever is in them, they stay within the line that a template gives them.
public struct MessageFacts: Sendable, Equatable {
    /// The company that writes.
    public var sender: String
    /// How to reach the company, a line each, for the foot of a mail.
    public var senderLines: [String]
    /// To whom it is written, as they are greeted.
    public var reader: String?
    /// Where the button leads: `https`, or `http` on this machine.
    public var link: String?

    /// Who asks for the signature.
    public var asker: String?
    /// A personal line of whoever asks.
    public var note: String?
    /// The titles of the documents that it is about.
    public var documents: [String]
    /// What was done, in short.
    public var done: String?
    /// Until when the link leads somewhere.
    public var expires: String?

    /// A one-time code, as it is to be typed: 1 to 20 letters and digits of ASCII. Another one counts as missing.
    public var code: String?
    /// For how many minutes the code is good.
    public var minutes: String?

    /// The name of the file that is attached.
    public var attachment: String?

    /// What a visit is for.
    public var title: String?
    /// Where it is.
    public var site: String?
    /// When it is planned, with its day.
    public var window: String?
    /// The technician's first name.
    public var technician: String?
    /// When the technician is expected.
    public var arrival: String?
    /// The arrival that was told before.
    public var formerArrival: String?

    public init(
        sender: String, senderLines: [String] = [], reader: String? = nil, link: String? = nil, asker: String? = nil, note: String? = nil,
        documents: [String] = [], done: String? = nil, expires: String? = nil, code: String? = nil, minutes: String? = nil, attachment: String? = nil,
        title: String? = nil, site: String? = nil, window: String? = nil, technician: String? = nil, arrival: String? = nil, formerArrival: String? = nil
    ) {
        self.sender = sender
        self.senderLines = senderLines
        self.reader = reader
        self.link = link
        self.asker = asker
        self.note = note
        self.documents = documents
        self.done = done
        self.expires = expires
        self.code = code
        self.minutes = minutes
        self.attachment = attachment
        self.title = title
        self.site = site
        self.window = window
        self.technician = technician
        self.arrival = arrival
        self.formerArrival = formerArrival
    }

    /// Nil if it is missing.
    subscript(_ fact: MessageFact) -> String? {
        switch fact {
        case .reader: reader
        case .sender: sender
        case .link: link
        case .asker: asker
        case .note: note
        case .documents: documents.first
        case .done: done
        case .expires: expires
        case .code: code
        case .minutes: minutes
        case .attachment: attachment
        case .title: title
        case .site: site
        case .window: window
        case .technician: technician
        case .arrival: arrival
        case .formerArrival: formerArrival
        }
    }
}

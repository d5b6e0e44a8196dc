/// What bounds messages to customers; in characters (extended grapheme clusters) unless said otherwise.
public enum MessageLimits {
    // MARK: Templates

    /// In bytes.
    public static let templateBytes = 16 << 10
    public static let paragraphs = 20
    /// Rows of one block of facts.
    public static let rows = 12
    /// Sections within sections of a text.
    public static let depth = 4
    /// One text of a template, in bytes.
    public static let templateTextBytes = 2_000
    /// A company's own templates.
    public static let templates = 500

    // MARK: Facts

    /// A fact that is longer is cut, and ends in `…`.
    public static let factCharacters = 300
    /// A personal line, and what was done.
    public static let longFactCharacters = 1_000
    /// Documents that are named one by one; those beyond are left out.
    public static let documents = 20
    /// Lines at the foot.
    public static let senderLines = 10
    /// A link is never cut; in bytes.
    public static let linkBytes = 1_000
    /// UTF-8 bytes of one character; combining marks can make one character of any length.
    static let characterBytes = 32

    // MARK: What comes of them

    public static let subjectCharacters = 120
    /// In UTF-8; less than what a mail may have.
    public static let subjectBytes = 900
    /// What mail programs show beside the subject.
    public static let preheaderCharacters = 120
    /// Of a short message, as long as shorter values can bring that about; and at most.
    public static let segments = 2
    public static let segmentsAtMost = 3
    /// To which values in a short message are cut, one after the other, until it has at most `segments`; in units of UTF-16.
    static let shortFactUnits = [80, 40, 24, 16, 10]

    // MARK: Rules

    /// Reminders of one request.
    public static let reminders = 10
    /// Of one visit.
    public static let arrivalMessages = 20
    /// Of a rule's threshold, gap or short notice: a day.
    public static let minutes = 1_440
    /// Of a reminder's offset: as long as links live, 90 days.
    public static let reminderHours = 90 * 24
    /// Milliseconds for which a confirmation makes a reminder superfluous.
    public static let confirmationCovers = 2 * Milliseconds.hour
    /// Milliseconds between two tries at most, and after which a message is given up.
    public static let retryWait = 6 * Milliseconds.hour
    public static let retryFor = 3 * Milliseconds.day

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        factCharacters <= longFactCharacters && shortFactUnits.allSatisfy { $0 < factCharacters } && segments <= segmentsAtMost
            && retryWait < retryFor && templateTextBytes < templateBytes
    }
}

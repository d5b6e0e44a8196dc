/// The bounds of what the desk does. Times in milliseconds.
enum DeskLimits {
    /// Links, documents and so on that belong to one row.
    static let recordsPerRow = 1_000
    /// Signed documents that show one row, or list what refers to it, and are compared when that changes.
    static let documentsPerRow = 100_000
    /// Of the names of what a signed document shows otherwise: what the field of the schema holds.
    static let changedCharacters = 4_000
    /// Log entries that are read at once.
    static let entries = 200
    /// Mails, requests and copies that are taken up at once.
    static let dueAtOnce = 20
    /// How often the desk looks at what is due, without being woken.
    static let pause: UInt64 = 1_000
    /// Until it looks again whether what it waits for has come.
    static let watch: UInt64 = 2_000
    /// How often that doubles: up to 32 seconds, and 80 for copies.
    static let doublings = 4
    /// Who is sent a copy of a document.
    static let signersPerDocument = 10
    /// How long a link to signed copies holds.
    static let copies: UInt64 = 90 * 86_400_000
    /// What is attached to a mail at most; more is fetched by its link.
    static let attachedBytes = 7 << 20
    /// Tries to make a signed copy, and the pause after the first; it doubles each time.
    static let copyTries = 12
    static let copyPause: UInt64 = 5_000
    /// Of a form, a photo or a copy that is held in memory.
    static let blobBytes = 40 << 20
    /// Forms that are kept in memory, of at most 1 MiB each.
    static let forms = 64
    /// Pages that read the store at the same time.
    static let readsAtOnce = 4
    /// How long the links of a visit lead somewhere after its end, and those of a survey.
    static let tracking: UInt64 = 86_400_000
    static let survey: UInt64 = 30 * 86_400_000
    /// Live values that are kept for pages.
    static let liveValues = 20_000
    /// After a try of which nobody knows what came of it, because the hub stopped.
    static let unanswered: UInt64 = 300_000
}

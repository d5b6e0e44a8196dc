/// What happened to a document, as its last part. All texts are ready to be read.
public struct AuditTrail: Sendable {
    /// What stands above it; the renderer's own words if empty.
    public var title: String
    /// What it begins with, such as who asked for the signatures.
    public var summary: String
    public var entries: [Entry]

    public struct Entry: Sendable {
        public var time: String
        public var what: String
        public var who: String
        /// Address and program that it came from; may be empty.
        public var origin: String
        /// That chains it to the one before, in hexadecimal digits; may be empty.
        public var hash: String

        public init(time: String, what: String, who: String, origin: String = "", hash: String = "") {
            self.time = time
            self.what = what
            self.who = who
            self.origin = origin
            self.hash = hash
        }
    }

    public init(title: String = "", summary: String = "", entries: [Entry]) {
        self.title = title
        self.summary = summary
        self.entries = entries
    }
}

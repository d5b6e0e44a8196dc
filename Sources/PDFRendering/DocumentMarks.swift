/// What a document says of its own standing, on its pages.
public struct DocumentMarks: Sendable, Equatable {
    /// It is not signed and may still change: every page says so behind its text and at its foot. Pictures that have not come
    /// yet have their place shown then.
    public var isDraft: Bool
    /// What was signed is no longer what the rows say: a banner above the document says so.
    public var coversEarlierVersion: Bool
    /// Names of what has changed since, in words of the form's language; named by the banner.
    public var changed: [String]

    public init(isDraft: Bool = false, coversEarlierVersion: Bool = false, changed: [String] = []) {
        self.isDraft = isDraft
        self.coversEarlierVersion = coversEarlierVersion
        self.changed = changed
    }
}

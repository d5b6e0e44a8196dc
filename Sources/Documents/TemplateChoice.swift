import ReplicationCore

/// Which of a company's templates a document is made from.
///
/// Where it holds goes before the language, because what a territory's law asks for stands in that territory's template.
public struct TemplateChoice: Sendable {
    /// What is known of a template without reading it.
    public struct Candidate: Sendable, Equatable {
        public var identity: TemplateIdentity
        public var language: String
        /// The territory that it is for, with those within; nil for everywhere.
        public var region: RowID?

        public init(_ identity: TemplateIdentity, language: String, region: RowID?) {
            self.identity = identity
            self.language = language
            self.region = region
        }
    }

    private let territories: [RowID]
    private let wanted: [Substring]

    /// - Parameters:
    ///   - territories: where the document is made, then what that lies in, from the inside out.
    ///   - language: of the reader, as in BCP 47; nil if it is not known.
    public init(territories: [RowID], language: String?) {
        self.territories = territories
        wanted = Self.subtags(language ?? "")
    }

    /// The one of the nearest region, in the nearest language, of the highest version; nil if none is for here.
    public func choose(_ candidates: [Candidate]) -> Candidate? {
        candidates.compactMap { candidate in distance(to: candidate.region).map { (candidate, [$0, distance(to: candidate.language)]) } }.min { a, b in
            if a.1 != b.1 { return a.1.lexicographicallyPrecedes(b.1) }
            let (one, other) = (a.0.identity, b.0.identity)
            return one.version == other.version ? one.name < other.name : one.version > other.version
        }?.0
    }

    /// Nil if it is elsewhere.
    private func distance(to region: RowID?) -> Int? {
        guard let region else { return territories.count }
        return territories.firstIndex(of: region)
    }

    /// The reader's own, then with less and less behind the hyphens (RFC 4647, section 3.4), then as it is spoken elsewhere, then English, then any.
    private func distance(to language: String) -> Int {
        let offered = Self.subtags(language)
        if !offered.isEmpty, wanted.starts(with: offered) { return wanted.count - offered.count }
        let isSpokenElsewhere = offered.first != nil && offered.first == wanted.first
        return wanted.count + (isSpokenElsewhere ? 0 : offered.first == "en" ? 1 : 2)
    }

    private static func subtags(_ language: String) -> [Substring] { language.lowercased().split(separator: "-") }
}

/// Where a write had been committed in epochs whose end the hub has lost, before it was handed in again.
///
/// Immutable, and handed around by reference: hardly any write has one, and the others pay for a pointer only.
public final class FormerPlaces: Sendable, Hashable {
    /// By rising epoch, one for each.
    public let places: [CommitSequence]

    /// - Returns: nil if there are none.
    public init?(_ places: some Swift.Sequence<CommitSequence>) {
        var latest: [UInt32: CommitSequence] = [:]
        for place in places { latest[place.epoch] = max(latest[place.epoch] ?? .zero, place) }
        if latest.isEmpty { return nil }
        self.places = latest.values.sorted()
    }

    public static func == (a: FormerPlaces, b: FormerPlaces) -> Bool { a === b || a.places == b.places }

    public func hash(into hasher: inout Hasher) { hasher.combine(places) }
}

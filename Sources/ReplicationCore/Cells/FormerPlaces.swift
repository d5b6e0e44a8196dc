/// Where a write had been committed in epochs whose end the hub has lost, before it was handed in again.
///
/// Immutable, and handed around by reference: hardly any write has one, and the others pay for a pointer only.
public final class FormerPlaces: Sendable, Hashable {
    /// By rising epoch, one for each.
    public let places: [CommitSequence]

    /// Of several places in one epoch the last one counts: a changeset may have been released later than it came.
    ///
    /// - Returns: nil if there are none.
    public convenience init?(_ places: some Swift.Sequence<CommitSequence>) { self.init(places, choosing: max) }

    /// The places of one write. Of several in one epoch the first one counts: whoever was shown what stood there had seen it, and later
    /// ones are those of a receipt that its writer got after others had handed it in. What the hub itself writes, such as the draft of a
    /// conflict, it may write anew in one epoch, in another wording: there the last one counts.
    ///
    /// - Parameters:
    ///   - places: of the write, in any order.
    ///   - site: whose write it is.
    /// - Returns: nil if there are none.
    public convenience init?(_ places: some Swift.Sequence<CommitSequence>, of site: Site) {
        self.init(places, choosing: site == 0 ? max : min)
    }

    private init?(_ places: some Swift.Sequence<CommitSequence>, choosing: (CommitSequence, CommitSequence) -> CommitSequence) {
        var chosen: [UInt32: CommitSequence] = [:]
        for place in places { chosen[place.epoch] = chosen[place.epoch].map { choosing($0, place) } ?? place }
        if chosen.isEmpty { return nil }
        self.places = chosen.values.sorted()
    }

    public static func == (a: FormerPlaces, b: FormerPlaces) -> Bool { a === b || a.places == b.places }

    public func hash(into hasher: inout Hasher) { hasher.combine(places) }
}

import ReplicationCore

/// The rows of a commit by the scopes that they are in or were in, so that the work of passing a commit on
/// grows with what each audience receives, and not with audiences times rows.
struct TouchedScopes {
    /// Indexes of rows, rising.
    private var byScope: [Scope: [Int]] = [:]

    init(_ rows: [CommittedRow]) {
        for (index, row) in rows.enumerated() {
            for scope in row.scopesAfter { byScope[scope, default: []].append(index) }
            for scope in row.scopesBefore where !row.scopesAfter.contains(scope) {
                byScope[scope, default: []].append(index)
            }
        }
    }

    var scopes: some Swift.Collection<Scope> { byScope.keys }

    /// The rows that are or were in any of these scopes, in the order of the commit.
    func rows(in scopes: Set<Scope>) -> [Int] {
        let lists = scopes.compactMap { byScope[$0] }
        if lists.count <= 1 { return lists.first ?? [] }
        return Set(lists.joined()).sorted()
    }
}

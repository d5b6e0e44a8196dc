import ReplicationCore

/// What came of comparing the sums that a hub keeps with its rows.
public struct SumComparison: Sendable, Equatable {
    public var at: CommitSequence
    /// Those that are in any scope.
    public var rows: UInt64 = 0
    public var cells: UInt64 = 0
    /// Sets of scopes that rows are in.
    public var cohorts: UInt64 = 0
    /// Cohorts of which something else is kept than their rows amount to.
    public private(set) var differing: UInt64 = 0
    /// In which scopes some of these are.
    public private(set) var scopes: [Set<Scope>] = []

    /// Of so many differing cohorts the scopes are told.
    private static let cohortsTold = 10

    public init(at: CommitSequence) { self.at = at }

    public var isEqual: Bool { differing == 0 }

    public mutating func note(_ scopes: Set<Scope>) {
        differing += 1
        if self.scopes.count < Self.cohortsTold { self.scopes.append(scopes) }
    }
}

extension SumComparison {
    /// What `converge verify` shows.
    var json: String {
        let told = scopes.map { "[" + $0.sorted().map { ValueJSON.string($0.description) }.joined(separator: ",") + "]" }
        return "{\"at\":\(ValueJSON.string(at.description)),\"equal\":\(isEqual ? "true" : "false"),\"rows\":\(rows),\"cells\":\(cells),"
            + "\"cohorts\":\(cohorts),\"differing\":\(differing),\"scopes\":[\(told.joined(separator: ","))]}"
    }
}

import ReplicationCore
import ReplicationEngine

/// The rows that are in exactly the same scopes: whoever receives one of them receives them all.
///
/// A row that is in many scopes is a cohort of its own, whose scopes then come and go one by one: a new one would otherwise
/// name all of them anew, and rows that much refers to gain scopes for ever.
enum Cohort: Hashable {
    /// By rising number; at least one.
    case shared([ScopeNumber])
    case own(RowKey)

    /// In more scopes than these a row is a cohort of its own.
    static let mostScopes = 16

    /// Nil for a row in no scope: nobody holds it.
    ///
    /// - Parameter scopes: each once, in any order.
    init?(_ key: RowKey, in scopes: [ScopeNumber]) {
        if scopes.isEmpty { return nil }
        self = scopes.count > Self.mostScopes ? .own(key) : .shared(scopes.count == 1 ? scopes : scopes.sorted())
    }

    /// By which the table knows it: what kind it is, then the row's key, or the numbers in eight bytes each.
    var bytes: [UInt8] {
        switch self {
        case .own(let key): [1] + key.packed
        case .shared(let scopes):
            [0] + scopes.flatMap { scope in (0..<8).map { UInt8(truncatingIfNeeded: scope >> (56 - 8 * $0)) } }
        }
    }
}

import GRDB
import ReplicationCore
import ReplicationEngine
import Synchronization

/// A bounded memory of which scope has which number. Numbers never change once committed, so it may be
/// forgotten or shared between snapshots at will; the table `_scope` is the truth.
final class ScopeNumbers: Sendable {
    private static let capacity = 100_000
    private let known = Mutex(Known())

    private struct Known {
        var numbers: [Scope: ScopeNumber] = [:]
        var scopes: [ScopeNumber: Scope] = [:]
    }

    func number(of scope: Scope) -> ScopeNumber? { known.withLock { $0.numbers[scope] } }

    func scope(_ number: ScopeNumber) -> Scope? { known.withLock { $0.scopes[number] } }

    /// Only for what has been committed.
    func remember(_ numbers: [Scope: ScopeNumber]) {
        guard !numbers.isEmpty else { return }
        known.withLock { known in
            if known.numbers.count + numbers.count > Self.capacity { known = Known() }
            for (scope, number) in numbers {
                known.numbers[scope] = number
                known.scopes[number] = scope
            }
        }
    }
}

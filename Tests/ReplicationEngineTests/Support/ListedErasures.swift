import ReplicationEngine
import Synchronization

/// A journal of erasures in memory.
final class ListedErasures: ErasureJournal {
    private let listed: Mutex<[Erasure]>
    /// Thrown in the place of the next append.
    let failure = Mutex<HubStoreError?>(nil)

    init(_ erasures: [Erasure] = []) { listed = Mutex(erasures) }

    func append(_ erasure: Erasure) throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
        listed.withLock { $0.append(erasure) }
    }

    func erasures() throws -> [Erasure] { listed.withLock { $0 } }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization

/// A hub's store that counts its commits, so that the limit can be measured with the same batches.
final class MeasuredStore: HubStore {
    struct Counts: Sendable {
        /// Commits that changed rows.
        var commits = 0
        var entries = 0
        var rows = 0
        /// In `decide`, and in the whole commit.
        var deciding = 0.0
        var seconds = 0.0

        var meanBatch: Double { commits == 0 ? 0 : Double(rows) / Double(commits) }
    }

    private let inner: any HubStore
    private let counts = Mutex(Counts())

    init(_ inner: any HubStore) { self.inner = inner }

    func commit<Extra>(
        _ decide: (any HubReader) throws -> (CommitPlan, Extra), lastStep: (Extra) throws -> Void
    ) throws -> (Committed, Extra) {
        var decided = Counts()
        let start = Stopwatch()
        let result = try inner.commit({ reader in
            let start = Stopwatch()
            let result = try decide(reader)
            decided.deciding = start.seconds
            decided.rows = result.0.rows.count
            decided.entries = result.0.entries.count
            return result
        }, lastStep: lastStep)
        let seconds = start.seconds
        if decided.rows > 0 {
            counts.withLock {
                $0.commits += 1
                $0.rows += decided.rows
                $0.entries += decided.entries
                $0.deciding += decided.deciding
                $0.seconds += seconds
            }
        }
        return result
    }

    func takeCounts() -> Counts {
        counts.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }

    func read<Result>(_ body: (any HubReader) throws -> Result) throws -> Result { try inner.read(body) }
    func scrub(compacting: Bool) throws { try inner.scrub(compacting: compacting) }
    func backup(to path: String) throws { try inner.backup(to: path) }
    func collectBlobs(endedBefore before: UInt64, limit: Int, remove: (BlobHash) throws -> Void) throws -> Int {
        try inner.collectBlobs(endedBefore: before, limit: limit, remove: remove)
    }
    func noteUnnamed(_ blobs: [BlobHash], at milliseconds: UInt64) throws { try inner.noteUnnamed(blobs, at: milliseconds) }
    func close() throws { try inner.close() }
}

/// Time since it was made, on the monotonic clock.
struct Stopwatch {
    private let start = DispatchTime.now().uptimeNanoseconds
    var nanoseconds: UInt64 { DispatchTime.now().uptimeNanoseconds - start }
    var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// Processor time of this process since it was made, all threads together. Unlike wall time it hardly
/// depends on what else the machine is doing.
struct ProcessorClock {
    private let start = Self.now()
    var seconds: Double { Self.now() - start }

    private static func now() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

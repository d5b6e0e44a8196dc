import Dispatch
import Testing

/// Of suites that wait for processes, sockets and the machine's clock: a few run at a time, on threads of their own.
///
/// The tests that compute for minutes hold the threads that all others share. What waits for an answer within seconds would be
/// looked at again when its time is long over.
public struct RealTime: SuiteTrait, TestScoping {
    private static let places = Places(4)

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.places.take()
        defer { Self.places.giveBack() }
        try await withTaskExecutorPreference(OwnThreads.shared) { try await function() }
    }
}

extension Trait where Self == RealTime {
    /// The suite runs beside few others, on threads that no computation holds.
    public static var realTime: Self { RealTime() }
}

/// A queue grows threads for those that are blocked, which the pool of all tasks does not.
private final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()
    private let queue = DispatchQueue(label: "tests in real time", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

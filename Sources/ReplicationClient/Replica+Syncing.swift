import ReplicationCore
import ReplicationEngine

extension Replica {
    /// Returns when the hub has judged everything that was written here and the device is complete.
    ///
    /// The replica must be online, or trying to be.
    /// - Throws: `ReplicaError`: timed out, offline, blocked or stopped. Nothing is lost in any case.
    public func syncNow(within limit: Duration = .seconds(30)) async throws {
        _ = try await wait(within: limit) { core, now in
            guard core.driver.isWanted else { return .failure(ReplicaError(.offline, "This device is offline, so it waits for nothing. Take it online first; what was written is kept.")) }
            core.driver.hurry(at: now)
            return .success(.synced)
        }
    }

    /// Compares what the device holds with what the hub says that it should hold, and mends what differs. What was written
    /// here and is not confirmed is left out.
    ///
    /// - Returns: with `isEqual`, a receipt: at `at` both held the same rows.
    /// - Throws: `ReplicaError`: timed out, offline, blocked or stopped.
    public func verify(within limit: Duration = .seconds(30)) async throws -> DigestReport {
        let report = try await wait(within: limit) { core, now in
            guard let request = core.driver.verify(at: now) else {
                return .failure(ReplicaError(.offline, "The replica is not connected. Call goOnline and wait for it."))
            }
            return .success(.digest(request))
        }
        guard let report else { throw ReplicaError(.stopped, "The replica was stopped.") }
        return report
    }

    private func wait(
        within limit: Duration,
        begin: @escaping (inout ReplicaCore, DeviceInstant) -> Result<ReplicaCore.Waiter.Goal, ReplicaError>
    ) async throws -> DigestReport? {
        let milliseconds = UInt64(clamping: limit.components.seconds) * 1_000
            + UInt64(clamping: limit.components.attoseconds / 1_000_000_000_000_000)
        return try await withCheckedThrowingContinuation { continuation in
            var isHandled = false
            with { core, now in
                isHandled = true
                switch begin(&core, now) {
                case .success(let goal):
                    core.wait(ReplicaCore.Waiter(goal: goal, deadline: now.monotonic + milliseconds) {
                        continuation.resume(with: $0)
                    })
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
            if !isHandled { continuation.resume(throwing: ReplicaError(.stopped, "The replica was stopped.")) }
        }
    }
}

extension SessionEnd.Block {
    /// What people read.
    public var message: String {
        switch self {
        case .upgradeApp(let text), .enrolAgain(let text), .revoked(let text), .replaced(let text), .defect(let text): text
        }
    }
}

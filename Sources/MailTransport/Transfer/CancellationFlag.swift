import Synchronization

/// Ends a transfer that is under way, from any thread. It is looked at about once a second.
public final class CancellationFlag: Sendable {
    private let isSet = Atomic(false)

    public init() {}

    public func cancel() { isSet.store(true, ordering: .relaxed) }
    public var isCancelled: Bool { isSet.load(ordering: .relaxed) }
}

import CLibwebsockets

/// The one timer of a thread, in memory that libwebsockets can link into its list.
final class LoopTimer {
    /// libwebsockets hands back the address of `entry`, which is the address of the whole.
    private struct Storage {
        var entry = lws_sorted_usec_list_t()
        var timer: UnsafeMutableRawPointer?
    }

    private let storage = UnsafeMutablePointer<Storage>.allocate(capacity: 1)
    private let fire: () -> Void
    private var moment = UInt64.max

    init(fire: @escaping () -> Void) {
        self.fire = fire
        storage.initialize(to: Storage())
        precondition(MemoryLayout<Storage>.offset(of: \.entry) == 0)
        storage.pointee.timer = Unmanaged.passUnretained(self).toOpaque()
    }

    /// The library must not hold the timer any more: `cancel()`, or the context is gone.
    deinit {
        storage.deinitialize(count: 1)
        storage.deallocate()
    }

    /// Fires at `milliseconds` unless it is to fire earlier.
    func schedule(at milliseconds: UInt64, now: UInt64, context: OpaquePointer) {
        guard milliseconds < moment else { return }
        moment = milliseconds
        let microseconds = milliseconds > now ? Int64((milliseconds - now) * 1000) : 1
        entry { lws_sul_schedule(context, 0, $0, { LoopTimer.fired($0) }, microseconds) }
    }

    func cancel() {
        entry { lws_sul_cancel($0) }
        moment = .max
    }

    private func entry(_ body: (UnsafeMutablePointer<lws_sorted_usec_list_t>) -> Void) {
        storage.withMemoryRebound(to: lws_sorted_usec_list_t.self, capacity: 1, body)
    }

    private static func fired(_ entry: UnsafeMutablePointer<lws_sorted_usec_list_t>?) {
        guard let entry else { return }
        let storage = UnsafeMutableRawPointer(entry).assumingMemoryBound(to: Storage.self)
        guard let address = storage.pointee.timer else { return }
        // Alive: the thread owns the timer, and the library fires only inside calls of that thread.
        let timer = Unmanaged<LoopTimer>.fromOpaque(address).takeUnretainedValue()
        timer.moment = .max
        timer.fire()
    }
}

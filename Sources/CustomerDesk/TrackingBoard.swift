import CustomerPages
import ReplicationCore
import ReplicationEngine
import Synchronization

/// The live values that pages show, and who watches which visit.
final class TrackingBoard: Sendable {
    struct Topic: Hashable {
        var signal: String
        var row: RowID

        init(_ signal: String, _ row: RowID) {
            self.signal = signal
            self.row = row
        }
    }

    struct Watcher: Sendable {
        let link: LinkRecord
        let stream: AsyncStream<TrackingView>.Continuation
        var last: TrackingView
    }

    private struct State {
        var values: [Topic: LiveValue] = [:]
        var watchers: [RowID: [UInt64: Watcher]] = [:]
        /// Visits that somebody watches, by the user to whom they are given, and the other way.
        var visits: [RowID: Set<RowID>] = [:]
        var assignees: [RowID: RowID] = [:]
        var next: UInt64 = 0

        mutating func assign(_ visit: RowID, to user: RowID?) {
            guard assignees[visit] != user else { return }
            if let former = assignees[visit] {
                visits[former]?.remove(visit)
                if visits[former]?.isEmpty == true { visits[former] = nil }
            }
            assignees[visit] = user
            if let user { visits[user, default: []].insert(visit) }
        }
    }

    private let state = Mutex(State())

    /// Nil for one that has run out.
    func value(_ topic: Topic, at now: UInt64) -> LiveValue? {
        state.withLock { $0.values[topic].flatMap { $0.endMilliseconds > now ? $0 : nil } }
    }

    /// - Returns: the visits whose pages show it.
    func put(_ value: LiveValue, at now: UInt64) -> Set<RowID> {
        state.withLock { state in
            if state.values.count >= DeskLimits.liveValues { state.values = state.values.filter { $0.value.endMilliseconds > now } }
            guard state.values.count < DeskLimits.liveValues else { return [] }
            state.values[Topic(value.signal, value.row)] = value
            if state.watchers[value.row] != nil { return [value.row] }
            return state.visits[value.row] ?? []
        }
    }

    func watch(_ visit: RowID, of user: RowID?, _ watcher: Watcher) -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.watchers[visit, default: [:]][state.next] = watcher
            state.assign(visit, to: user)
            return state.next
        }
    }

    /// Whoever a visit is given to is the one whose position its pages show.
    func assign(_ visit: RowID, to user: RowID?) {
        state.withLock { if $0.watchers[visit] != nil { $0.assign(visit, to: user) } }
    }

    func leave(_ visit: RowID, _ number: UInt64) {
        state.withLock { state in
            state.watchers[visit]?[number] = nil
            guard state.watchers[visit]?.isEmpty == true else { return }
            state.watchers[visit] = nil
            state.assign(visit, to: nil)
        }
    }

    func watchers(of visit: RowID) -> [UInt64: Watcher] { state.withLock { $0.watchers[visit] ?? [:] } }

    /// - Returns: whether it is something else than was shown last.
    func show(_ view: TrackingView, to number: UInt64, of visit: RowID) -> Bool {
        state.withLock { state in
            guard var watcher = state.watchers[visit]?[number] else { return false }
            var same = view
            // That it was looked at anew is no news.
            same.updated = watcher.last.updated
            guard same != watcher.last else { return false }
            watcher.last = view
            state.watchers[visit]?[number] = watcher
            return true
        }
    }

    func endAll() {
        let all = state.withLock { state in
            defer { state.watchers = [:] }
            return state.watchers.values.flatMap(\.values)
        }
        for watcher in all { watcher.stream.finish() }
    }
}

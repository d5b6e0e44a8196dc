import Foundation
import ReplicationEngine
import Testing

/// Collects the events of a transport, and lets a test wait until they satisfy a condition.
///
/// `@unchecked Sendable`: `events` is only touched while the condition's lock is held.
final class EventLog: @unchecked Sendable {
    struct TimedOut: Error, CustomStringConvertible {
        var description: String
    }

    private let condition = NSCondition()
    private var events: [TransportEvent] = []

    func add(_ event: TransportEvent) {
        condition.withLock {
            events.append(event)
            condition.broadcast()
        }
    }

    var all: [TransportEvent] { condition.withLock { events } }

    /// Returns what `find` finds, as soon as it finds it.
    @discardableResult
    func wait<Found>(
        _ what: String, seconds: Double = 20, find: ([TransportEvent]) -> Found?
    ) throws -> Found {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let found = find(events) { return found }
            guard condition.wait(until: deadline) else {
                throw TimedOut(description: "no \(what) within \(seconds) s; there were \(events.count) events: \(events.map(\.summary).suffix(10))")
            }
        }
    }

    @discardableResult
    func waitForOpened() throws -> ConnectionID {
        try wait("opened") { events in
            events.lazy.compactMap { if case .opened(let id, _) = $0 { id } else { nil } }.first
        }
    }

    @discardableResult
    func waitForClosed(_ id: ConnectionID? = nil) throws -> CloseReason {
        try wait("closed") { events in
            events.lazy.compactMap {
                if case .closed(let closed, let reason) = $0, id == nil || closed == id { reason } else { nil }
            }.first
        }
    }

    @discardableResult
    func waitForMessages(_ count: Int) throws -> [[UInt8]] {
        try wait("\(count) messages") { events in
            let messages = events.messages
            return messages.count >= count ? messages : nil
        }
    }

    @discardableResult
    func waitForBytes(_ count: Int) throws -> [UInt8] {
        try wait("\(count) bytes") { events in
            let bytes = events.messages.reduce(0) { $0 + $1.count }
            return bytes >= count ? Array(events.messages.joined()) : nil
        }
    }
}

extension Array where Element == TransportEvent {
    var messages: [[UInt8]] {
        compactMap { if case .received(_, let message) = $0 { message } else { nil } }
    }

    var openedCount: Int {
        reduce(0) { if case .opened = $1 { $0 + 1 } else { $0 } }
    }

    var closedReasons: [CloseReason] {
        compactMap { if case .closed(_, let reason) = $0 { reason } else { nil } }
    }
}

extension TransportEvent {
    var id: ConnectionID {
        switch self {
        case .opened(let id, _), .received(let id, _), .drained(let id), .closed(let id, _): id
        }
    }

    var summary: String {
        if case .received(let id, let message) = self { "received(\(id), \(message.count) bytes)" } else { "\(self)" }
    }
}

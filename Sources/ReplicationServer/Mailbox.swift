import Foundation

/// A queue between threads: any thread puts in, one takes out.
///
/// `@unchecked` because its state is touched under `condition` only.
final class Mailbox<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var elements: [Element] = []
    private var isClosed = false

    /// Drops the element once the mailbox is closed.
    func put(_ element: Element) {
        condition.lock()
        if !isClosed { elements.append(element) }
        condition.signal()
        condition.unlock()
    }

    /// Waits until there is something, and takes everything; nil once closed and empty.
    ///
    /// - Parameter timeout: gives an empty array after so many seconds without anything.
    func takeAll(timeout: TimeInterval? = nil) -> [Element]? {
        condition.lock()
        defer { condition.unlock() }
        let deadline = timeout.map { Date(timeIntervalSinceNow: $0) }
        while elements.isEmpty, !isClosed {
            if let deadline {
                if !condition.wait(until: deadline) { return [] }
            } else {
                condition.wait()
            }
        }
        if elements.isEmpty, isClosed { return nil }
        defer { elements.removeAll(keepingCapacity: true) }
        return elements
    }

    /// Waits until there is something, and takes from the front as long as `fits` says so, at least one.
    func take(while fits: (Element) -> Bool) -> [Element]? {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty, !isClosed { condition.wait() }
        if elements.isEmpty, isClosed { return nil }
        var count = 0
        for element in elements {
            if count > 0, !fits(element) { break }
            if count == 0 { _ = fits(element) }
            count += 1
        }
        defer { elements.removeFirst(count) }
        return Array(elements[..<count])
    }

    /// Nothing more comes in.
    /// - Parameter discarding: drops what is inside; otherwise it is still taken.
    func close(discarding: Bool = false) {
        condition.lock()
        isClosed = true
        if discarding { elements.removeAll() }
        condition.broadcast()
        condition.unlock()
    }
}

/// Connections in the order in which they must be looked at: a binary heap of moments.
///
/// Entries are never moved or removed early. A connection whose deadline became later is found too early,
/// looked at, and entered again; that costs less than moving it with each byte that arrives.
struct DeadlineQueue {
    struct Entry {
        var milliseconds: UInt64
        var key: Int
    }

    private var heap: [Entry] = []

    var earliest: UInt64? { heap.first?.milliseconds }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].milliseconds < heap[parent].milliseconds else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the earliest entry that is due.
    mutating func popDue(at now: UInt64) -> Entry? {
        guard let first = heap.first, first.milliseconds <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
        return first
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].milliseconds < heap[smallest].milliseconds { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(smallest, parent)
            parent = smallest
        }
    }
}

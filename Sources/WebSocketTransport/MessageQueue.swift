/// A first-in, first-out queue of messages that gives back its memory when it runs empty.
struct MessageQueue {
    private var messages: [[UInt8]] = []
    private var head = 0

    var isEmpty: Bool { head == messages.count }

    mutating func append(_ message: [UInt8]) {
        messages.append(message)
    }

    /// Removes the first message, and those after it as long as the sum stays within `limit`.
    mutating func take(upTo limit: Int) -> (messages: ArraySlice<[UInt8]>, byteCount: Int) {
        guard !isEmpty else { return ([], 0) }
        var end = head + 1
        var byteCount = messages[head].count
        while end < messages.count, byteCount + messages[end].count <= limit {
            byteCount += messages[end].count
            end += 1
        }
        let taken = messages[head..<end]
        head = end
        compact()
        return (taken, byteCount)
    }

    /// Drops what was taken once it is more than half of the storage, so that each message is moved at
    /// most once on average and a queue that never runs empty does not grow for ever.
    private mutating func compact() {
        if head == messages.count {
            messages = []
            head = 0
        } else if head >= 32, head * 2 >= messages.count {
            messages.removeFirst(head)
            head = 0
        }
    }
}

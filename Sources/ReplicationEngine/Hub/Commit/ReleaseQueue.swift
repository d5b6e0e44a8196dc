import ReplicationCore

/// Changesets of which something can be judged again, in the order in which the hub first took them.
///
/// That is the order of every writer's stream. So what a waiting write had seen of its own stream is released before it,
/// whichever rows the two wait for, and in whatever order these become known. Where nothing takes the place of anything, as
/// in a cell that is written once, the order decides what is shown.
struct ReleaseQueue {
    struct Item {
        let sequence: CommitSequence
        let identity: ChangesetID
        /// What made it worth judging again: the changeset that made the row known.
        let cause: ChangesetID
        /// Only what an earlier judgement could not know has become known, and no further row.
        var isAgain = false
    }

    private var items: [Item] = []
    /// Those before it have been taken out.
    private var first = 0

    /// Adds a changeset; one that is in the queue already is judged once.
    mutating func insert(_ item: Item) {
        var low = first, high = items.count
        while low < high {
            let middle = low + (high - low) / 2
            if items[middle].sequence < item.sequence { low = middle + 1 } else { high = middle }
        }
        // A sequence is the place of one changeset.
        if low < items.count, items[low].sequence == item.sequence {
            items[low].isAgain = items[low].isAgain && item.isAgain
        } else {
            items.insert(item, at: low)
        }
    }

    mutating func popFirst() -> Item? {
        guard first < items.count else { return nil }
        defer { first += 1 }
        return items[first]
    }
}

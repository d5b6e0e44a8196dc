import ReplicationCore
import WireProtocol

/// What has been seen of a changeset while it is judged.
///
/// Most changesets have one row and a few operations. So what is asked for each operation stands in arrays
/// by place, and nothing is hashed unless a changeset makes a row or writes a cell twice.
struct Inspection {
    /// Operations of a row stand together.
    let operations: [CellOperation]
    /// Indexes of `operations`, by rising position.
    let order: [Int]
    /// The rows that the changeset makes, at whatever position, as far as nothing speaks against it yet.
    private(set) var created: Set<RowKey> = []
    private var rows: [Row] = []
    /// For each operation, the index of its row in `rows`.
    private var rowPlaces: [Int] = []
    /// Operations on a cell that another one, at a lower position, writes.
    private var repeats: Set<Int> = []

    /// What was broken of an administrator's definitions that the writer could not know, by position.
    var breaches: [UInt32: [CustomBreach]] = [:]
    /// What its writer can have known.
    let known = KnownToWriter()
    /// The operations by their rows.
    private(set) lazy var operationsByRow: [RowKey: [CellOperation]] = Dictionary(grouping: operations, by: \.key)

    /// What is known of a row of the changeset.
    struct Row {
        let operations: Range<Int>
        /// False as well while an operation of this changeset makes it.
        let isKnown: Bool
        var isCreated = false
        var isRefused = false
        var admission: CommitDecision.Admission?
    }

    init(_ changeset: DecodedChangeset, _ working: inout WorkingRows) throws {
        operations = changeset.operations
        order = changeset.order
        rowPlaces.reserveCapacity(operations.count)
        var start = 0
        while start < operations.count {
            let key = operations[start].key
            var end = start + 1
            while end < operations.count, operations[end].key == key { end += 1 }
            for _ in start..<end { rowPlaces.append(rows.count) }
            let isKnown = try working.isKnown(key)
            rows.append(Row(operations: start..<end, isKnown: isKnown))
            if !isKnown, operations[start..<end].contains(where: { $0.action == .create }) { created.insert(key) }
            noteRepeats(in: start..<end)
            start = end
        }
    }

    /// The row that an operation writes.
    subscript(rowOf operation: Int) -> Row {
        get { rows[rowPlaces[operation]] }
        set { rows[rowPlaces[operation]] = newValue }
    }

    /// Nothing of the operation's row is taken, and no other operation can count on it.
    mutating func refuseRow(of operation: Int) {
        if !self[rowOf: operation].isKnown { rows[rowPlaces[operation]].isRefused = true }
    }

    func isRepeat(_ operation: Int) -> Bool { repeats.contains(operation) }

    mutating func noteCreation(by operation: Int) { rows[rowPlaces[operation]].isCreated = true }

    /// Takes back what was found out, and no longer counts on the rows that were refused.
    ///
    /// - Returns: false if there was none, so that everything stands as it is.
    mutating func beginAgainWithoutRefused() -> Bool {
        guard !created.isEmpty else { return false }
        var isSmaller = false
        for place in rows.indices {
            if rows[place].isRefused, created.remove(operations[rows[place].operations.lowerBound].key) != nil { isSmaller = true }
        }
        guard isSmaller else { return false }
        breaches = [:]
        for place in rows.indices {
            rows[place].isCreated = false
            rows[place].isRefused = false
            rows[place].admission = nil
        }
        return true
    }

    private mutating func noteRepeats(in range: Range<Int>) {
        // Writers mostly go through a row's parts in their order, and then no part comes twice.
        let isRising = range.dropFirst().allSatisfy { operations[$0 - 1].part < operations[$0].part }
        if isRising { return }
        var seen: Set<Part> = []
        for index in range.sorted(by: { operations[$0].position < operations[$1].position })
        where !seen.insert(operations[index].part).inserted {
            repeats.insert(index)
        }
    }
}

/// All cells of a row that were ever written.
public struct RowState: Hashable, Sendable {
    public var key: RowKey
    /// By rising part. The liveness cell, where there is one, comes first.
    public var cells: [CellState]

    public init(key: RowKey, cells: [CellState] = []) {
        self.key = key
        self.cells = cells
    }

    /// When any cell last changed.
    public var sequence: CommitSequence {
        var latest = CommitSequence.zero
        for index in cells.indices { latest = max(latest, cells[index].sequence) }
        return latest
    }

    /// The latest effective time of any sibling; zero if there is none.
    public var latestEffective: HybridTime {
        var latest = HybridTime.zero
        for cell in cells.indices {
            for sibling in cells[cell].siblings.indices {
                latest = max(latest, cells[cell].siblings[sibling].write.effective)
            }
        }
        return latest
    }

    /// The place of a part among the cells, or where it would have to be inserted.
    public func position(of part: Part) -> (index: Int, isFound: Bool) {
        // Mostly cells come by rising part, and several.
        if cells.isEmpty || cells[cells.endIndex - 1].part < part { return (cells.endIndex, false) }
        var low = 0, high = cells.count
        while low < high {
            let middle = (low + high) / 2
            if cells[middle].part < part { low = middle + 1 } else { high = middle }
        }
        return (low, low < cells.count && cells[low].part == part)
    }

    public subscript(part: Part) -> CellState? {
        get {
            let place = position(of: part)
            return place.isFound ? cells[place.index] : nil
        }
        set {
            let place = position(of: part)
            guard let state = newValue else {
                if place.isFound { cells.remove(at: place.index) }
                return
            }
            if !place.isFound { insertBlank(part, at: place.index) }
            cells[place.index] = state
        }
    }

    /// Makes a cell where `position` says that it has to be.
    mutating func insertBlank(_ part: Part, at index: Int) {
        // Inserting at the end would cost more than appending.
        guard index == cells.endIndex else { return cells.insert(CellState(part: part), at: index) }
        if cells.isEmpty { cells.reserveCapacity(4) }
        cells.append(CellState(part: part))
    }

    /// The row exists for readers: a creation, restoration or any write stands that no deletion covers.
    ///
    /// A deletion covers exactly the cell states that its writer held. A sibling outside every standing
    /// deletion keeps the row alive, so that concurrent work is revived and never silently buried.
    /// Writes by the hub itself (site 0) never revive.
    public var isAlive: Bool {
        guard wasMade else { return false }
        var coverings: [[SeenCell]] = []
        for index in cells[0].siblings.indices {
            switch cells[0].siblings[index].content {
            case .alive: return true
            case .deleted(let covering): coverings.append(covering)
            case .values, .present: break
            }
        }
        guard !coverings.isEmpty else { return false }
        return !revivers(of: coverings).isEmpty
    }

    /// The row was made, and does not exist for readers any more.
    public var isDeleted: Bool { wasMade && !isAlive }

    /// The liveness cell is there, and then it is the first one.
    private var wasMade: Bool { !cells.isEmpty && cells[0].part == .liveness }

    /// The writes outside a row's standing deletions: what revives it.
    public func revivers(of coverings: [[SeenCell]]) -> [Write] {
        var revivers: [Write] = []
        for cell in cells where cell.part != .liveness {
            for sibling in cell.siblings where sibling.write.dot.site != 0 {
                let isCovered = coverings.contains { covering in
                    covering.contains { $0.covers(cell.part) && $0.context.contains(sibling.write) }
                }
                if !isCovered { revivers.append(sibling.write) }
            }
        }
        return revivers
    }
}

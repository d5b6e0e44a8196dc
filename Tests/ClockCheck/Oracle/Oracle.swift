/// What should be, by full causal histories: sets of writes, and no clock.
///
/// It is told what people wrote, in which order the hub committed it, and what reached whom. It knows nothing of
/// contexts, sequences of cells, dots in states, or any code of the product.
struct Oracle: Hashable, Sendable {
    struct Write: Hashable, Sendable {
        let cell: CellName
        let effect: Effect
        /// Every write of the cell that its writer had been shown, directly or through others.
        let seen: WriteSet
        /// The place in the hub's order; nil until it is committed.
        var position: UInt64?
        /// What breaks ties among writes that had not seen each other, as the hub fixed it.
        var tie: Tie?
    }

    enum Effect: Hashable, Sendable { case set, add, remove, increment(Int64) }

    struct Tie: Hashable, Sendable, Comparable {
        let time: UInt64
        let site: UInt32
        let counter: UInt64
        static func < (a: Self, b: Self) -> Bool {
            (a.time, UInt64(a.site), a.counter) < (b.time, UInt64(b.site), b.counter)
        }
    }

    /// Somebody who looks at cells and writes them: a device's user, or one of the people behind a gateway.
    struct Viewer: Hashable, Sendable {
        /// The rows that it holds, each as of a place in the hub's order.
        var held: [Int: UInt64] = [:]
        /// Complete up to here.
        var complete: UInt64 = 0
        /// Own writes on the screen, oldest first.
        var own: [CellName: [Int]] = [:]
        /// Own writes of which the verdict is known.
        var answered: Set<Int> = []
    }

    /// What a cell shows.
    enum Sight: Hashable, Sendable {
        case nothing
        case write(Int)
        case present
        case sum(Int64)
    }

    private(set) var writes: [Int: Write] = [:]
    /// By place in the hub's order.
    private(set) var committed: [CellName: [Int]] = [:]
    var viewers: [Viewer]

    init(viewers: Int) { self.viewers = Array(repeating: Viewer(), count: viewers) }

    // MARK: What happens

    mutating func write(_ number: Int, _ effect: Effect, _ cell: CellName, by viewer: Int) {
        writes[number] = Write(cell: cell, effect: effect, seen: seen(cell, by: viewer))
        viewers[viewer].own[cell, default: []].append(number)
    }

    mutating func commit(_ number: Int, at position: UInt64, _ tie: Tie) {
        guard let cell = writes[number]?.cell else { return }
        writes[number]?.position = position
        writes[number]?.tie = tie
        committed[cell, default: []].append(number)
    }

    mutating func answer(_ number: Int, to viewer: Int) {
        viewers[viewer].answered.insert(number)
        settle(viewer)
    }

    /// Rows reach a viewer as of a place; a row as of an earlier place than the one held changes nothing.
    mutating func deliver(rows: [Int], evicted: [Int], complete: UInt64?, asOf position: UInt64, to viewer: Int) {
        for row in rows { viewers[viewer].held[row] = max(viewers[viewer].held[row] ?? 0, position) }
        for row in evicted { viewers[viewer].held[row] = nil }
        if let complete { viewers[viewer].complete = max(viewers[viewer].complete, complete) }
        settle(viewer)
    }

    // MARK: What is so

    /// The values that no committed write had seen, as of a place.
    func standing(_ cell: CellName, asOf position: UInt64 = .max) -> [Int] {
        let known = known(cell, asOf: position)
        return known.filter { number in
            switch writes[number]?.effect {
            case .set, .add: !known.contains { writes[$0]?.seen.contains(number) == true }
            case .remove, .increment, nil: false
            }
        }
    }

    /// The standing write with the greatest tie.
    func shown(_ cell: CellName, asOf position: UInt64 = .max) -> Int? {
        standing(cell, asOf: position).max { a, b in
            guard let a = writes[a]?.tie, let b = writes[b]?.tie else { return false }
            return a < b
        }
    }

    func sum(_ cell: CellName, asOf position: UInt64 = .max) -> Int64 {
        known(cell, asOf: position).reduce(0) { $0 + amount($1) }
    }

    /// What a viewer should see of a cell.
    func sight(_ cell: CellName, by viewer: Int) -> Sight {
        let own = viewers[viewer].own[cell] ?? []
        let held = viewers[viewer].held[cell.row]
        switch cell.kind {
        case .left, .right:
            if let last = own.last { return .write(last) }
            return held.flatMap { shown(cell, asOf: $0) }.map { .write($0) } ?? .nothing
        case .tag:
            if let last = own.last { return writes[last]?.effect == .add ? .present : .nothing }
            return held.map { !standing(cell, asOf: $0).isEmpty } == true ? .present : .nothing
        case .count:
            let sum = (held.map { self.sum(cell, asOf: $0) } ?? 0) + own.reduce(0) { $0 + amount($1) }
            return sum == 0 ? .nothing : .sum(sum)
        }
    }

    /// The place at which a write's cell last changed, when it was committed: its own, unless it removed nothing.
    func lastChange(_ cell: CellName, asOf position: UInt64) -> UInt64 {
        var last: UInt64 = 0
        for number in known(cell, asOf: position) {
            guard let write = writes[number], let place = write.position else { continue }
            if write.effect != .remove || standing(cell, asOf: place - 1).contains(where: { write.seen.contains($0) }) {
                last = place
            }
        }
        return last
    }

    /// Everything in a history of the standing values, and they themselves.
    func closure(_ cell: CellName, asOf position: UInt64) -> WriteSet {
        var closure = WriteSet()
        for number in standing(cell, asOf: position) {
            closure.insert(number)
            if let seen = writes[number]?.seen { closure.formUnion(seen) }
        }
        return closure
    }

    /// The committed writes of a cell, as of a place.
    func known(_ cell: CellName, asOf position: UInt64) -> [Int] {
        (committed[cell] ?? []).filter { writes[$0]?.position.map { $0 <= position } ?? false }
    }

    // MARK: Rules

    /// What is on the screen has been seen: an own write hides everything but its own history.
    private func seen(_ cell: CellName, by viewer: Int) -> WriteSet {
        if let last = viewers[viewer].own[cell]?.last, let write = writes[last] {
            var seen = write.seen
            seen.insert(last)
            return seen
        }
        guard let held = viewers[viewer].held[cell.row] else { return WriteSet() }
        var seen = WriteSet()
        for number in known(cell, asOf: held) {
            seen.insert(number)
            if let further = writes[number]?.seen { seen.formUnion(further) }
        }
        return seen
    }

    /// An own write leaves the screen when what is held contains it and the viewer can tell.
    private mutating func settle(_ viewer: Int) {
        for (cell, own) in viewers[viewer].own {
            let left = own.filter { !isEchoed($0, own, cell, viewer) }
            viewers[viewer].own[cell] = left.isEmpty ? nil : left
        }
    }

    private func isEchoed(_ number: Int, _ own: [Int], _ cell: CellName, _ viewer: Int) -> Bool {
        guard let write = writes[number], let position = write.position else { return false }
        let isAnswered = viewers[viewer].answered.contains(number)
        guard let held = viewers[viewer].held[cell.row] else {
            return isAnswered && viewers[viewer].complete >= lastChange(cell, asOf: position)
        }
        if case .increment = write.effect { return held >= position }
        // It stands in what is held, or a later own write does, which had seen it.
        let standing = standing(cell, asOf: held)
        let speaks = own.contains { standing.contains($0) && ($0 == number || writes[$0]?.seen.contains(number) == true) }
        if held >= position, speaks { return true }
        return isAnswered && held >= lastChange(cell, asOf: position)
    }

    private func amount(_ number: Int) -> Int64 {
        if case .increment(let amount)? = writes[number]?.effect { amount } else { 0 }
    }
}

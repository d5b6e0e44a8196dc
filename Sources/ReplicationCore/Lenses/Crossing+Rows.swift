extension Crossing {
    /// A row with all that stands in its cells, in the target's form.
    ///
    /// - Parameter fills: groups that come from nothing get their defaults, as writes of whoever made the row.
    func row(_ row: RowState, fills: Bool) -> RowState {
        var cells: [CellState] = []
        for cell in row.cells where !changed.contains(cell.part.group) {
            cells.append(cell.part == .liveness ? liveness(cell) : cell)
        }
        var made: [SeenCell] = []
        for rule in rules {
            guard let cell = cell(of: rule, in: row, fills: fills) else { continue }
            cells.append(cell)
            if rule.sources.isEmpty {
                made.append(SeenCell(part: cell.part, context: Context(sequence: cell.sequence)))
            }
        }
        cells.sort { $0.part < $1.part }
        var result = RowState(key: row.key, cells: cells)
        // Whoever deleted the row had seen it made, and so all that comes with that.
        if !made.isEmpty, var liveness = result[.liveness] {
            for index in liveness.siblings.indices {
                if case .deleted(let seen) = liveness.siblings[index].content {
                    liveness.siblings[index].content = .deleted(covering: seen + made)
                }
            }
            result[.liveness] = liveness
        }
        return result
    }

    /// What deletions cover, by the parts of the target.
    func covering(_ covering: [SeenCell]) -> [SeenCell] {
        var result = covering.filter { !changed.contains($0.part.group) }
        for rule in rules {
            let seen = covering.filter { rule.sources.contains($0.part.group) }.map(\.context)
            if let context = Context.seen(in: seen) {
                result.append(SeenCell(part: Part(group: rule.group.number), context: context))
            }
        }
        return result
    }

    private func liveness(_ cell: CellState) -> CellState {
        var cell = cell
        for index in cell.siblings.indices {
            if case .deleted(let seen) = cell.siblings[index].content {
                cell.siblings[index].content = .deleted(covering: covering(seen))
            }
        }
        return cell
    }

    private func cell(of rule: Rule, in row: RowState, fills: Bool) -> CellState? {
        let part = Part(group: rule.group.number)
        if rule.sources.isEmpty { return fills && rule.isDefault ? made(rule, in: row) : nil }
        let held = rule.sources.compactMap { number in
            row[Part(group: number)].flatMap { $0.siblings.isEmpty ? nil : (number, $0) }
        }
        guard let first = held.first else { return nil }
        if rule.sources.count == 1 {
            var cell = CellState(part: part, sequence: first.1.sequence)
            cell.siblings = first.1.siblings.map { sibling in
                Sibling(write: sibling.write, content: .values(values(of: rule, [first.0: sibling.values ?? []])))
            }
            return cell
        }
        let sequence = held.map(\.1.sequence).max() ?? .zero
        return CellState(part: part, sequence: sequence, siblings: combined(rule, held))
    }

    /// A cell from several: what each shows makes one sibling, and every further sibling of any of them stands with
    /// what the others show. So nothing shown is split, and what lost in one of them stands beside.
    private func combined(_ rule: Rule, _ held: [(UInt32, CellState)]) -> [Sibling] {
        var shown: ShownColumns = [:]
        var writes: [Sibling] = []
        for (number, cell) in held {
            let policy = source.group(number)?.policy ?? .lastWriter
            guard let sibling = Shown.sibling(of: cell, policy: policy) else { continue }
            shown[number] = sibling.values ?? []
            writes.append(sibling)
        }
        let content = Sibling.Content.values(values(of: rule, shown))
        var candidates = CellState(part: Part(group: rule.group.number))
        candidates.siblings = writes.map { Sibling(write: $0.write, content: content) }
        guard let write = Shown.sibling(of: candidates, policy: rule.group.policy)?.write else { return [] }
        var siblings = [Sibling(write: write, content: content)]
        var losers: [(write: Write, columns: ShownColumns)] = []
        for (number, cell) in held {
            for sibling in cell.siblings where sibling.write.identity != write.identity {
                if writes.contains(where: { $0.write.identity == sibling.write.identity }) { continue }
                if let index = losers.firstIndex(where: { $0.write.identity == sibling.write.identity }) {
                    losers[index].columns[number] = sibling.values ?? []
                } else {
                    losers.append((sibling.write, [number: sibling.values ?? []]))
                }
            }
        }
        siblings += losers.map { loser in
            Sibling(write: loser.write, content: .values(values(of: rule, shown.merging(loser.columns) { $1 })))
        }
        return siblings.sorted { $0.write.dot < $1.write.dot }
    }

    /// The cell of an added group, as if whoever made the row had written its defaults.
    private func made(_ rule: Rule, in row: RowState) -> CellState? {
        guard rule.group.holdsColumns, let liveness = row[.liveness] else { return nil }
        let creations = liveness.siblings.filter { $0.content == .alive }
        guard let write = (creations.isEmpty ? liveness.siblings : creations).map(\.write).min(by: { $0.sequence < $1.sequence })
        else { return nil }
        return CellState(
            part: Part(group: rule.group.number), sequence: write.sequence,
            siblings: [Sibling(write: write, content: .values(values(of: rule, [:])))])
    }

    private func values(of rule: Rule, _ columns: ShownColumns) -> [Value] {
        rule.columns.map { column in
            column.value { place in
                guard let values = columns[place.group], place.column < values.count else { return .null }
                return values[place.column]
            }
        }
    }
}

extension Context {
    /// What somebody had seen of a whole who had seen so much of its parts: as little as of the least seen part,
    /// and every pending write. Nil for no parts.
    public static func seen(in parts: [Context]) -> Context? {
        guard let first = parts.first else { return nil }
        var context = first
        for part in parts.dropFirst() {
            context.sequence = min(context.sequence, part.sequence)
            for identity in part.pending where !context.pending.contains(identity) { context.pending.append(identity) }
        }
        return context
    }
}

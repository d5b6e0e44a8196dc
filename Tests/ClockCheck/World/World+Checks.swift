import ReplicationCore
import ReplicationEngine

/// Where the product is held against the oracle.
extension World {
    var cells: [CellName] {
        (0..<conditions.rows).flatMap { row in CellName.Kind.allCases.map { CellName(row: row, kind: $0) } }
    }

    /// What a viewer sees is what the oracle says.
    func checkViews(of viewer: Int) throws {
        for row in 0..<conditions.rows {
            let view = viewer < Self.devices
                ? try state.devices[viewer].store.read { try $0.visible(key(row)) } : view(viewer - Self.devices, row)
            for kind in CellName.Kind.allCases {
                let cell = CellName(row: row, kind: kind)
                let seen = sight(cell, in: view), due = state.oracle.sight(cell, by: viewer)
                if seen != due { throw Deviation(what: "\(viewer) sees \(seen) of \(cell); it should be \(due)") }
            }
        }
    }

    private func sight(_ cell: CellName, in row: RowState?) -> Oracle.Sight {
        guard let found = row?[cell.part] else { return .nothing }
        switch cell.kind {
        case .left, .right:
            let text = Shown.sibling(of: found, policy: .lastWriter)?.values?.first?.text
            return text.flatMap { Int($0.dropFirst()) }.map { .write($0) } ?? .nothing
        case .tag: return found.siblings.isEmpty ? .nothing : .present
        case .count: return found.tally.map { $0.sum == 0 ? .nothing : .sum($0.sum) } ?? .nothing
        }
    }

    /// What the hub holds of a cell after a commit is exactly what histories leave standing.
    func checkCommit(_ number: Int, _ position: UInt64, _ verdict: Verdict) throws {
        let oracle = state.oracle
        guard let write = oracle.writes[number] else { return }
        try checkCell(write.cell)
        let rivals = oracle.standing(write.cell, asOf: position - 1).filter { !write.seen.contains($0) }
        let leavesConflict = write.effect == .set && !rivals.isEmpty
        if (verdict.outcome == .conflict) != leavesConflict {
            throw Deviation(what: "write \(number) on \(write.cell): \(verdict.outcome) with rivals \(rivals)")
        }
        if verdict.sequence.number != oracle.lastChange(write.cell, asOf: position) {
            throw Deviation(what: "write \(number) on \(write.cell): the verdict names \(verdict.sequence)")
        }
        for other in oracle.known(write.cell, asOf: position - 1) where write.seen.contains(other) && write.effect == .set {
            if let time = oracle.writes[other]?.tie?.time, time >= verdict.effective.rawValue {
                throw Deviation(what: "write \(number) is not later than write \(other), which its writer had seen")
            }
        }
    }

    private func checkCell(_ cell: CellName) throws {
        let found = try hub.read { try $0.row(key(cell.row)) }?[cell.part]
        let oracle = state.oracle
        if cell.kind == .count {
            if found?.tally?.sum ?? 0 != oracle.sum(cell) { throw Deviation(what: "\(cell) sums to \(found?.tally?.sum ?? 0), not \(oracle.sum(cell))") }
            return
        }
        let dots = Set((found?.siblings ?? []).map(\.write.dot))
        let due = Set(oracle.standing(cell).compactMap { oracle.writes[$0]?.tie }.map { Dot(site: $0.site, counter: $0.counter) })
        if !due.isSubset(of: dots) { throw Deviation(what: "silent loss in \(cell): \(due.subtracting(dots)) should stand") }
        if dots != due { throw Deviation(what: "false sibling in \(cell): \(dots.subtracting(due)) was seen and should be gone") }
        if cell.kind == .tag { return }
        if let found, case .write(let shown) = sight(cell, in: RowState(key: key(cell.row), cells: [found])), shown != oracle.shown(cell) {
            throw Deviation(what: "\(cell) shows \(shown), not \(String(describing: oracle.shown(cell)))")
        }
        // Lemma 1: the standing values and their histories are everything that was committed.
        let closure = oracle.closure(cell, asOf: .max)
        for write in oracle.known(cell, asOf: .max) where !closure.contains(write) {
            throw Deviation(what: "write \(write) of \(cell) is in no history of what stands")
        }
    }

    /// Whatever the moment, a program that ends there starts again with the same.
    func checkReload(_ device: Int) throws {
        let kept = state.devices[device].replica
        let loaded = try state.devices[device].store.read { try DeviceReplica(from: $0, schema: schema) }
        if loaded.progress != kept.progress { throw Deviation(what: "device \(device) restarts with other progress") }
        for row in 0..<conditions.rows {
            if loaded.pending.operations(on: key(row)) != kept.pending.operations(on: key(row)) {
                throw Deviation(what: "device \(device) restarts with other pending writes on row \(row)")
            }
        }
    }

    /// At the end: what the hub holds is right, everybody sees it, and nothing is pending any more.
    func checkNothingIsMissing() throws {
        for cell in cells { try checkCell(cell) }
        for viewer in 0..<Self.viewers {
            if let left = state.oracle.viewers[viewer].own.first { throw Deviation(what: "\(left) of \(viewer) pends for ever") }
            try checkViews(of: viewer)
        }
        for device in 0..<Self.devices {
            for row in 0..<conditions.rows where !state.away.contains(.init(row: row, replica: device)) {
                let held = try state.devices[device].store.read { try $0.confirmed(key(row)) }
                let due = try hub.read { try $0.row(key(row)) }
                if held != due { throw Deviation(what: "device \(device) and the hub differ in row \(row)") }
            }
        }
    }
}

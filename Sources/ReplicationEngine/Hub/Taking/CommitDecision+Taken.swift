import ReplicationCore
import WireProtocol

/// What still comes for rows that were taken away.
extension CommitDecision {
    /// How a row was taken away, by this commit or before; nil if it was not.
    func takenRow(_ key: RowKey) throws -> TakenRow? {
        if let planned = plan.taken.rows.last(where: { $0.key == key }) { return planned }
        return try reader.taken(key)
    }

    /// The rows of a changeset that were taken away, or that would be made under one: with what their operations are
    /// refused for.
    mutating func refusalsOfTaken(_ changeset: DecodedChangeset) throws -> [RowKey: Refusal] {
        try refusalsOfTaken(changeset.operations, areAll: changeset.undecodable.isEmpty)
    }

    /// A row is made under another by its creation. What moves a row there whose creation came before, and waits or was
    /// refused, waits for it as well: of such a row more is kept already, and it does not become an erased one by this.
    ///
    /// - Parameters:
    ///   - operations: those of a row together.
    ///   - areAll: no others can be in the changeset. Else any may be of a new row.
    private mutating func refusalsOfTaken(_ operations: [CellOperation], areAll: Bool) throws -> [RowKey: Refusal] {
        var taken: [RowKey: TakenRow] = [:]
        var unknown: [RowKey: [RowKey]] = [:]
        var start = 0
        while start < operations.count {
            let key = operations[start].key
            var end = start + 1
            while end < operations.count, operations[end].key == key { end += 1 }
            defer { start = end }
            if let state = try rows.row(key) {
                if state.isStripped { taken[key] = try takenRow(key) }
                continue
            }
            let isNew = !areAll || operations[start..<end].contains { $0.action == .create }
            let parents = isNew ? operations[start..<end].flatMap { schema.parents(namedBy: $0) } : []
            unknown[key, default: []] += parents
            for parent in parents where taken[key] == nil {
                if try rows.row(parent)?.isStripped == true { taken[key] = try takenRow(parent) }
            }
        }
        if taken.isEmpty { return [:] }
        // New rows under new rows, as deep as they go.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (key, parents) in unknown where taken[key] == nil {
                guard let above = parents.lazy.compactMap({ taken[$0] }).first else { continue }
                taken[key] = above
                isGrowing = true
            }
        }
        return Dictionary(uniqueKeysWithValues: taken.map { key, row in (key, refusal(of: key, row)) })
    }

    /// Refuses what concerns rows that were taken away, whatever its verdicts were.
    mutating func refuseTaken(of changeset: DecodedChangeset, in verdicts: inout [Verdict]) throws {
        let taken = try refusalsOfTaken(changeset)
        for operation in changeset.operations {
            if let refusal = taken[operation.key] { verdicts[Int(operation.position)].outcome = .refused(refusal) }
        }
        changeset.refuseErased(in: &verdicts)
    }

    private func refusal(of key: RowKey, _ taken: TakenRow) -> Refusal {
        let label = schema.collection(key.collection)?.label ?? "row"
        let what = key == taken.key ? "\(label) \(key.row)" : "What \(label) \(key.row) belongs to"
        switch taken.kind {
        case .purged: return Refusal(.purged, "\(what) was deleted long ago, and has been removed for good.")
        case .erased: return Refusal(.erased, "\(what) was erased, and nothing about it is kept.")
        }
    }

    /// Whether a row that is handed in as it was held was taken away meanwhile, or belonged to one that was.
    mutating func isTaken(_ row: RowState) throws -> Bool {
        if try takenRow(row.key) != nil { return true }
        let search = ErasureSearch(reader: reader, schema: schema, keep: [])
        return try search.parent(of: row).map { try takenRow($0) != nil } ?? false
    }

    /// A changeset's bytes as they are kept: without the rows that nobody may keep.
    ///
    /// New rows under an erased one are known as erased from now on, so that what follows for them is discarded as well.
    mutating func kept(
        _ bytes: [UInt8], without erased: Set<RowKey>, _ changeset: ChangesetID
    ) throws -> (bytes: [UInt8], touched: [LogEntry.Touched]) {
        if erased.isEmpty { return (bytes, []) }
        var touched: [LogEntry.Touched] = []
        for key in erased.sorted() where try rows.row(key) == nil {
            let write = Write(
                identity: DerivedIdentifier.make("erased with its parent", [changeset.bytes, key.row.bytes]),
                dot: Dot(site: 0, counter: 0), author: .zero, role: 0, rank: 0, effective: receiptTime(),
                sequence: nextSequence)
            try bury(key, by: write)
            note(TakenRow(key: key, kind: .erased, sequence: nextSequence))
            touched.append(LogEntry.Touched(key: key, previous: .zero))
        }
        return (try ChangesetCodec.erase(rows: erased, from: bytes), touched)
    }

    /// What of a changeset that is refused as a whole must not be kept.
    mutating func keptOfRefused(
        _ submission: Submission
    ) throws -> (bytes: [UInt8], positions: Set<UInt32>, touched: [LogEntry.Touched]) {
        guard case .decoded(let changeset) = submission.content else {
            let taken = try refusalsOfTaken(ChangesetCodec.legible(in: submission.bytes), areAll: false)
            guard taken.values.contains(where: { $0.rule == .erased }) else { return (submission.bytes, [], []) }
            return (ChangesetCodec.dropped(root: submission.root), [0], [])
        }
        let erased = Set(try refusalsOfTaken(changeset).filter { $0.value.rule == .erased }.keys)
        let kept = try kept(submission.bytes, without: erased, submission.identity)
        let positions = changeset.operations.filter { erased.contains($0.key) }.map(\.position)
        return (kept.bytes, Set(positions), kept.touched)
    }
}

extension DecodedChangeset {
    /// Where rows were erased from the bytes before they came, nobody can tell which positions theirs were: those without
    /// an operation are taken to be.
    func refuseErased(in verdicts: inout [Verdict]) {
        guard erasedRows > 0 else { return }
        let there = Set(operations.map(\.position)).union(undecodable.keys)
        for position in verdicts.indices where !there.contains(UInt32(position)) {
            verdicts[position].outcome = .refused(Refusal(.erased, "The row was erased from the changeset."))
        }
    }
}

extension Schema {
    /// The rows that an operation names as those whose scopes its row takes over.
    func parents(namedBy operation: CellOperation) -> [RowKey] {
        guard case .set = operation.action else { return [] }
        return parents(namedBy: operation) { collection in
            collection.scopes.compactMap { rule in
                if case .parent(let name, _) = rule { collection.field(named: name) } else { nil }
            }
        }
    }
}

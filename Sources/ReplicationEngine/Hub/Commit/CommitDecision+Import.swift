import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Takes the lines of an import. A line becomes one changeset of the hub's own, under the job's id:
    /// its rows are made or changed together, or the line is refused with a reason.
    mutating func importLines(_ batch: ImportBatch) throws -> WireImportResult {
        var result = WireImportResult()
        for line in batch.lines {
            var report = WireImportLineResult()
            report.line = line.number
            do {
                let draft = try draft(line)
                report.outcome = draft.operations.isEmpty ? .unchanged : draft.makesRows ? .created : .updated
                if !draft.operations.isEmpty, !batch.isDryRun {
                    let identity: ChangesetID = DerivedIdentifier.make(
                        "import", [batch.job.bytes, Array("\(line.number)".utf8)])
                    if try entry(of: identity) == nil {
                        try commitHubChangeset(
                            draft.operations, identity: identity, job: batch.job, cause: nil, causeDot: nil)
                    }
                }
            } catch let refusal as Refusal {
                report.outcome = .refused
                report.reason = refusal.detail
            }
            result.lines.append(report)
        }
        return result
    }

    struct LineDraft {
        var operations: [CellOperation] = []
        var makesRows = false
    }

    mutating func draft(_ line: ImportBatch.Line) throws -> LineDraft {
        var draft = HubDraft()
        var made: Set<RowKey> = []
        for row in line.rows {
            guard let collection = schema.collection(named: row.collection) else {
                throw Refusal(.unknownCollection, "The schema has no collection '\(row.collection)'.")
            }
            let key = RowKey(collection: collection.number, row: row.row)
            let before = try rows.row(key)
            if before == nil { made.insert(key) }
            try draftRow(row, key, before, collection, &draft)
        }
        try checkDraft(draft.operations, made)
        return LineDraft(operations: draft.operations, makesRows: !made.isEmpty)
    }

    private mutating func draftRow(
        _ row: ImportBatch.Row, _ key: RowKey, _ before: RowState?, _ collection: ReplicationCore.Collection,
        _ draft: inout HubDraft
    ) throws {
        var scalars: [String: Value] = [:]
        var increments: [(group: UInt32, amount: Int64)] = []
        var keyed: [(part: Part, value: Value)] = []
        for (name, value) in row.fields {
            if let key = collection.customKey(in: name), let group = collection.customGroup {
                keyed.append((Part(group: group.number, element: key), try typed(value, key, collection)))
                continue
            }
            guard let group = collection.group(holding: name) else {
                throw Refusal(.unknownField, "\(collection.label) has no field '\(name)'.")
            }
            switch group.policy {
            case .addWinsSet:
                throw Refusal(.wrongAction, "\(name) of \(collection.label) is a set; it takes elements.")
            case .counter:
                if before == nil, let amount = value.integer { increments.append((group.number, amount)) }
            case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly, .derived:
                scalars[name] = value
            }
        }
        if before == nil {
            draft.create(key, collection, scalars)
            for (group, amount) in increments { draft.increment(key, Part(group: group), by: amount) }
        }
        try draftSets(row, key, before, collection, &draft)
        for (part, value) in keyed where before == nil || collection.kind != .ledger {
            let shown = part.element.flatMap { before?.customValue($0, in: collection) } ?? .null
            if value == shown || row.fillsOnly && !shown.isNull { continue }
            draft.set(key, part, [value], context: try contextNow(key, part))
        }
        guard let before else { return }
        if collection.kind == .ledger { return }
        for group in collection.groups where group.fields.contains(where: { scalars[$0.name] != nil }) {
            // What an import says of a derived value is its start; from then on the hub computes it.
            if case .derived = group.policy { continue }
            let old = before.shownValues(of: group) ?? group.fields.map { _ in Value.null }
            if row.fillsOnly, old.contains(where: { !$0.isNull }) { continue }
            let new = zip(group.fields, old).map { scalars[$0.name] ?? $1 }
            let part = Part(group: group.number)
            if new != old { draft.set(key, part, new, context: try contextNow(key, part)) }
        }
    }

    private func draftSets(
        _ row: ImportBatch.Row, _ key: RowKey, _ before: RowState?, _ collection: ReplicationCore.Collection,
        _ draft: inout HubDraft
    ) throws {
        for (name, elements) in row.sets {
            guard let group = collection.group(holding: name), group.isSet else {
                throw Refusal(.wrongAction, "\(collection.label) has no set '\(name)'.")
            }
            for element in elements {
                let isThere = !(before?[Part(group: group.number, element: element)]?.siblings.isEmpty ?? true)
                if !isThere { draft.add(key, group: group.number, element: element, context: Context()) }
            }
        }
    }

    private mutating func checkDraft(_ operations: [CellOperation], _ made: Set<RowKey>) throws {
        try checkCustom(operations, made)
        for operation in operations {
            let presence: OperationCheck.RowPresence = made.contains(operation.key)
                ? operation.action == .create ? .unknown : .beingCreated : .known
            if let refusal = check.refusal(of: operation, role: 0, presence: presence, isHub: true) { throw refusal }
            guard let collection = schema.collection(operation.key.collection) else { continue }
            if operation.action == .create {
                let peers = operations.filter { $0.key == operation.key }
                if let refusal = check.refusalOfNewRow(peers, in: collection) { throw refusal }
            }
            guard case .set(let values) = operation.action, let group = collection.group(operation.part.group) else {
                continue
            }
            for (field, value) in zip(group.fields, values) {
                guard let key = schema.referenced(by: field, value), !made.contains(key) else { continue }
                if try rows.row(key) == nil {
                    throw Refusal(.unknownReference, "\(field.label) (\(field.name)) names a row that does not exist: \(key.row).")
                }
            }
        }
    }
}

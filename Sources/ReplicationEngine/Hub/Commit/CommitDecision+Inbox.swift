import ReplicationCore
import WireProtocol

/// An accepted write that was marked as the resolution of a conflict.
struct Resolution {
    let conflict: RowID
    let key: RowKey
    let part: Part
    let context: Context
    let write: ChangesetID
}

/// A write that took the place of others in its cell.
struct Overwriting {
    let key: RowKey
    let part: Part
    let write: Write
    let superseded: [ChangesetID]
    let resolves: [RowID]
}

/// One side of a conflict: a write of a cell.
struct ConflictSide: Hashable {
    let key: RowKey
    let part: Part
    let write: ChangesetID
}

extension Application {
    /// Notes what a write did to the sides of conflicts.
    ///
    /// A write-once cell keeps every value. Whoever has seen all of them and marks the write has settled the
    /// matter: it is no conflict again.
    mutating func noteSides(of operation: CellOperation, _ write: Write, _ reason: inout MergeReason) {
        if reason.rule == .alreadyKnown { return }
        if !reason.superseded.isEmpty {
            overwritings.append(Overwriting(
                key: operation.key, part: operation.part, write: write,
                superseded: reason.superseded.map(\.identity), resolves: operation.resolves))
        }
        guard !operation.resolves.isEmpty else { return }
        resolutions.append(contentsOf: operation.resolves.map {
            Resolution(
                conflict: $0, key: operation.key, part: operation.part, context: operation.context,
                write: write.identity)
        })
        if reason.concurrent.allSatisfy({ operation.context.contains($0) }) {
            reason.isConflict = false
            reason.needsReview = false
        }
    }
}

/// The inbox of conflicts: what becomes of open ones when their cell is written again.
extension CommitDecision {
    /// Conflicts of one row are looked through up to this many; closed ones count.
    private static let conflictsOfRow = 1_000

    /// An open conflict goes on when one of its sides, or both, are overwritten by a write that does not
    /// resolve it: the new value is theirs, and what it left unseen, or the loser, is yours.
    mutating func draftCarrying(
        _ overwriting: Overwriting, _ application: inout Application, _ draft: inout HubDraft
    ) throws {
        guard let collection = schema.collection(named: "conflict"),
            let group = schema.collection(overwriting.key.collection)?.group(overwriting.part.group),
            group.policy.leavesConflicts, let cell = try rows.row(overwriting.key)?[overwriting.part]
        else { return }
        let shown = Shown.sibling(of: cell, policy: group.policy)?.write.identity
        for row in try openConflicts(of: overwriting.key, overwriting.part, collection) {
            func value(_ field: String) -> Value { row.shownValue(of: field, in: collection) ?? .null }
            func covers(_ side: String) -> Bool {
                sideIdentity(side, row, collection).map { overwriting.superseded.contains($0) } ?? false
            }
            let (coversTheirs, coversYours) = (covers("theirs"), covers("yours"))
            guard coversTheirs || coversYours,
                !(overwriting.resolves.contains(row.key.row)
                    && isSettled(row, collection, by: overwriting.write.identity, in: cell, group.policy, nil))
            else { continue }
            let loser = value("shown") == .text("theirs") ? "yours" : "theirs"
            let other = coversTheirs && coversYours ? loser : coversTheirs ? "yours" : "theirs"
            let otherWrite = sideIdentity(other, row, collection)
            if let otherWrite {
                application.carriedSides.insert(ConflictSide(
                    key: overwriting.key, part: overwriting.part, write: otherWrite))
            }
            let standing = cell.siblings.first { $0.write.identity == overwriting.write.identity }
            draftChange(of: row, collection, [
                "theirs": json(standing?.values, group),
                "theirs_author": author(overwriting.write),
                "theirs_write": .bytes(overwriting.write.identity.bytes),
                "theirs_at": .integer(Int64(overwriting.write.effective.milliseconds)),
                "yours": value(other), "yours_author": value("\(other)_author"),
                "yours_write": value("\(other)_write"), "yours_at": value("\(other)_at"),
                "shown": .text(shown != nil && shown == otherWrite ? "yours" : "theirs"),
            ], &draft)
        }
    }

    /// Closes a conflict by a write that was marked as its resolution and has seen both sides: it stands in
    /// the conflict's cell, and neither of them stands beside it.
    mutating func draftClosing(
        _ resolution: Resolution, _ application: Application, _ draft: inout HubDraft
    ) throws {
        guard let collection = schema.collection(named: "conflict"),
            let group = schema.collection(resolution.key.collection)?.group(resolution.part.group),
            let cell = try rows.row(resolution.key)?[resolution.part],
            let row = try rows.row(RowKey(collection: collection.number, row: resolution.conflict)),
            isOpen(row, collection, about: resolution.key, resolution.part),
            isSettled(row, collection, by: resolution.write, in: cell, group.policy, resolution.context)
        else { return }
        draftChange(of: row, collection, [
            "state": .text("closed"),
            "closed_by": application.author.isZero ? .null : .reference(application.author),
            "closed_at": .integer(Int64(moment.wallMilliseconds)), "closing_write": .bytes(resolution.write.bytes),
        ], &draft)
    }

    /// Write-once sides stand for ever; there it is the context that must hold both.
    private func isSettled(
        _ row: RowState, _ collection: ReplicationCore.Collection, by write: ChangesetID, in cell: CellState,
        _ policy: Policy, _ context: Context?
    ) -> Bool {
        let sides = ["theirs", "yours"].compactMap { sideIdentity($0, row, collection) }
        guard sides.count == 2, cell.sibling(of: write) != nil else { return false }
        let standing = cell.siblings.filter { $0.write.identity != write && sides.contains($0.write.identity) }
        switch policy {
        case .writeOnce: return standing.allSatisfy { context?.contains($0.write) ?? false }
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .hubOnly, .derived:
            return standing.isEmpty
        }
    }

    private mutating func openConflicts(
        of key: RowKey, _ part: Part, _ collection: ReplicationCore.Collection
    ) throws -> [RowState] {
        guard let subject = schema.reference(to: key) else { return [] }
        let keys = try reader.rows(
            of: collection.number, where: "subject", equals: .text(subject), limit: Self.conflictsOfRow)
        // Those raised by this very commit are not in the store yet.
        return try (keys + (raisedConflicts[key] ?? [])).compactMap { try rows.row($0) }
            .filter { isOpen($0, collection, about: key, part) }
    }

    private func isOpen(
        _ row: RowState, _ collection: ReplicationCore.Collection, about key: RowKey, _ part: Part
    ) -> Bool {
        guard let subject = schema.reference(to: key) else { return false }
        return row.shownValue(of: "state", in: collection) == .text("open")
            && row.shownValue(of: "subject", in: collection) == .text(subject)
            && row.shownValue(of: "part_group", in: collection) == .integer(Int64(part.group))
            && row.shownValue(of: "part_element", in: collection)?.text == part.element
    }

    private func sideIdentity(
        _ side: String, _ row: RowState, _ collection: ReplicationCore.Collection
    ) -> ChangesetID? {
        guard case .bytes(let bytes)? = row.shownValue(of: "\(side)_write", in: collection) else { return nil }
        return ChangesetID(bytes: bytes)
    }

    /// Writes fields of a conflict row; the other columns of their groups stay.
    private func draftChange(
        of row: RowState, _ collection: ReplicationCore.Collection, _ fields: [String: Value], _ draft: inout HubDraft
    ) {
        for group in collection.groups where group.fields.contains(where: { fields[$0.name] != nil }) {
            let part = Part(group: group.number)
            let shown = row.shownValues(of: group)
            let values = group.fields.enumerated().map { fields[$1.name] ?? shown?[$0] ?? .null }
            draft.set(row.key, part, values, context: Context(sequence: row[part]?.sequence ?? .zero))
        }
    }
}

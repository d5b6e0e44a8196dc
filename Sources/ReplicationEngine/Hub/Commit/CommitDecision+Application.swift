import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Applies an operation that was judged acceptable, and gives its final verdict.
    ///
    /// - Parameters:
    ///   - isFixed: the write's effective time was fixed when it was first taken in.
    ///   - beside: as `Merge.apply` takes it.
    ///   - breaches: what it breaks of an administrator's definitions.
    mutating func apply(
        _ operation: CellOperation, _ write: Write, _ author: Author, isLate: Bool, isFixed: Bool = false,
        beside: Set<ChangesetID> = [], breaches: [CustomBreach] = [], _ application: inout Application
    ) throws -> Verdict {
        noteDefinition(operation)
        guard let collection = schema.collection(operation.key.collection) else {
            preconditionFailure("an operation on an unknown collection was judged acceptable")
        }
        let place = try rows.place(of: operation.key)
        let cell = rows[place]?[operation.part]
        var write = write
        if !isFixed {
            write.effective = EffectiveTime.fix(
                stamp: author.header.stamp, evidence: author.evidence,
                seen: cell?.latestSeen(by: operation.context) ?? .zero, receipt: author.receipt)
        }
        let action = schema.completed(
            operation.action, in: collection, role: write.role, basis: author.header.basis, at: write.sequence)
        let incoming = IncomingWrite(write: write, context: try widened(operation, over: cell), action: action)
        let wasDeleted = rows[place]?.isDeleted ?? false
        let previous = rows[place]?.sequence ?? .zero
        var (reason, after, isChanged) = rows.take(
            incoming, into: operation.part, at: place, before: cell, policy: collection.policy(of: operation.part),
            beside: beside)
        try noteContained(operation)
        application.noteSides(of: operation, write, &reason)

        if isChanged {
            // A row that stands at this changeset's sequence has been noted with its first change.
            if previous != write.sequence {
                application.touched.append(LogEntry.Touched(key: operation.key, previous: previous))
            }
            if operation.part == .liveness, cell == nil { application.newRows.append(operation.key) }
            // What stands already may come with places of lost time; nothing follows from that.
            if reason.rule != .alreadyKnown {
                try noteConsequences(operation, place, collection, wasDeleted: wasDeleted, author, &application)
            }
        }
        if reason.isConflict {
            application.conflicts.append(PendingConflict(
                key: operation.key, part: operation.part, context: operation.context, reason: reason,
                yours: write))
        }
        let needsReview = noteReviews(operation, collection, reason, isLate: isLate, &application) || !breaches.isEmpty
        for breach in breaches { application.note(breach, on: operation.key) }
        return Verdict(
            outcome: reason.isConflict ? .conflict : needsReview ? .review : .accepted,
            sequence: after?.sequence ?? .zero, rank: write.rank, effective: write.effective, isLate: isLate)
    }

    private func noteReviews(
        _ operation: CellOperation, _ collection: ReplicationCore.Collection, _ reason: MergeReason, isLate: Bool,
        _ application: inout Application
    ) -> Bool {
        if reason.needsReview {
            let name = collection.group(operation.part.group)?.name ?? "existence"
            let rule = reason.rule == .firstCommitted ? "second_value" : "clash"
            application.reviews.append(PendingReview(
                key: operation.key, rule: rule,
                detail: "\(name) of \(collection.label) has values that cannot both be true."))
        }
        // What a new row hangs on is known with its fields, which follow its creation.
        if isLate, operation.action != .create {
            let subject = lateSubject(of: operation.key, in: collection, cause: application.writes)
            if !application.reviews.contains(where: { $0.key == subject && $0.rule == "late" }) {
                application.reviews.append(PendingReview(
                    key: subject, rule: "late",
                    detail: "Work was done while this was in the writer's scope, and was received after it had left it."))
            }
        }
        return reason.needsReview
    }

    /// What a late write is about: the row, or the parent of a row that the write makes, so that a late job
    /// with ten entries is looked at once.
    private func lateSubject(
        of key: RowKey, in collection: ReplicationCore.Collection, cause: ChangesetID
    ) -> RowKey {
        guard let row = rows.known(key), row[.liveness]?.siblings.contains(where: { $0.write.identity == cause }) ?? false
        else { return key }
        return parentReference(of: row, in: collection) ?? key
    }

    /// What follows from a change of a row, which stands at `place` as it is now.
    private mutating func noteConsequences(
        _ operation: CellOperation, _ place: Int, _ collection: ReplicationCore.Collection, wasDeleted: Bool,
        _ author: Author, _ application: inout Application
    ) throws {
        guard let row = rows[place] else { return }
        if wasDeleted, row.isAlive {
            if operation.action != .restore {
                application.reviews.append(PendingReview(
                    key: operation.key, rule: "revived",
                    detail: "\(collection.label) was deleted, and a write that had not seen the deletion brought it back."))
            }
            try noteRevivedParents(of: row, collection, what: "a \(collection.label) that was brought back", &application)
        }
        if case .delete = operation.action, !row.isAlive {
            try noteUnseenChildren(of: row.key, collection, author, &application)
        }
        guard operation.part.group != 0, let group = collection.group(operation.part.group) else { return }
        // The liveness cell of a row made by this changeset carries its identity.
        let isNewRow = row[.liveness]?.siblings.contains { $0.write.identity == application.writes } ?? false
        if schema.hasDerivations(from: collection.number) {
            application.inputs.append(DerivationInput(
                key: operation.key, fields: group.fields.map(\.name), isNewRow: isNewRow))
        }
        if isNewRow, collection.hasParent(in: group) {
            try noteRevivedParents(of: row, collection, what: "a new \(collection.label)", &application)
        }
        try noteUniqueness(operation.key, row, group, collection, &application)
    }

    /// A living child brings its deleted parents back, and their parents with them.
    private mutating func noteRevivedParents(
        of child: RowState, _ collection: ReplicationCore.Collection, what: String, _ application: inout Application
    ) throws {
        for rule in collection.scopes {
            guard case .parent(let name, _) = rule, var parent = reference(of: child, name, in: collection) else { continue }
            // Bounded by the depth of the schema's acyclic collections.
            for _ in 0..<schema.collections.count {
                guard let row = try rows.row(parent), let above = schema.collection(parent.collection) else { break }
                if !row.isAlive, row[.liveness] != nil, try takenRow(parent) == nil { revive(parent, above, what: what, &application) }
                guard let next = parentReference(of: row, in: above) else { break }
                parent = next
            }
        }
    }

    private func revive(
        _ key: RowKey, _ collection: ReplicationCore.Collection, what: String, _ application: inout Application
    ) {
        guard !application.revived.contains(key) else { return }
        application.revived.append(key)
        application.reviews.append(PendingReview(
            key: key, rule: "revived",
            detail: "\(collection.label) was deleted, and \(what) that belongs to it brought it back."))
    }

    /// A deletion does not bury what others hung on the row and its writer had not been sent: the same as if
    /// the child had come after the deletion.
    private mutating func noteUnseenChildren(
        of key: RowKey, _ collection: ReplicationCore.Collection, _ author: Author, _ application: inout Application
    ) throws {
        for below in schema.collections {
            for rule in below.scopes {
                guard case .parent(let name, _) = rule, let field = below.field(named: name),
                    let value = schema.value(of: field, referringTo: key)
                else { continue }
                var children = try reader.rows(of: below.number, where: name, equals: value, limit: Self.childrenLookedAt)
                children += rows.changed(in: below.number)
                for child in children {
                    guard let row = try rows.row(child), row.isAlive, reference(of: row, name, in: below) == key,
                        row[.liveness]?.siblings.contains(where: { isUnseen($0.write, by: author) }) ?? false
                    else { continue }
                    return revive(key, collection, what: "a new \(below.label)", &application)
                }
            }
        }
    }

    /// A person's write that the author's device had not been sent when it wrote.
    private func isUnseen(_ write: Write, by author: Author) -> Bool {
        write.dot.site != 0 && write.dot.site != author.dot.site && !Context(sequence: author.basis).contains(write)
    }

    /// A row has few children of a kind; of one that has more, these decide.
    private static let childrenLookedAt = 1_000

    private func reference(of row: RowState, _ name: String, in collection: ReplicationCore.Collection) -> RowKey? {
        guard let field = collection.field(named: name), let value = row.shownValue(of: name, in: collection) else { return nil }
        return schema.referenced(by: field, value)
    }

    private func parentReference(of row: RowState, in collection: ReplicationCore.Collection) -> RowKey? {
        for rule in collection.scopes {
            if case .parent(let name, _) = rule, let key = reference(of: row, name, in: collection) { return key }
        }
        return nil
    }

    private mutating func noteUniqueness(
        _ key: RowKey, _ row: RowState, _ group: Group, _ collection: ReplicationCore.Collection,
        _ application: inout Application
    ) throws {
        for fields in collection.unique where group.fields.contains(where: { fields.contains($0.name) }) {
            let values = fields.map { row.shownValue(of: $0, in: collection) ?? .null }
            guard let first = values.first, !values.contains(.null) else { continue }
            // A handful suffices: one other living row makes the review.
            var candidates = try reader.rows(of: key.collection, where: fields[0], equals: first, limit: 16)
            // And those of this very commit, which the store does not have yet.
            candidates += noteValues(values, of: fields, key)
            for candidate in candidates where candidate != key {
                guard let other = try rows.row(candidate), other.isAlive,
                    fields.map({ other.shownValue(of: $0, in: collection) ?? .null }) == values
                else { continue }
                application.reviews.append(PendingReview(
                    key: key, rule: "unique",
                    detail: "Another \(collection.label) has the same \(fields.joined(separator: ", "))."))
                break
            }
        }
    }
}

extension ReplicationCore.Collection {
    /// Whether a group's columns say to which row one belongs.
    fileprivate func hasParent(in group: Group) -> Bool {
        scopes.contains { rule in
            if case .parent(let name, _) = rule { group.fields.contains { $0.name == name } } else { false }
        }
    }
}

extension Schema {
    /// What a reference field holds that names a row; nil if it cannot name rows of that collection.
    func value(of field: Field, referringTo key: RowKey) -> Value? {
        switch field.type {
        case .reference(let collection): collection == key.collection ? .reference(key.row) : nil
        case .anyReference(let collections): collections.contains(key.collection) ? reference(to: key).map { .text($0) } : nil
        case .text, .integer, .real, .boolean, .timestamp, .date, .choice, .bytes, .blob, .custom: nil
        }
    }

    /// A deletion as the hub takes it: cells that the deleter may not read count as held at the basis.
    ///
    /// - Parameter sequence: of the commit; a basis that claims more than came before it counts as that.
    func completed(
        _ action: Action, in collection: ReplicationCore.Collection, role: UInt32, basis: CommitSequence,
        at sequence: CommitSequence
    ) -> Action {
        guard case .delete(let covering) = action, role != 0 else { return action }
        let before = CommitSequence(epoch: sequence.epoch, number: sequence.number - 1)
        let basis = min(basis, before)
        let hidden = collection.groups.filter { !mayRead(role, $0.number, of: collection) }.map {
            SeenCell(part: Part(group: $0.number), context: Context(sequence: basis))
        }
        return .delete(covering: covering + hidden)
    }
}

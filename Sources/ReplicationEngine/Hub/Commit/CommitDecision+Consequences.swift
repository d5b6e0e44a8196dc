import Foundation
import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Commits what follows from a changeset as a changeset of the hub's own, if anything does.
    mutating func commitConsequences(of application: inout Application) throws {
        var draft = HubDraft()
        try derive(from: application.inputs, &draft, &application)
        for overwriting in application.overwritings { try draftCarrying(overwriting, &application, &draft) }
        for conflict in application.conflicts { try draftConflict(conflict, application, &draft) }
        for review in application.reviews { try draftReview(review, application, &draft) }
        for resolution in application.resolutions { try draftClosing(resolution, application, &draft) }
        for parent in application.revived { draft.restore(parent, context: try contextNow(parent, .liveness)) }
        // A changeset has a largest size, and what follows from one may be larger than it was.
        for (index, part) in draft.parts.enumerated() {
            let further = index == 0 ? [] : [Array("\(index)".utf8)]
            // After a restore somebody may be waiting for a row that the hub makes anew.
            application.newRows += try commitHubChangeset(
                part, identity: DerivedIdentifier.make("consequence", [application.cause.bytes] + further),
                job: nil, cause: application.cause, causeDot: application.causeDot,
                former: application.formerPlaces(ofConsequence: index))
        }
    }

    /// What the hub sees of a cell when it decides: everything.
    mutating func contextNow(_ key: RowKey, _ part: Part) throws -> Context {
        Context(sequence: try rows.row(key)?[part]?.sequence ?? .zero)
    }

    private mutating func draftConflict(
        _ conflict: PendingConflict, _ application: Application, _ draft: inout HubDraft
    ) throws {
        guard let collection = schema.collection(named: "conflict"),
            let subject = schema.reference(to: conflict.key), let row = try rows.row(conflict.key),
            let subjectCollection = schema.collection(conflict.key.collection),
            let group = subjectCollection.group(conflict.part.group),
            let cell = row[conflict.part]
        else { return }
        let base = try CellHistory(reader: reader, schema: schema)
            .state(of: conflict.part, key: conflict.key, at: conflict.context.sequence, planned: plan)
        let label = try label(of: conflict.part, group, subjectCollection)
        let yours = cell.siblings.first { $0.write.identity == conflict.yours.identity }?.values
        for theirs in sides(of: conflict.reason) {
            let other = cell.siblings.first { $0.write.identity == theirs.identity }?.values
            // Equal values join, also beside a third that differs.
            if other == yours { continue }
            let side = ConflictSide(key: conflict.key, part: conflict.part, write: theirs.identity)
            if application.carriedSides.contains(side) { continue }
            // The same whichever of the two came first: after a restore they may come in another order.
            let pair = [theirs.identity, conflict.yours.identity].sorted().map(\.bytes)
            let id: RowID = DerivedIdentifier.make(
                "conflict", pair + [conflict.key.row.bytes, Array("\(conflict.part)".utf8)])
            let isCrowded = conflict.reason.concurrent.count > Self.comparedWithEachOther
            if try rows.row(RowKey(collection: collection.number, row: id)) != nil {
                if isCrowded { break } else { continue }
            }
            let fields: [String: Value] = [
                "subject": .text(subject),
                "part_label": .text(label),
                "part_group": .integer(Int64(conflict.part.group)),
                "part_element": conflict.part.element.map { .text($0) } ?? .null,
                "rule": .text(conflict.reason.rule.rawValue),
                "base": json(base.flatMap { Shown.sibling(of: $0, policy: group.policy)?.values }, group),
                "theirs": json(other, group),
                "yours": json(yours, group),
                "shown": .text(conflict.reason.shown == conflict.yours.identity ? "yours" : "theirs"),
                "theirs_author": author(theirs),
                "yours_author": author(conflict.yours),
                "theirs_write": .bytes(theirs.identity.bytes),
                "yours_write": .bytes(conflict.yours.identity.bytes),
                "theirs_at": .integer(Int64(theirs.effective.milliseconds)),
                "yours_at": .integer(Int64(conflict.yours.effective.milliseconds)),
                "raised_at": .integer(Int64(moment.wallMilliseconds)),
                "state": .text("open"),
            ]
            let raised = RowKey(collection: collection.number, row: id)
            draft.create(raised, collection, fields)
            raisedConflicts[conflict.key, default: []].append(raised)
            if isCrowded { break }
        }
    }

    /// What people call a cell; of a set its element is told beside it.
    private mutating func label(of part: Part, _ group: Group, _ collection: ReplicationCore.Collection) throws -> String {
        if group.isKeyed, let key = part.element { return try definitions(of: collection).fields[key]?.label ?? key }
        return group.fields.map(\.label).joined(separator: ", ")
    }

    /// The writes that a new one may be set against: what is shown first, then the latest.
    private func sides(of reason: MergeReason) -> [Write] {
        guard reason.concurrent.count > Self.comparedWithEachOther else { return reason.concurrent }
        let byTime = reason.concurrent.sorted { Write.isEarlier($1, $0) }
        return byTime.filter { $0.identity == reason.shown } + byTime.filter { $0.identity != reason.shown }
    }

    /// A few are compared with each other, each pair in a conflict of its own. Beyond that each new one is set against one
    /// other, or an inbox would grow by the square of who wrote.
    private static let comparedWithEachOther = 3

    func author(_ write: Write) -> Value {
        write.author.isZero ? .null : .reference(write.author)
    }

    private mutating func draftReview(
        _ review: PendingReview, _ application: Application, _ draft: inout HubDraft
    ) throws {
        guard let collection = schema.collection(named: "review"), let subject = schema.reference(to: review.key)
        else { return }
        // Late work of one person on one row is one matter as long as it is open.
        let occasion = review.rule == "late" ? application.author.bytes : application.cause.bytes
        var id: RowID = DerivedIdentifier.make("review", [occasion, review.key.row.bytes, Array(review.rule.utf8)])
        if let known = try rows.row(RowKey(collection: collection.number, row: id)) {
            if known.shownValue(of: "state", in: collection) == .text("open") { return }
            id = DerivedIdentifier.make("review", [application.cause.bytes, review.key.row.bytes, Array(review.rule.utf8)])
            // What this very changeset gave rise to was looked at already: its cause is handed in again after a restore.
            if try rows.row(RowKey(collection: collection.number, row: id)) != nil { return }
        }
        draft.create(RowKey(collection: collection.number, row: id), collection, [
            "subject": .text(subject),
            "rule": .text(review.rule),
            "detail": .text(review.detail),
            "author": application.author.isZero ? .null : .reference(application.author),
            "raised_at": .integer(Int64(moment.wallMilliseconds)),
            "state": .text("open"),
        ])
    }

    /// The values of a group as a JSON object, for people and programs that read the inbox.
    func json(_ values: [Value]?, _ group: Group) -> Value {
        guard let values else { return .null }
        return .text(ValueJSON.object(zip(group.fields.map(\.name), values).map { ($0, $1) }))
    }
}

/// Operations of a hub changeset, while it is put together.
struct HubDraft {
    private(set) var operations: [CellOperation] = []
    private var cells: [RowKey: Set<Part>] = [:]

    mutating func create(_ key: RowKey, _ collection: ReplicationCore.Collection, _ fields: [String: Value]) {
        if isCreating(key) { return }
        precondition(cells[key] == nil, "a row is written before it is created")
        append(key, .liveness, .create, Context())
        for group in collection.groups where group.fields.contains(where: { fields[$0.name] != nil }) {
            switch group.policy {
            case .addWinsSet, .counter: continue
            case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce, .hubOnly, .derived:
                append(key, Part(group: group.number), .set(group.fields.map { fields[$0.name] ?? .null }), Context())
            }
        }
    }

    mutating func set(_ key: RowKey, _ part: Part, _ values: [Value], context: Context) {
        // A further step within one changeset takes the place of the one before.
        if let index = operations.firstIndex(where: { $0.key == key && $0.part == part }),
            case .set = operations[index].action {
            operations[index].action = .set(values)
        } else {
            append(key, part, .set(values), context)
        }
    }

    mutating func add(_ key: RowKey, group: UInt32, element: String, context: Context) {
        append(key, Part(group: group, element: element), .add, context)
    }

    mutating func increment(_ key: RowKey, _ part: Part, by amount: Int64) {
        if let index = operations.firstIndex(where: { $0.key == key && $0.part == part }),
            case .increment(let known) = operations[index].action {
            operations[index].action = .increment(known &+ amount)
        } else {
            append(key, part, .increment(amount), Context())
        }
    }

    mutating func restore(_ key: RowKey, context: Context) { append(key, .liveness, .restore, context) }

    /// The operations in as many changesets as they need, each with whole rows.
    var parts: [[CellOperation]] {
        guard operations.count > Self.partOperations || operations.reduce(0, { $0 + $1.estimatedBytes }) > Self.partBytes
        else { return operations.isEmpty ? [] : [operations] }
        var order: [RowKey] = []
        var byRow: [RowKey: [CellOperation]] = [:]
        for operation in operations {
            if byRow[operation.key] == nil { order.append(operation.key) }
            byRow[operation.key, default: []].append(operation)
        }
        var parts: [[CellOperation]] = [[]]
        var bytes = 0
        for key in order {
            let row = byRow[key] ?? []
            let size = row.reduce(0) { $0 + $1.estimatedBytes }
            if !parts[parts.count - 1].isEmpty,
                bytes + size > Self.partBytes || parts[parts.count - 1].count + row.count > Self.partOperations {
                parts.append([])
                bytes = 0
            }
            bytes += size
            for var operation in row {
                operation.position = UInt32(parts[parts.count - 1].count)
                parts[parts.count - 1].append(operation)
            }
        }
        return parts
    }

    /// Half of what a changeset may have, so that an estimate suffices.
    private static let partBytes = ProtocolLimits.changesetBytes / 2
    private static let partOperations = ProtocolLimits.operationsPerChangeset / 2

    func isCreating(_ key: RowKey) -> Bool { cells[key]?.contains(.liveness) ?? false }

    private mutating func append(_ key: RowKey, _ part: Part, _ action: Action, _ context: Context) {
        // A changeset writes a cell at most once.
        guard cells[key, default: []].insert(part).inserted else { return }
        operations.append(CellOperation(
            position: UInt32(operations.count), key: key, part: part, action: action, context: context))
    }
}

extension CellOperation {
    /// About how many bytes it takes in a changeset; rather too many.
    fileprivate var estimatedBytes: Int {
        var bytes = 96 + (part.element?.utf8.count ?? 0)
        if case .set(let values) = action {
            for value in values {
                switch value {
                case .text(let text): bytes += text.utf8.count + 8
                case .bytes(let content): bytes += content.count + 8
                case .null, .boolean, .integer, .real: bytes += 12
                }
            }
        }
        return bytes
    }
}

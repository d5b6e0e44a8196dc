import ReplicationCore
import WireProtocol

/// Judging by what an administrator has defined: a breach of what the writer can have known is refused, any other is accepted
/// and reviewed.
extension CommitDecision {
    /// What is defined for a collection, as this commit has it.
    mutating func definitions(of collection: ReplicationCore.Collection) throws -> CustomDefinitions {
        if let known = customDefinitions[collection.number] { return known }
        let look = lookNow { _ in [] }
        let made = try CustomDefinitions(of: collection, in: schema, rows: definitionRows, look: look)
        customDefinitions[collection.number] = made
        return made
    }

    /// The definitions of collections that this commit has looked at are not what they were.
    mutating func noteDefinition(_ operation: CellOperation) {
        if schema.custom?.holds(operation.key.collection) == true { customDefinitions = [:] }
    }

    /// Why a value by key, or one that empties a field, is not taken.
    mutating func refusalOfValue(
        _ index: Int, _ collection: ReplicationCore.Collection, _ author: Author, _ inspection: inout Inspection
    ) throws -> Refusal? {
        let operation = inspection.operations[index]
        guard case .set(let values) = operation.action else { return nil }
        let isKeyed = CustomCheck.concerns(operation, in: collection)
        let isNew = inspection[rowOf: index].isCreated
        // Emptying is of rows that are there; what a new row lacks is seen as a whole.
        guard isKeyed || !isNew && values.contains(.null) else { return nil }
        return try refusal(of: operation, collection, author, &inspection) { check, row, before in
            var breaches: [CustomBreach] = []
            if isKeyed, let breach = try check.breach(ofValue: operation, on: row()) { breaches.append(breach) }
            if !isNew, let breach = try check.breach(ofClearing: operation, before: before, row: row()) { breaches.append(breach) }
            return breaches
        }
    }

    /// Why a new row is not taken: a field that it has to have, and that nothing fills.
    ///
    /// - Parameter acceptable: its operations that do not fail by themselves.
    mutating func refusalOfNewRow(
        _ index: Int, _ acceptable: [CellOperation], _ collection: ReplicationCore.Collection, _ author: Author,
        _ inspection: inout Inspection, isTrial: Bool = false
    ) throws -> Refusal? {
        guard try !definitions(of: collection).rules.isEmpty else { return nil }
        let operation = inspection.operations[index]
        // A value that is refused fills nothing.
        var filling: [CellOperation] = []
        for peer in acceptable {
            guard CustomCheck.concerns(peer, in: collection) else {
                filling.append(peer)
                continue
            }
            let refused = try refusal(of: peer, collection, author, &inspection, isTrial: true) { check, row, _ in
                try check.breach(ofValue: peer, on: row()).map { [$0] } ?? []
            }
            if refused == nil { filling.append(peer) }
        }
        return try refusal(of: operation, collection, author, &inspection, writing: filling, isTrial: isTrial) { check, row, _ in
            try row().map { try check.breaches(ofNewRow: $0) } ?? []
        }
    }

    /// What a new row lacks may be filled by a reference to a row that is not known yet: then it waits with that.
    mutating func refusalOfWaitingRow(
        _ index: Int, _ peers: ArraySlice<CellOperation>, _ collection: ReplicationCore.Collection, _ author: Author,
        _ inspection: inout Inspection
    ) throws -> Refusal? {
        let sound = peers.filter { check.refusal(of: $0, role: author.replica.role, presence: .beingCreated) == nil }
        guard try refusalOfNewRow(index, sound, collection, author, &inspection, isTrial: true) == nil else { return nil }
        return refusalOfWaitingRow(peers, collection, author)
    }

    /// Asks the rules as they are, and where that finds something, as the writer can have known them. What both find is
    /// refused; what only the first finds is noted, to be reviewed.
    ///
    /// - Parameters:
    ///   - writing: what is written to the row; nil for all that the changeset writes to it.
    ///   - isTrial: nothing is noted.
    ///   - ask: is given the row with what is written to it, made when it is asked for, and without.
    private mutating func refusal(
        of operation: CellOperation, _ collection: ReplicationCore.Collection, _ author: Author,
        _ inspection: inout Inspection, writing: [CellOperation]? = nil, isTrial: Bool = false,
        _ ask: (CustomCheck, () throws -> RowState?, RowState?) throws -> [CustomBreach]
    ) throws -> Refusal? {
        let definitions = try definitions(of: collection)
        if definitions.isEmpty, !CustomCheck.concerns(operation, in: collection), !hasMandatory(operation, collection) { return nil }
        let all = inspection.operationsByRow, created = inspection.created, remembered = inspection.known
        // What else a changeset writes decides nothing here, and may be thousands of elements and keys.
        func written(to key: RowKey) -> [CellOperation] {
            if key == operation.key, let writing { return writing.filter { $0.isOfFields(definitions) } }
            return remembered.written(to: key, judging: collection.number) {
                (all[key] ?? []).filter { $0.isOfFields(definitions) }
            }
        }
        // Of rows that are there, others' writes are seen as they were taken; what is made here is nowhere else.
        let now = lookNow { $0 == operation.key || created.contains($0) ? written(to: $0) : [] }
        let check = CustomCheck(
            schema: schema, collection: collection, definitions: definitions, writer: author.replica.role, look: now)
        let before = try lookNow { _ in [] }(operation.key)
        let breaches = try ask(check, { try now(operation.key) }, before)
        guard !breaches.isEmpty else { return nil }

        var known: [CustomBreach] = []
        if canKnowDefinitions(author, collection) {
            let asKnown = lookAsKnown(by: author, inspection.known, written)
            let past = try inspection.known.definitions[collection.number] ?? CustomDefinitions(
                of: collection, in: schema, rows: definitionRows) { key in try definition(key, asKnownBy: author) }
            inspection.known.definitions[collection.number] = past
            let check = CustomCheck(
                schema: schema, collection: collection, definitions: past, writer: author.replica.role, look: asKnown)
            known = try ask(check, { try asKnown(operation.key) }, before)
        }
        for breach in breaches {
            let isUndefined = breach.kind == .undefined && !hub.isLost(author.header.basis)
            if isUndefined || known.contains(where: { $0.kind == breach.kind && $0.definition == breach.definition }) {
                return breach.refusal
            }
            if !isTrial { inspection.breaches[operation.position, default: []].append(breach) }
        }
        return nil
    }

    /// The write sets a group of which the schema says that a row must have a column.
    private func hasMandatory(_ operation: CellOperation, _ collection: ReplicationCore.Collection) -> Bool {
        collection.group(operation.part.group)?.fields.contains(where: \.isMandatory) ?? false
    }

    // MARK: Looking at rows

    /// Rows as this commit has them, with operations on top.
    func lookNow(_ written: @escaping (RowKey) -> [CellOperation]) -> (RowKey) throws -> RowState? {
        { [rows, reader, schema] key in
            try schema.render(key, rows.known(key) ?? reader.row(key), written(key))
        }
    }

    /// Rows as the writer can have known them, with what the changeset writes on top. A row that only others receive is not
    /// there; one that came after the basis is there as it is, because it may have been sent since.
    ///
    /// - Parameter known: remembers rows without what is written to them.
    private func lookAsKnown(
        by author: Author, _ known: KnownToWriter, _ written: @escaping (RowKey) -> [CellOperation]
    ) -> (RowKey) throws -> RowState? {
        { [self] key in
            if known.rows[key] == nil { known.rows[key] = .some(try row(key, asKnownBy: author)) }
            guard case .some(let row?) = known.rows[key] else {
                // Of a row that nobody knows yet there is what the changeset makes; one that is not to be seen is not there.
                return try rows.known(key) ?? reader.row(key) == nil ? schema.render(key, nil, written(key)) : nil
            }
            return try schema.render(key, row, written(key))
        }
    }

    private func row(_ key: RowKey, asKnownBy author: Author) throws -> RowState? {
        guard let present = try rows.known(key) ?? reader.row(key), try isVisible(present, to: author) else { return nil }
        return try row(present, asKnownBy: author) ?? present
    }

    private func isVisible(_ row: RowState, to author: Author) throws -> Bool {
        if schema.collection(row.key.collection)?.isForEveryone == true { return true }
        let user = author.replica.user
        if row[.liveness]?.siblings.contains(where: { $0.write.author == user && $0.write.sequence > author.basis }) == true { return true }
        return try !reader.scopes(of: row.key).isDisjoint(with: reader.subscriptions(of: user))
            || reader.received(row.key, by: user, since: author.basis)
    }

    private func definition(_ key: RowKey, asKnownBy author: Author) throws -> RowState? {
        guard let present = try rows.known(key) ?? reader.row(key) else { return nil }
        return try row(present, asKnownBy: author)
    }

    /// A row as it stood at the writer's basis, with what the writer's own stream has written since; nil if it was made later
    /// by somebody else.
    private func row(_ present: RowState, asKnownBy author: Author) throws -> RowState? {
        if present.sequence <= author.basis { return present }
        let history = CellHistory(reader: reader, schema: schema)
        var known = RowState(key: present.key)
        for cell in present.cells {
            let policy = schema.collection(present.key.collection)?.policy(of: cell.part) ?? .lastWriter
            let shown = Shown.sibling(of: cell, policy: policy)?.write
            if cell.sequence <= author.basis || shown.map({ $0.sequence <= author.basis || $0.dot.site == author.dot.site }) ?? false {
                known[cell.part] = cell
            } else if let past = try history.state(of: cell.part, key: present.key, at: author.basis, planned: plan) {
                known[cell.part] = past
            }
        }
        return known[.liveness] == nil ? nil : known
    }

    /// The keys of the definitions whose collection is called so: those in the store, and those of this commit.
    private func definitionRows(_ number: UInt32, _ name: String) throws -> [RowKey] {
        let limit = CustomLimits.fieldsPerCollection + CustomLimits.rulesPerCollection
        return try reader.rows(of: number, where: "collection", equals: .text(name), limit: limit) + rows.changed(in: number)
    }

    /// Apps of versions without definitions, or without a place for the values, can know of none.
    private func canKnowDefinitions(_ author: Author, _ collection: ReplicationCore.Collection) -> Bool {
        guard let custom = schema.custom, let older = schema.history.lens(from: author.header.schemaVersion)?.older else { return true }
        return older.collection(custom.fields) != nil && older.collection(custom.rules) != nil && older.collection(collection.number) != nil
    }
}

/// What the writer of a changeset can have known, as far as somebody asked: a log is read for it, and operations of one
/// changeset mostly ask for the same.
final class KnownToWriter {
    var definitions: [UInt32: CustomDefinitions] = [:]
    /// Nil where a row was asked for and is not to be seen, or was not there.
    var rows: [RowKey: RowState?] = [:]
    private var written: [UInt32: [RowKey: [CellOperation]]] = [:]

    /// What the changeset writes to a row as far as it decides anything for the rows of a collection; found once.
    func written(to key: RowKey, judging collection: UInt32, _ find: () -> [CellOperation]) -> [CellOperation] {
        if let known = written[collection]?[key] { return known }
        let found = find()
        written[collection, default: [:]][key] = found
        return found
    }
}

extension Schema {
    /// A row with operations on top, as a device shows it; nil if there is nothing of it.
    func render(_ key: RowKey, _ row: RowState?, _ operations: [CellOperation]) throws -> RowState? {
        guard !operations.isEmpty, let collection = collection(key.collection) else { return row }
        let own = operations.map { operation in
            PendingOperation(
                identity: ChangesetID(high: .max, low: .max), dot: Dot(site: .max, counter: .max), author: .zero, role: 0,
                stamp: .zero, operation: operation)
        }
        return DeviceView.render(key, confirmed: row, own: own, in: collection)
    }
}

extension CellOperation {
    /// It makes the row, or writes columns or the value of a key that is defined.
    fileprivate func isOfFields(_ definitions: CustomDefinitions) -> Bool {
        switch action {
        case .create: true
        case .set: part.element.map { definitions.fields[$0] != nil } ?? true
        case .add, .remove, .increment, .delete, .restore: false
        }
    }
}

extension CustomBreach {
    /// Names the rule under which it is reviewed.
    var reviewRule: String { kind == .mandatory ? Kind.mandatory.rawValue : Kind.value.rawValue }

    /// What a person is told who looks at it.
    var reviewDetail: String {
        let known = definition.map { "Its writer could not know that by then (definition \($0))." } ?? "What was defined may have been lost with a restore."
        let remedy = kind == .mandatory ? "Fill the field in, or retire the rule." : "Correct the value, take it away, or change the definition."
        // Reviews go to everybody who reads the row.
        let what = isOpen ? refusal.detail : kind == .mandatory
            ? "A field that the row has to have is empty." : "A field of the row has a value that it does not take."
        return "\(what) \(known) \(remedy)"
    }
}

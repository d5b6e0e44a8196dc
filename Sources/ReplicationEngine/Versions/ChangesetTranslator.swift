import ReplicationCore
import WireProtocol

/// Turns what an app of an earlier schema version wrote into operations of the present one.
///
/// The bytes stay as they are; this is what they mean here. An operation on a group that is otherwise now becomes
/// one on each group that its columns have gone to. A group that it fills only in part takes its other columns
/// from what the writer was shown, never from what is there now.
struct ChangesetTranslator {
    let schema: Schema
    let lens: SchemaLens
    let header: ChangesetHeader
    let dot: Dot
    /// The last sequence that anything before the changeset can have.
    let head: CommitSequence

    private(set) var operations: [CellOperation] = []
    private(set) var refused: [UInt32: Refusal] = [:]
    private(set) var merged: [UInt32: UInt32] = [:]
    private(set) var former: [UInt32: [CellOperation]] = [:]

    init(schema: Schema, lens: SchemaLens, header: ChangesetHeader, dot: Dot, head: CommitSequence) {
        self.schema = schema
        self.lens = lens
        self.header = header
        self.dot = dot
        self.head = head
    }

    /// A whole changeset; nil if it means the same in both versions.
    static func translate(
        _ changeset: DecodedChangeset, dot: Dot, head: CommitSequence, schema: Schema, past: (RowKey) -> any RowPast
    ) throws -> DecodedChangeset? {
        guard let lens = schema.history.lens(from: changeset.header.schemaVersion),
            changeset.operations.contains(where: { lens.concerns($0.key.collection) })
        else { return nil }
        var translator = ChangesetTranslator(schema: schema, lens: lens, header: changeset.header, dot: dot, head: head)
        var start = 0
        while start < changeset.operations.count {
            let key = changeset.operations[start].key
            var end = start + 1
            while end < changeset.operations.count, changeset.operations[end].key == key { end += 1 }
            try translator.take(changeset.operations[start..<end], of: key, past(key))
            start = end
        }
        return changeset.translated(
            translator.operations, refused: translator.refused, merged: translator.merged, former: translator.former)
    }

    /// Takes in the operations on one row.
    mutating func take(_ row: ArraySlice<CellOperation>, of key: RowKey, _ past: any RowPast) throws {
        if let gone = lens.removed[key.collection] {
            for operation in row {
                refused[operation.position] = Refusal(
                    .removedFromSchema, "\(gone.label) is no longer in the schema, which is version \(schema.version).")
            }
            return
        }
        guard let collection = lens.lens(of: key.collection) else {
            operations += row
            return
        }
        var written: [ColumnWrite] = []
        for operation in row {
            if let write = take(operation, collection, among: row) { written.append(write) }
        }
        var taken: Set<UInt32> = []
        for component in ColumnWrite.components(of: written, collection) {
            taken.formUnion(component.targets)
            try take(component, of: key, collection, past)
        }
        if let creation = row.first(where: { $0.action == .create }) {
            takeDefaults(of: creation, collection, except: taken)
        }
    }

    /// Takes an operation as it is, refuses it or lets it go.
    ///
    /// - Returns: what is left to do, of one that writes columns which stand otherwise now.
    private mutating func take(
        _ operation: CellOperation, _ collection: CollectionLens, among row: ArraySlice<CellOperation>
    ) -> ColumnWrite? {
        let number = operation.part.group
        if number == 0 {
            operations.append(translated(deletion: operation, collection))
            return nil
        }
        guard let group = collection.older.group(number) else {
            refused[operation.position] = Refusal(
                .unknownField, "\(collection.older.label) has no field group number \(number) in schema version \(lens.version).")
            return nil
        }
        let targets = collection.targets(of: number)
        if targets.isEmpty {
            // Ignored ones are accepted, and nothing comes of them.
            if !collection.ignored.contains(number) {
                refused[operation.position] = Refusal(
                    .removedFromSchema, "\(group.name) of \(collection.older.label) is no longer in the schema, which is version \(schema.version).")
            }
            return nil
        }
        guard !collection.isKept(number) else {
            operations.append(operation)
            return nil
        }
        guard case .set(let values) = operation.action, operation.part.element == nil else {
            refused[operation.position] = Refusal(
                .wrongAction, "\(group.name) of \(collection.older.label) does not take this operation.")
            return nil
        }
        if let refusal = refusal(of: values, group, collection.older) {
            refused[operation.position] = refusal
            return nil
        }
        // A second write of the cell is refused as one, whatever it says.
        if row.contains(where: { $0.part == operation.part && $0.position < operation.position }) {
            refused[operation.position] = Refusal(.duplicateCell, "The changeset writes this field twice.")
            return nil
        }
        return ColumnWrite(operation: operation, values: values)
    }

    /// What the app's own version would have refused.
    private func refusal(of values: [Value], _ group: Group, _ collection: ReplicationCore.Collection) -> Refusal? {
        guard values.count == group.fields.count else {
            return Refusal(.wrongType, "\(group.name) of \(collection.label) has \(group.fields.count) columns in schema version \(lens.version); the write has \(values.count).")
        }
        for (field, value) in zip(group.fields, values) {
            if let refusal = field.refusal(of: value, in: lens.older) { return refusal }
        }
        return nil
    }

    private func translated(deletion operation: CellOperation, _ collection: CollectionLens) -> CellOperation {
        guard case .delete(let covering) = operation.action else { return operation }
        var translated = operation
        // Whoever deletes has seen what comes with own writes of the row, whether or not the app can show it.
        var pending = operation.context.pending
        for seen in covering { for identity in seen.context.pending where !pending.contains(identity) { pending.append(identity) } }
        translated.action = .delete(covering: collection.covering(
            covering, basis: Context(sequence: min(header.basis, head), pending: pending)))
        return translated
    }

    private mutating func take(
        _ component: ColumnWrite.Component, of key: RowKey, _ collection: CollectionLens, _ past: any RowPast
    ) throws {
        guard let first = component.writes.first?.operation else { return }
        for write in component.writes where write.operation.position != first.position {
            merged[write.operation.position] = first.position
        }
        if component.writes.allSatisfy({ collection.isGone($0.operation.part.group) }) {
            former[first.position] = component.writes.map(\.operation)
        }
        let shown = try shown(to: component, collection, past)
        var writes = shown.own
        for write in component.writes { writes[write.operation.part.group] = write.values }
        let after = collection.written(writes, over: shown.columns)
        let resolves = component.writes.flatMap(\.operation.resolves)
        for target in component.targets.sorted() {
            guard let group = collection.newer.group(target) else { continue }
            let values = after[target] ?? Array(repeating: .null, count: group.fields.count)
            operations.append(CellOperation(
                position: first.position, key: key, part: Part(group: target), action: .set(values),
                context: shown.context, resolves: resolves))
        }
    }

    /// What a new row has although its app knows nothing of it, as far as its user may write that.
    private mutating func takeDefaults(of creation: CellOperation, _ collection: CollectionLens, except taken: Set<UInt32>) {
        for (number, values) in collection.defaults.sorted(by: { $0.key < $1.key }) where !taken.contains(number) {
            guard let group = collection.newer.group(number), dot.site == 0 || group.isWritable(by: header.role) else { continue }
            operations.append(CellOperation(
                position: creation.position, key: creation.key, part: Part(group: number), action: .set(values),
                context: Context()))
        }
    }
}

extension Group {
    fileprivate func isWritable(by role: UInt32) -> Bool {
        switch policy {
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce: writers?.contains(role) ?? true
        case .hubOnly, .derived, .addWinsSet, .counter: false
        }
    }
}

extension SchemaLens {
    /// True if rows of the collection are otherwise in the present version, or gone.
    func concerns(_ collection: UInt32) -> Bool { lens(of: collection) != nil || removed[collection] != nil }
}

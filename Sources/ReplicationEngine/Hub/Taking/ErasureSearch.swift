import ReplicationCore
import WireProtocol

/// Finds what belongs to a row: the rows below it, and everything in the log that holds any of them.
///
/// What belongs to a row is what names it as its parent in the schema, and so on downwards; the conflicts and reviews
/// about those rows, because they hold values of them; and rows that were refused when they were made under one of them,
/// which stand in the log only. A plain reference makes nothing belong.
struct ErasureSearch {
    let reader: any HubReader
    /// For an erasure, with the collections that are gone: their rows stand in the log, and in tables put aside.
    let schema: Schema
    /// Collections whose rows stay, with what belongs to them.
    let keep: Set<UInt32>

    struct TooMuch: Error {}

    /// Entries are read in portions of so many.
    private static let portion = 200

    /// - Throws: `TooMuch` beyond `HubLimits.rowsPerErasure` rows.
    func plan(for subject: RowKey) throws -> ErasurePlan {
        var scan = LogScan(rows: try belongings(to: subject), search: self)
        let head = try reader.head
        // Rows that were refused under a found one are found by the log; what was refused under those, too.
        try read(&scan, after: .zero)
        if scan.rows.count > HubLimits.rowsPerErasure { throw TooMuch() }
        return ErasurePlan(rows: scan.rows.sorted(), sequences: scan.sequences.sorted(), at: head)
    }

    /// Where these rows, and no others, stand in the log.
    func plan(for rows: [RowKey]) throws -> ErasurePlan {
        var scan = LogScan(rows: Set(rows), search: self, grows: false)
        try read(&scan, after: .zero)
        return ErasurePlan(rows: rows.sorted(), sequences: scan.sequences.sorted(), at: try reader.head)
    }

    /// A plan with what has come since it was made; nil if more belongs to its subject now.
    func completed(_ plan: ErasurePlan, for subject: RowKey?) throws -> ErasurePlan? {
        let rows = Set(plan.rows)
        if let subject, try !belongings(to: subject).isSubset(of: rows) { return nil }
        var scan = LogScan(rows: rows, search: self, grows: subject != nil)
        try read(&scan, after: plan.at)
        if scan.rows != rows { return nil }
        return ErasurePlan(
            rows: plan.rows, sequences: plan.sequences + scan.sequences.sorted(), at: try reader.head)
    }

    /// A row and all below it, whether they are alive or not.
    func belongings(to subject: RowKey) throws -> Set<RowKey> {
        var found: Set<RowKey> = [subject]
        var open = [subject]
        while let key = open.popLast() {
            for child in try children(of: key) where found.insert(child).inserted { open.append(child) }
            if found.count > HubLimits.rowsPerErasure { throw TooMuch() }
        }
        return found
    }

    private func children(of key: RowKey) throws -> [RowKey] {
        let limit = HubLimits.rowsPerErasure + 1
        var children = try reader.purged(under: key, limit: limit).filter { !keep.contains($0.collection) }
        for collection in schema.collections where !keep.contains(collection.number) {
            for field in parentFields(of: collection) {
                guard let value = schema.value(of: field, referringTo: key) ?? inboxValue(of: field, collection, key) else { continue }
                children += try reader.rows(of: collection.number, where: field.name, equals: value, limit: limit)
            }
        }
        return children
    }

    /// Conflicts and reviews name their subject as a text also where the schema does not declare a reference, or one that
    /// leaves out what they are about: the state of a review can be written, and so be in conflict.
    private func inboxValue(of field: Field, _ collection: ReplicationCore.Collection, _ key: RowKey) -> Value? {
        guard Self.inbox.contains(collection.name) else { return nil }
        switch field.type {
        case .text, .anyReference: return schema.reference(to: key).map { .text($0) }
        case .integer, .real, .boolean, .timestamp, .date, .choice, .reference, .bytes, .blob, .custom: return nil
        }
    }

    private static let inbox: Set<String> = ["conflict", "review"]

    /// The fields of a collection that say to which row one of its rows belongs.
    func parentFields(of collection: ReplicationCore.Collection) -> [Field] {
        var names = collection.scopes.compactMap { rule in if case .parent(let name, _) = rule { name } else { nil } }
        // Conflicts and reviews hold values of the row that they are about, whatever their scopes.
        if Self.inbox.contains(collection.name), !names.contains("subject") { names.append("subject") }
        return names.compactMap { collection.field(named: $0) }
    }

    /// The row that a row belongs to; the first, if there are several.
    func parent(of row: RowState) -> RowKey? {
        guard let collection = schema.collection(row.key.collection) else { return nil }
        for field in parentFields(of: collection) {
            if let value = row.shownValue(of: field.name, in: collection), let key = schema.referenced(by: field, value) { return key }
        }
        return nil
    }

    private func read(_ scan: inout LogScan, after sequence: CommitSequence) throws {
        var last = sequence
        while true {
            let entries = try reader.entries(after: last, limit: Self.portion)
            for entry in entries { try scan.take(entry) }
            guard let end = entries.last?.sequence, entries.count == Self.portion else { break }
            last = end
        }
        try scan.close()
    }
}

/// Looks for rows in log entries.
private struct LogScan {
    private(set) var rows: Set<RowKey>
    private(set) var sequences: Set<CommitSequence> = []
    private let search: ErasureSearch
    private let grows: Bool
    /// Rows that were never taken in, with the rows that they would have belonged to.
    private var orphans: [RowKey: (parents: Set<RowKey>, sequences: [CommitSequence])] = [:]
    /// Entries whose bytes are no changeset.
    private var unreadable: [CommitSequence] = []

    init(rows: Set<RowKey>, search: ErasureSearch, grows: Bool = true) {
        self.rows = rows
        self.search = search
        self.grows = grows
    }

    mutating func take(_ entry: LogEntry) throws {
        // Whatever was taken in has touched something: only what was refused whole may be bytes that are no changeset.
        guard !entry.touched.isEmpty || ChangesetCodec.readable(entry.changeset) != nil else {
            unreadable.append(entry.sequence)
            if grows { try note(ChangesetCodec.legible(in: entry.changeset), entry) }
            return
        }
        let blocks = try ChangesetCodec.rows(in: entry.changeset)
        if blocks.contains(where: rows.contains) { sequences.insert(entry.sequence) }
        guard grows else { return }
        let touched = Set(entry.touched.map(\.key))
        guard blocks.contains(where: { !touched.contains($0) && !rows.contains($0) }) else { return }
        let changeset = try ChangesetCodec.decode(entry.changeset)
        // As they were written, and as they are meant now: apps of an earlier version number groups otherwise.
        for operations in [changeset.operations, changeset.aimed(at: search.schema).operations] {
            try note(operations.filter { !touched.contains($0.key) }, entry)
        }
    }

    /// Remembers rows that were never taken in.
    private mutating func note(_ operations: [CellOperation], _ entry: LogEntry) throws {
        var unknown: Set<RowKey> = []
        for key in Set(operations.map(\.key)) where !rows.contains(key) && !search.keep.contains(key.collection) {
            if try search.reader.row(key) == nil { unknown.insert(key) }
        }
        for key in unknown { orphans[key, default: ([], [])].sequences.append(entry.sequence) }
        for operation in operations where unknown.contains(operation.key) {
            orphans[operation.key, default: ([], [])].parents.formUnion(
                search.schema.parents(namedBy: operation, fields: search.parentFields))
        }
    }

    /// Takes in the orphans of found rows, and theirs; and bytes that are no changeset, wherever the id of a found row
    /// stands in them.
    mutating func close() throws {
        var isGrowing = !orphans.isEmpty
        while isGrowing {
            isGrowing = false
            for (key, orphan) in orphans where !orphan.parents.isDisjoint(with: rows) && rows.insert(key).inserted {
                sequences.formUnion(orphan.sequences)
                isGrowing = true
            }
        }
        let ids = Set(rows.map(\.row))
        for sequence in unreadable {
            guard let entry = try search.reader.entry(at: sequence) else { continue }
            if ChangesetCodec.mentions(ids, in: entry.changeset) { sequences.insert(sequence) }
        }
    }
}

extension Schema {
    /// The rows that an operation names as those that its row belongs to.
    ///
    /// - Parameter fields: gives a collection's fields that do.
    func parents(
        namedBy operation: CellOperation, fields: (ReplicationCore.Collection) -> [Field]
    ) -> [RowKey] {
        guard case .set(let values) = operation.action, let collection = collection(operation.key.collection),
            let group = collection.group(operation.part.group)
        else { return [] }
        // Most groups name no row, and then the collection's rules need not be looked at.
        let named = zip(group.fields, values).compactMap { field, value in referenced(by: field, value).map { (field.name, $0) } }
        if named.isEmpty { return [] }
        let names = Set(fields(collection).map(\.name))
        return named.compactMap { names.contains($0.0) ? $0.1 : nil }
    }
}

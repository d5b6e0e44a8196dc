import ReplicationCore
import WireProtocol

/// One local transaction while it is being written: what an app wants, folded to at most one operation
/// for each cell. Nothing of it is visible or durable before it is committed.
public final class LocalTransaction {
    let schema: Schema
    let role: UInt32
    let store: any DeviceReader
    private let pending: PendingWrites
    private let makeRowID: () -> RowID
    /// Stands for the transaction's own writes in its view; never leaves it.
    private let draftIdentity = ChangesetID(high: .max, low: .max)
    private var order: [CellName] = []
    private var cells: [CellName: DraftCell] = [:]
    private(set) var created: Set<RowKey> = []
    /// What was written to rows before this transaction deleted them: it stands again if they are restored.
    private var setAside: [RowKey: [CellName: DraftCell]] = [:]
    private var confirmedRows: [RowKey: RowState?] = [:]
    /// All operations are accepted by the hub, or none.
    public var isAtomic = false
    /// The refused changeset that this one mends.
    public var mends: ChangesetID?
    /// The refused changeset that the user lets go of.
    public private(set) var discards: ChangesetID?
    /// The rules are not asked here: for simulators that stand in for an app that asks none. The hub
    /// judges all the same.
    public var isUnchecked = false

    struct CellName: Hashable {
        let key: RowKey
        let part: Part
    }

    struct DraftCell {
        var action: Action
        var context: Context
        var resolves: [RowID] = []
        /// For an element: it was there before the transaction.
        var wasPresent = false
    }

    init(schema: Schema, role: UInt32, store: any DeviceReader, pending: PendingWrites, makeRowID: @escaping () -> RowID) {
        self.schema = schema
        self.role = role
        self.store = store
        self.pending = pending
        self.makeRowID = makeRowID
    }

    // MARK: What apps write

    /// An id that nothing else has, for what an app tells apart by itself.
    public func makeID() -> RowID { makeRowID() }

    /// Makes a row.
    /// - Parameters:
    ///   - collection: by its name in the schema.
    ///   - id: nil for a new one, which is what most want.
    ///   - values: by field name. Fields of a set are written with `add`.
    /// - Returns: the row's id, which is never used again.
    @discardableResult
    public func create(_ collection: String, id: RowID? = nil, _ values: [String: Value]) throws -> RowID {
        let collection = try self.collection(collection)
        let key = RowKey(collection: collection.number, row: id ?? makeRowID())
        // Own work on a row whose creation was refused may still be in the view.
        guard try view(key)?[.liveness] == nil else {
            throw DeviceError.refused(Refusal(.rowExists, "\(collection.label) \(key.row) exists already."))
        }
        created.insert(key)
        put(CellName(key: key, part: .liveness), DraftCell(action: .create, context: try context(key, .liveness)))
        try write(values, to: key, collection, resolves: [])
        return key.row
    }

    /// Writes fields. A group that has more columns than are named keeps the others as they are shown.
    public func set(_ collection: String, _ id: RowID, _ values: [String: Value]) throws {
        let (collection, key) = try living(collection, id)
        try write(values, to: key, collection, resolves: [])
    }

    /// Writes fields as the resolution of a conflict, which closes by nothing else.
    public func resolve(conflict: RowID, _ collection: String, _ id: RowID, _ values: [String: Value]) throws {
        let (collection, key) = try living(collection, id)
        try write(values, to: key, collection, resolves: [conflict])
    }

    /// Adds an element to a set.
    public func add(_ collection: String, _ id: RowID, _ field: String, _ element: String) throws {
        try change(collection, id, field, element, to: .add)
    }

    /// Removes an element from a set, as far as it is shown.
    public func remove(_ collection: String, _ id: RowID, _ field: String, _ element: String) throws {
        try change(collection, id, field, element, to: .remove)
    }

    /// Adds to a counter.
    public func increment(_ collection: String, _ id: RowID, _ field: String, by amount: Int64) throws {
        let (collection, key) = try living(collection, id)
        let name = CellName(key: key, part: Part(group: try group(field, of: collection).number))
        var sum = amount
        if case .increment(let before)? = cells[name]?.action {
            let (total, overflow) = before.addingReportingOverflow(amount)
            guard !overflow else {
                throw DeviceError.refused(Refusal(.outsideDomain, "\(field) cannot grow by that much at once."))
            }
            sum = total
        }
        if sum == 0 { return drop(name) }
        // Nothing is taken away by an increment, so there is nothing to name.
        let seen = try context(key, name.part).sequence
        put(name, DraftCell(action: .increment(sum), context: Context(sequence: seen)))
    }

    /// Deletes a row, as far as the device has seen it. What others write meanwhile revives it.
    public func delete(_ collection: String, _ id: RowID) throws {
        let (_, key) = try living(collection, id)
        let drafts = cells.filter { $0.key.key == key }
        for name in drafts.keys { cells[name] = nil }
        let liveness = CellName(key: key, part: .liveness)
        // Made and deleted within one transaction: it never was.
        if created.remove(key) != nil { return }
        setAside[key] = drafts
        let covering = ContextRule.covering(confirmed: try confirmed(key), own: pending.operations(on: key))
        put(liveness, DraftCell(action: .delete(covering: covering), context: try context(key, .liveness)))
    }

    /// Takes a deletion back.
    public func restore(_ collection: String, _ id: RowID) throws {
        let collection = try self.collection(collection)
        let key = RowKey(collection: collection.number, row: id)
        guard let row = try view(key), row[.liveness] != nil, !row.isAlive else {
            throw DeviceError.refused(Refusal(.rowUnknown, "\(collection.label) \(id) is not a deleted row."))
        }
        let name = CellName(key: key, part: .liveness)
        // Deleted in this transaction: both never happened.
        if let drafts = setAside.removeValue(forKey: key) {
            drop(name)
            for (name, cell) in drafts { cells[name] = cell }
            return
        }
        put(name, DraftCell(action: .restore, context: try context(key, .liveness)))
    }

    /// The shown value of a field, with this transaction's own writes; nil if the row is not there.
    public func value(_ collection: String, _ id: RowID, _ field: String) throws -> Value? {
        let collection = try self.collection(collection)
        let key = RowKey(collection: collection.number, row: id)
        if let custom = collection.customKey(in: field) {
            guard let row = try view(key), row.isAlive else { return nil }
            return row.customValue(custom, in: collection) ?? .null
        }
        _ = try group(field, of: collection)
        guard let row = try view(key), row.isAlive else { return nil }
        return row.shownValue(of: field, in: collection)
    }

    /// The elements of a set, with this transaction's own writes.
    public func elements(_ collection: String, _ id: RowID, _ field: String) throws -> [String] {
        let collection = try self.collection(collection)
        let group = try group(field, of: collection)
        return try view(RowKey(collection: collection.number, row: id))?.elements(of: group.number) ?? []
    }

    /// Lets go of what was refused of a changeset: on this device with the commit, at the hub when it is uploaded.
    /// What follows from it by itself is given up as well.
    /// - Throws: `DeviceError.notRefused` if nothing of it is in quarantine.
    public func discard(_ refused: ChangesetID) throws {
        guard try store.refusals().contains(where: { $0.identity == refused }) else {
            throw DeviceError(.notRefused, "Nothing of the changeset \(refused) is refused here.")
        }
        discards = refused
    }

    // MARK: What the commit takes

    /// By position.
    var operations: [CellOperation] {
        var operations: [CellOperation] = []
        for name in order {
            guard let cell = cells[name] else { continue }
            operations.append(CellOperation(
                position: UInt32(operations.count), key: name.key, part: name.part, action: cell.action,
                context: cell.context, resolves: cell.resolves))
        }
        return operations
    }

    /// The row as the app sees it inside the transaction.
    func view(_ key: RowKey) throws -> RowState? {
        guard let collection = schema.collection(key.collection) else { return nil }
        let drafts = order.compactMap { name -> PendingOperation? in
            guard name.key == key, let cell = cells[name] else { return nil }
            return PendingOperation(
                identity: draftIdentity, dot: Dot(site: .max, counter: .max), author: .zero, role: role, stamp: .zero,
                operation: CellOperation(
                    position: 0, key: key, part: name.part, action: cell.action, context: cell.context))
        }
        return DeviceView.render(
            key, confirmed: try confirmed(key), own: pending.operations(on: key) + drafts, in: collection)
    }

    /// The row as the app saw it before the transaction.
    func viewBefore(_ key: RowKey) throws -> RowState? {
        guard let collection = schema.collection(key.collection) else { return nil }
        return DeviceView.render(key, confirmed: try confirmed(key), own: pending.operations(on: key), in: collection)
    }

    func confirmed(_ key: RowKey) throws -> RowState? {
        if let known = confirmedRows[key] { return known }
        let row = try store.confirmed(key)
        confirmedRows[key] = .some(row)
        return row
    }

    // MARK: Folding

    private func write(_ values: [String: Value], to key: RowKey, _ collection: Collection, resolves: [RowID]) throws {
        for name in values.keys where collection.place(of: name) == nil && collection.customKey(in: name) == nil {
            throw DeviceError(.unknownName, "\(collection.name) has no field '\(name)'.")
        }
        let row = try view(key)
        try writeCustom(values, to: key, collection, resolves: resolves)
        for group in collection.groups where group.fields.contains(where: { values[$0.name] != nil }) {
            let shown = row?.shownValues(of: group)
            let columns = group.fields.enumerated().map { values[$1.name] ?? shown?[$0] ?? .null }
            let name = CellName(key: key, part: Part(group: group.number))
            let before = cells[name]?.resolves ?? []
            put(name, DraftCell(
                action: .set(columns), context: try context(key, name.part), resolves: before + resolves))
        }
    }

    private func change(_ collection: String, _ id: RowID, _ field: String, _ element: String, to action: Action) throws {
        guard element.utf8.count <= ProtocolLimits.elementBytes else {
            throw DeviceError.refused(Refusal(
                .outsideDomain, "An element of \(field) has at most \(ProtocolLimits.elementBytes) bytes."))
        }
        let (collection, key) = try living(collection, id)
        let part = Part(group: try group(field, of: collection).number, element: element)
        let name = CellName(key: key, part: part)
        let isPresent = try view(key)?[part].map { !$0.siblings.isEmpty } ?? false
        let wasPresent = cells[name]?.wasPresent ?? isPresent
        // Added and removed within one transaction, or removed though it was not there: nothing happened.
        if action == .remove, !wasPresent { return drop(name) }
        put(name, DraftCell(action: action, context: try context(key, part), wasPresent: wasPresent))
    }

    /// Values by key, named `<group>.<key>`: each is a cell of its own.
    private func writeCustom(_ values: [String: Value], to key: RowKey, _ collection: Collection, resolves: [RowID]) throws {
        guard let group = collection.customGroup else { return }
        for (field, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let custom = collection.customKey(in: field) else { continue }
            let name = CellName(key: key, part: Part(group: group.number, element: custom))
            let before = cells[name]?.resolves ?? []
            put(name, DraftCell(action: .set([value]), context: try context(key, name.part), resolves: before + resolves))
        }
    }

    private func put(_ name: CellName, _ cell: DraftCell) {
        if cells.updateValue(cell, forKey: name) == nil, !order.contains(name) { order.append(name) }
    }

    private func drop(_ name: CellName) { cells[name] = nil }

    private func context(_ key: RowKey, _ part: Part) throws -> Context {
        ContextRule.context(of: part, confirmed: try confirmed(key), own: pending.operations(on: key))
    }

    private func living(_ name: String, _ id: RowID) throws -> (Collection, RowKey) {
        let collection = try self.collection(name)
        let key = RowKey(collection: collection.number, row: id)
        guard let row = try view(key), row.isAlive else {
            throw DeviceError.refused(Refusal(.rowUnknown, "\(collection.label) \(id) does not exist here."))
        }
        return (collection, key)
    }

    private func collection(_ name: String) throws -> Collection {
        guard let collection = schema.collection(named: name) else {
            throw DeviceError(.unknownName, "The schema has no collection '\(name)'.")
        }
        return collection
    }

    private func group(_ field: String, of collection: Collection) throws -> Group {
        guard let group = collection.group(holding: field) else {
            throw DeviceError(.unknownName, "\(collection.name) has no field '\(field)'.")
        }
        return group
    }
}

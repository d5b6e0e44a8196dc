import ReplicationCore
import ReplicationEngine

/// What users do: writes that the schema and the user's rights allow, to rows that the device shows.
struct Workload {
    let schema: Schema
    /// The collections that are written, in the schema's order.
    let collections: [ReplicationCore.Collection]
    private let values: ValueMaker

    init(schema: Schema, names: [String]) throws {
        self.schema = schema
        for name in names where schema.collection(named: name) == nil {
            throw SimulationMistake("The schema has no collection `\(name)`. It has: \(schema.collections.map(\.name).joined(separator: ", ")).")
        }
        collections = schema.collections.filter { names.isEmpty || names.contains($0.name) }
        values = ValueMaker(schema: schema)
    }

    /// Lets a device's user do something; nothing, where nothing of the kind can be done.
    func act(_ kind: WorkloadKind, on device: DeviceNode, chance: UInt64) throws {
        guard let store = device.store, let role = device.driver?.replica.progress.role else { return }
        var act = Act(workload: self, store: store, role: role, random: SplitMix(seed: chance))
        if kind == .orphan { return try act.orphan(on: device) }
        guard let write = try act.plan(kind) else { return }
        device.write(write)
    }

    fileprivate struct Act {
        let workload: Workload
        let store: any DeviceStore
        let role: UInt32
        var random: SplitMix

        typealias Write = (LocalTransaction) throws -> Void

        mutating func plan(_ kind: WorkloadKind) throws -> Write? {
            switch kind {
            case .edit: return try edits(1)
            case .editMany: return try edits(2 + Int(random.next() % 4))
            case .create: return try creation()
            case .delete:
                guard let (collection, row) = try row({ $0.kind == .record && $0.rights[$1]?.delete == true }) else { return nil }
                return { try $0.delete(collection.name, row) }
            case .restore: return try restoration()
            case .element: return try element()
            case .increment:
                let amount = Int64(random.next() % 21) - 10
                guard let (collection, row, group) = try cell({ $0.policy == .counter }) else { return nil }
                return { try $0.increment(collection.name, row, group.fields[0].name, by: amount) }
            case .resolve: return try resolution()
            case .orphan: return nil
            case .together: return try together()
            case .mend: return try mending()
            case .discard:
                guard let refused = pick(try refused()) else { return nil }
                return { try $0.discard(refused) }
            case .unchecked:
                guard let write = try edits(1, isHonest: false) else { return nil }
                return {
                    $0.isUnchecked = true
                    try write($0)
                }
            }
        }

        private mutating func pick<Element>(_ choices: [Element]) -> Element? {
            choices.isEmpty ? nil : choices[Int(random.next() % UInt64(choices.count))]
        }

        /// A living row of a collection that fits.
        private mutating func row(
            _ fits: (ReplicationCore.Collection, UInt32) -> Bool
        ) throws -> (ReplicationCore.Collection, RowID)? {
            guard let collection = pick(workload.collections.filter { $0.rights[role]?.read == true && fits($0, role) }),
                let row = pick(try workload.values.living(collection, store))
            else { return nil }
            return (collection, row)
        }

        private mutating func cell(
            isHonest: Bool = true, _ fits: (Group) -> Bool
        ) throws -> (ReplicationCore.Collection, RowID, Group)? {
            let role = role
            func mayWrite(_ group: Group) -> Bool { !isHonest || group.isWritable(by: role) }
            guard let (collection, row) = try row({ collection, role in
                (!isHonest || (collection.kind == .record && collection.rights[role]?.update == true))
                    && collection.groups.contains { fits($0) && mayWrite($0) }
            }), let group = pick(collection.groups.filter { fits($0) && mayWrite($0) })
            else { return nil }
            return (collection, row, group)
        }

        private mutating func edits(_ count: Int, isHonest: Bool = true) throws -> Write? {
            var writes: [Write] = []
            for _ in 0..<count {
                guard let (collection, row, group) = try cell(isHonest: isHonest, { $0.takesValues || (!isHonest && !$0.isSet && $0.policy != .counter) })
                else { continue }
                var fields: [String: Value] = [:]
                for field in group.fields { fields[field.name] = try workload.values.make(field.type, store, &random) }
                writes.append { try $0.set(collection.name, row, fields) }
            }
            guard !writes.isEmpty else { return nil }
            return { transaction in for write in writes { try write(transaction) } }
        }

        private mutating func creation() throws -> Write? {
            guard let collection = pick(workload.collections.filter { $0.rights[role]?.create == true }) else { return nil }
            var fields: [String: Value] = [:]
            var elements: [(String, String)] = []
            for group in collection.groups where group.isWritable(by: role) {
                if group.isSet {
                    elements.append((group.fields[0].name, ValueMaker.element(of: group.fields[0].type, &random)))
                } else if group.takesValues, group.fields.contains(where: \.isMandatory) || random.next() % 2 == 0 {
                    for field in group.fields { fields[field.name] = try workload.values.make(field.type, store, &random) }
                }
            }
            return { transaction in
                let row = try transaction.create(collection.name, fields)
                for (field, element) in elements { try transaction.add(collection.name, row, field, element) }
            }
        }

        private mutating func restoration() throws -> Write? {
            guard let collection = pick(workload.collections.filter { $0.kind == .record && $0.rights[role]?.delete == true }),
                let row = pick(try workload.values.rows(collection, store, alive: false))
            else { return nil }
            return { try $0.restore(collection.name, row) }
        }

        private mutating func element() throws -> Write? {
            guard let (collection, row, group) = try cell({ $0.isSet }) else { return nil }
            let field = group.fields[0].name
            let element = ValueMaker.element(of: group.fields[0].type, &random)
            let isRemoval = random.next() % 3 == 0
            return { transaction in
                if isRemoval {
                    try transaction.remove(collection.name, row, field, element)
                } else {
                    try transaction.add(collection.name, row, field, element)
                }
            }
        }

        /// A row without what is mandatory, and right behind it another that names it.
        mutating func orphan(on device: DeviceNode) throws {
            guard let (parent, child) = try orphans() else { return }
            var made: RowID?
            device.write {
                $0.isUnchecked = true
                made = try $0.create(parent.collection, parent.fields)
            }
            guard let made else { return }
            let fields = child.fields.merging([child.reference: .reference(made)]) { $1 }
            device.write { try $0.create(child.collection, fields) }
        }

        /// Several writes of one changeset that the hub takes whole or not at all. What is refused or waits among them keeps all.
        private mutating func together() throws -> Write? {
            let kind = random.next() % 3
            var writes: [Write] = []
            if let honest = try edits(1 + Int(random.next() % 3)) { writes.append(honest) }
            if kind == 1, let refused = try edits(1, isHonest: false) { writes.append(refused) }
            if kind == 2, let (parent, child) = try orphans() {
                writes.append { transaction in
                    let made = try transaction.create(parent.collection, parent.fields)
                    try transaction.create(child.collection, child.fields.merging([child.reference: .reference(made)]) { $1 })
                }
            }
            guard !writes.isEmpty else { return nil }
            return { transaction in
                transaction.isUnchecked = true
                transaction.isAtomic = true
                for write in writes { try write(transaction) }
            }
        }

        /// A new row without what is mandatory, and what another has that names it with `reference`.
        private mutating func orphans() throws -> (
            parent: (collection: String, fields: [String: Value]),
            child: (collection: String, fields: [String: Value], reference: String)
        )? {
            let role = role, schema = workload.schema
            let kinds = workload.collections.flatMap { child -> [(ReplicationCore.Collection, ReplicationCore.Collection, String)] in
                guard child.rights[role]?.create == true else { return [] }
                return child.groups.flatMap(\.fields).compactMap { field in
                    guard field.isMandatory, case .reference(let number) = field.type,
                        let parent = schema.collection(number), parent.rights[role]?.create == true,
                        parent.groups.contains(where: { $0.isWritable(by: role) && $0.fields.contains(where: \.isMandatory) })
                    else { return nil }
                    return (parent, child, field.name)
                }
            }
            guard let (parent, child, reference) = pick(kinds) else { return nil }
            var fields: [String: Value] = [:], others: [String: Value] = [:]
            for group in parent.groups where group.isWritable(by: role) && group.takesValues && !group.fields.contains(where: \.isMandatory) {
                for field in group.fields { fields[field.name] = try workload.values.make(field.type, store, &random) }
            }
            for group in child.groups where group.isWritable(by: role) && group.takesValues {
                for field in group.fields { others[field.name] = try workload.values.make(field.type, store, &random) }
            }
            return ((parent.name, fields), (child.name, others, reference))
        }

        /// Changesets of which something is in quarantine here.
        private func refused() throws -> [ChangesetID] {
            Set(try store.read { try $0.refusals() }.map(\.identity)).sorted()
        }

        /// What was refused is written anew, with what new rows lacked.
        private mutating func mending() throws -> Write? {
            guard let refused = pick(try refused()) else { return nil }
            var changes: [RowKey: [String: Value]] = [:]
            let rows = Set(try store.read { try $0.refusals() }.filter { $0.identity == refused }.map(\.key))
            for key in rows.sorted() where try store.read({ try $0.visible(key) }) == nil {
                guard let collection = workload.schema.collection(key.collection) else { continue }
                for group in collection.groups where group.takesValues && group.isWritable(by: role) {
                    for field in group.fields where field.isMandatory {
                        if case .reference = field.type { continue }
                        changes[key, default: [:]][field.name] = try workload.values.make(field.type, store, &random)
                    }
                }
            }
            return { [changes] in try $0.mend(refused, changes) }
        }

        /// Takes one side of an open conflict, or a value of its own.
        private mutating func resolution() throws -> Write? {
            guard let conflicts = workload.schema.collection(named: "conflict"),
                conflicts.group(holding: "state") != nil, conflicts.group(holding: "subject") != nil
            else { return nil }
            let open = try store.query(
                "SELECT id, subject, part_group FROM conflict WHERE _alive AND state = 'open' ORDER BY id LIMIT 100", [])
            guard let conflict = pick(open), let id = conflict.values[0].row,
                let subject = conflict.values[1].text.flatMap({ workload.schema.rowKey(fromReference: $0) }),
                let group = conflict.values[2].integer,
                let collection = workload.schema.collection(subject.collection),
                let part = collection.group(UInt32(truncatingIfNeeded: group)), part.takesValues,
                part.isWritable(by: role), collection.rights[role]?.update == true
            else { return nil }
            var fields: [String: Value] = [:]
            for field in part.fields { fields[field.name] = try workload.values.make(field.type, store, &random) }
            return { try $0.resolve(conflict: id, collection.name, subject.row, fields) }
        }
    }
}

extension Group {
    /// A role's writes are not refused for the group.
    fileprivate func isWritable(by role: UInt32) -> Bool {
        switch policy {
        case .hubOnly, .derived: false
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .writeOnce:
            writers?.contains(role) ?? true
        }
    }

    /// It is written by setting its columns.
    fileprivate var takesValues: Bool {
        if isKeyed { return false }
        return switch policy {
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce: true
        case .addWinsSet, .counter, .hubOnly, .derived: false
        }
    }
}

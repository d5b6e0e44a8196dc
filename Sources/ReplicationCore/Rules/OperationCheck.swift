/// The rules that concern an operation alone: its form, its values, and the writer's rights. The device
/// asks them before it writes, the hub before it accepts: the same code.
public struct OperationCheck: Sendable {
    public let schema: Schema

    public init(schema: Schema) { self.schema = schema }

    /// What the check has to know of the row that an operation writes.
    public enum RowPresence: Sendable {
        /// No replica of the caller's view has ever had it.
        case unknown
        /// It exists, or did.
        case known
        /// An earlier operation of the same changeset makes it.
        case beingCreated
    }

    /// Why the operation cannot be accepted; nil if it can.
    ///
    /// - Parameters:
    ///   - operation: as it was written.
    ///   - role: of the writer.
    ///   - presence: whether the writer knows the row.
    ///   - isHub: the hub itself writes (import, derivation): its own fields are open to it.
    public func refusal(
        of operation: CellOperation, role: UInt32, presence: RowPresence, isHub: Bool = false
    ) -> Refusal? {
        guard let collection = schema.collection(operation.key.collection) else {
            return Refusal(.unknownCollection, "Collection number \(operation.key.collection) is not in this schema.")
        }
        if operation.part.group == 0 {
            return refusalOfLiveness(operation, collection, role, presence, isHub)
        }
        guard let group = collection.group(operation.part.group) else {
            return Refusal(.unknownField, "\(collection.label) has no field group number \(operation.part.group).")
        }
        if presence == .unknown {
            return Refusal(.rowUnknown, "\(collection.label) \(operation.key.row) does not exist.")
        }
        if !isHub {
            if let refusal = refusalByRights(group, collection, role, presence) { return refusal }
        }
        return refusalOfForm(operation, group, collection)
    }

    /// Why a new row cannot be accepted: a mandatory field that none of its operations fills.
    public func refusalOfNewRow(_ operations: [CellOperation], in collection: Collection) -> Refusal? {
        for group in collection.groups {
            for (column, field) in group.fields.enumerated() where field.isMandatory {
                let isFilled = operations.contains { operation in
                    guard operation.part.group == group.number else { return false }
                    switch operation.action {
                    case .set(let values): return column < values.count && !values[column].isNull
                    case .add, .increment: return true
                    case .remove, .create, .delete, .restore: return false
                    }
                }
                if !isFilled {
                    return Refusal(.missingMandatory, "A new \(collection.label) needs \(field.label) (\(field.name)).")
                }
            }
        }
        return nil
    }

    private func refusalOfLiveness(
        _ operation: CellOperation, _ collection: Collection, _ role: UInt32, _ presence: RowPresence, _ isHub: Bool
    ) -> Refusal? {
        let rights = collection.rights[role]
        switch operation.action {
        case .create:
            if presence == .known {
                return Refusal(.rowExists, "\(collection.label) \(operation.key.row) exists already.")
            }
            if isHub || rights?.create == true { return nil }
            return noRight(role, "create", collection)
        case .delete, .restore:
            if presence == .unknown {
                return Refusal(.rowUnknown, "\(collection.label) \(operation.key.row) does not exist.")
            }
            if collection.kind == .ledger {
                return Refusal(.ledgerIsFinal, "A \(collection.label) is never deleted.")
            }
            if isHub || rights?.delete == true { return nil }
            return noRight(role, "delete", collection)
        case .set, .add, .remove, .increment:
            return Refusal(.wrongAction, "A row's existence takes create, delete and restore only.")
        }
    }

    private func refusalByRights(
        _ group: Group, _ collection: Collection, _ role: UInt32, _ presence: RowPresence
    ) -> Refusal? {
        switch group.policy {
        case .hubOnly, .derived:
            return Refusal(.hubOnly, "\(group.name) of \(collection.label) is set by the hub only.")
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter, .writeOnce: break
        }
        switch presence {
        case .beingCreated: break
        case .known, .unknown:
            if collection.kind == .ledger {
                return Refusal(.ledgerIsFinal, "A \(collection.label) is never changed.")
            }
            guard collection.rights[role]?.update == true else { return noRight(role, "change", collection) }
        }
        if let writers = group.writers, !writers.contains(role) {
            return Refusal(.noRight, "A \(name(of: role)) may not write \(group.name) of \(collection.label).")
        }
        return nil
    }

    private func refusalOfForm(_ operation: CellOperation, _ group: Group, _ collection: Collection) -> Refusal? {
        if group.isKeyed { return refusalOfKeyed(operation, group, collection) }
        switch (group.policy, operation.action) {
        case (.addWinsSet, .add), (.addWinsSet, .remove):
            guard let element = operation.part.element else {
                return Refusal(.wrongAction, "\(group.name) is a set: an operation names its element.")
            }
            return group.fields.first.flatMap { $0.refusal(of: .text(element), in: schema) }
        case (.counter, .increment):
            return nil
        case (.lastWriter, .set(let values)), (.authority, .set(let values)), (.lattice, .set(let values)),
            (.keepBoth, .set(let values)), (.writeOnce, .set(let values)), (.hubOnly, .set(let values)),
            (.derived, .set(let values)):
            guard operation.part.element == nil, values.count == group.fields.count else {
                return Refusal(.wrongType, "\(group.name) of \(collection.label) has \(group.fields.count) columns; the write has \(values.count).")
            }
            for (field, value) in zip(group.fields, values) {
                if let refusal = field.refusal(of: value, in: schema) { return refusal }
            }
            return nil
        case (.derived, .increment):
            return nil
        case (.lastWriter, _), (.authority, _), (.lattice, _), (.keepBoth, _), (.writeOnce, _), (.hubOnly, _),
            (.derived, _), (.addWinsSet, _), (.counter, _):
            return Refusal(.wrongAction, "\(group.name) of \(collection.label) does not take this operation.")
        }
    }

    /// What fits any custom field; whether it fits the one of its key is asked by `CustomCheck`.
    private func refusalOfKeyed(_ operation: CellOperation, _ group: Group, _ collection: Collection) -> Refusal? {
        guard case .set(let values) = operation.action else {
            return Refusal(.wrongAction, "\(group.name) of \(collection.label) does not take this operation.")
        }
        guard let key = operation.part.element, values.count == 1 else {
            return Refusal(.wrongType, "\(group.name) of \(collection.label) has values by key: an operation names its key, and gives one value.")
        }
        guard CustomLimits.isKey(key) else {
            return Refusal(.outsideDomain, "A key of \(group.name) of \(collection.label) has \(CustomLimits.keyForm).")
        }
        return group.fields[0].refusal(of: values[0], in: schema)
    }

    private func noRight(_ role: UInt32, _ what: String, _ collection: Collection) -> Refusal {
        Refusal(.noRight, "A \(name(of: role)) may not \(what) a \(collection.label).")
    }

    private func name(of role: UInt32) -> String { schema.role(role)?.label ?? "user in role \(role)" }
}

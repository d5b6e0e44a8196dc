/// What an operation breaks of what an administrator has defined.
public struct CustomBreach: Hashable, Sendable {
    /// The row of the definition; nil where there is none.
    public let definition: RowID?
    public let kind: Kind
    /// Everybody who reads the row may read the field as well, and be told of it.
    public let isOpen: Bool
    /// What it is refused with, where it is.
    public let refusal: Refusal

    public enum Kind: String, Hashable, Sendable {
        /// A value of a key that was never defined.
        case undefined
        /// A value that its field does not take.
        case value = "custom_value"
        /// A field that the row has to have and has not.
        case mandatory
    }
}

/// The rules that an administrator has added: devices ask them before they write, against what their user sees, and the hub
/// before it accepts, against what the writer can have known.
public struct CustomCheck {
    private let schema: Schema
    private let collection: Collection
    private let definitions: CustomDefinitions
    private let writer: UInt32?
    private let classifier: RowClassifier?

    /// - Parameters:
    ///   - schema: in which the collection stands.
    ///   - collection: of the rows that are checked.
    ///   - definitions: of that collection, as far as they are known here.
    ///   - writer: the role that writes, to which nothing is known of what it may not read; nil for the hub itself.
    ///   - look: gives a row as it is to be seen, with what is being written on top; nil if it is not to be seen.
    public init(
        schema: Schema, collection: Collection, definitions: CustomDefinitions, writer: UInt32?,
        look: @escaping (RowKey) throws -> RowState?
    ) {
        self.schema = schema
        self.collection = collection
        self.definitions = definitions
        self.writer = writer
        classifier = schema.custom.map {
            RowClassifier(schema: schema, custom: $0, reader: writer, look: look)
        }
    }

    /// True if the operation writes a value by key.
    public static func concerns(_ operation: CellOperation, in collection: Collection) -> Bool {
        operation.part.element != nil && collection.customGroup?.number == operation.part.group
    }

    /// Whether a value by key is one that its field takes. Nothing fits every field: what was once written can be taken away.
    ///
    /// - Parameters:
    ///   - operation: one that `concerns` is true of, and whose form is right.
    ///   - row: the row as it is to be seen; asked for where a limit depends on it.
    public func breach(ofValue operation: CellOperation, on row: @autoclosure () throws -> RowState?) throws -> CustomBreach? {
        guard let key = operation.part.element, case .set(let values) = operation.action, let value = values.first else { return nil }
        guard let field = definitions.fields[key] else {
            return breach(nil, .undefined, of: collection.customGroup, Refusal(
                .unknownField, "\(collection.label) has no custom field '\(key)'."))
        }
        if value.isNull { return nil }
        if field.isRetired {
            return breach(field, Refusal(.fieldNotInUse, "\(words(field)) of \(collection.label) was retired."))
        }
        if let refusal = field.field.refusal(of: value, in: schema) { return breach(field, refusal) }
        if !field.scope.isEverywhere, try answers(for: row()).answer(field.scope) == .holdsNot {
            return breach(field, Refusal(.fieldNotInUse, "\(words(field)) is not for this \(collection.label): it is \(try words(field.scope))."))
        }
        return nil
    }

    /// The custom fields that are to be shown of a row, by key: those that hold for it, as far as is known here, and those
    /// that it has a value of.
    ///
    /// - Parameter row: as it is to be seen.
    public func fields(of row: RowState) throws -> [CustomField] {
        let answers = answers(for: row), filled = Set(row.customValues(in: collection).map(\.key))
        return try definitions.fields.values.filter { field in
            if filled.contains(field.key) { return true }
            return try !field.isRetired && (field.scope.isEverywhere || answers.answer(field.scope) != .holdsNot)
        }.sorted { $0.key < $1.key }
    }

    /// The fields that a new row lacks.
    ///
    /// - Parameter row: as it is to be seen, with everything that is written to it.
    public func breaches(ofNewRow row: RowState) throws -> [CustomBreach] {
        let answers = answers(for: row)
        return try definitions.rules.compactMap { rule in
            guard !rule.isRetired, isEmpty(rule.target, of: row), let name = name(of: rule.target), try holds(rule, answers)
            else { return nil }
            return breach(rule.id, .mandatory, of: group(of: rule.target), Refusal(
                .missingMandatory, "A new \(collection.label) needs \(name)\(try words(behind: rule.scope))."))
        }
    }

    /// A write that empties a field which its writer had seen filled, and which the row has to have. What was empty before is
    /// no breach: a rule locks no row.
    ///
    /// - Parameters:
    ///   - operation: a write of one cell of the row.
    ///   - before: the row without the operation.
    ///   - row: as it is to be seen, with everything that is written to it.
    public func breach(
        ofClearing operation: CellOperation, before: RowState?, row: @autoclosure () throws -> RowState?
    ) throws -> CustomBreach? {
        guard case .set(let values) = operation.action, values.contains(.null), let before else { return nil }
        if let group = collection.group(operation.part.group), !group.isKeyed {
            for (column, field) in group.fields.enumerated() where field.isMandatory && column < values.count {
                guard values[column].isNull, isSeenFilled(column, operation, before) else { continue }
                return breach(nil, .mandatory, of: group, Refusal(
                    .missingMandatory, "\(collection.label) needs \(field.label) (\(field.name)), so it cannot be emptied."))
            }
        }
        var known: ClassAnswers?
        for rule in definitions.rules where !rule.isRetired {
            guard let column = column(of: rule.target, in: operation.part), column < values.count, values[column].isNull,
                isSeenFilled(column, operation, before), let name = name(of: rule.target)
            else { continue }
            if known == nil { known = try row().map { answers(for: $0) } }
            guard let known, try holds(rule, known) else { continue }
            return breach(rule.id, .mandatory, of: group(of: rule.target), Refusal(
                .missingMandatory, "\(collection.label) needs \(name)\(try words(behind: rule.scope)), so it cannot be emptied."))
        }
        return nil
    }

    // MARK: Rules

    /// Who may not write a field is not asked for it.
    private func holds(_ rule: MandatoryRule, _ answers: ClassAnswers) throws -> Bool {
        guard let group = group(of: rule.target), isWritable(group) else { return false }
        if case .key(let key) = rule.target {
            guard let field = definitions.fields[key], !field.isRetired else { return false }
            if try !field.scope.isEverywhere && answers.answer(field.scope) != .holds { return false }
        }
        return try rule.scope.isEverywhere || answers.answer(rule.scope) == .holds
    }

    private func answers(for row: RowState?) -> ClassAnswers {
        ClassAnswers { [classifier] in
            guard let classifier, let row else { return .unknown }
            return try classifier.rowClass(of: row)
        }
    }

    private func group(of target: MandatoryRule.Target) -> Group? {
        switch target {
        case .column(let group, _): collection.group(group)
        case .key: collection.customGroup
        }
    }

    private func isWritable(_ group: Group) -> Bool {
        guard let writer else { return true }
        switch group.policy {
        case .hubOnly, .derived, .addWinsSet, .counter: return false
        case .lastWriter, .authority, .lattice, .keepBoth, .writeOnce:
            return schema.mayRead(writer, group.number, of: collection) && group.writers?.contains(writer) ?? true
        }
    }

    private func isEmpty(_ target: MandatoryRule.Target, of row: RowState) -> Bool {
        switch target {
        case .column(let number, let column):
            guard let group = collection.group(number) else { return false }
            return row.shownValues(of: group)?[column].isNull ?? true
        case .key(let key):
            return row.customValue(key, in: collection)?.isNull ?? true
        }
    }

    private func column(of target: MandatoryRule.Target, in part: Part) -> Int? {
        switch target {
        case .column(let group, let column): part.element == nil && part.group == group ? column : nil
        case .key(let key): part.group == collection.customGroup?.number && part.element == key ? 0 : nil
        }
    }

    private func isSeenFilled(_ column: Int, _ operation: CellOperation, _ before: RowState) -> Bool {
        guard let cell = before[operation.part], let shown = Shown.sibling(of: cell, policy: collection.group(operation.part.group)?.policy ?? .lastWriter),
            let values = shown.values, column < values.count
        else { return false }
        return !values[column].isNull && operation.context.contains(shown.write)
    }

    // MARK: Words

    private func breach(_ field: CustomField, _ refusal: Refusal) -> CustomBreach {
        breach(field.id, .value, of: collection.customGroup, refusal)
    }

    private func breach(_ definition: RowID?, _ kind: CustomBreach.Kind, of group: Group?, _ refusal: Refusal) -> CustomBreach {
        CustomBreach(definition: definition, kind: kind, isOpen: group?.readers == nil, refusal: refusal)
    }

    private func words(_ field: CustomField) -> String { "\(field.label) (\(collection.customGroup?.name ?? "custom").\(field.key))" }

    private func name(of target: MandatoryRule.Target) -> String? {
        switch target {
        case .column(let number, let column):
            collection.group(number).flatMap { column < $0.fields.count ? $0.fields[column] : nil }.map { "\($0.label) (\($0.name))" }
        case .key(let key): definitions.fields[key].map(words)
        }
    }

    private func words(_ scope: CustomScope) throws -> String {
        let region = try scope.region.map { try classifier?.title(ofRegion: $0) ?? "a certain region" }
        return "for accounts" + (scope.accountType.map { " of type \($0)" } ?? "") + (region.map { " in \($0)" } ?? "")
    }

    private func words(behind scope: CustomScope) throws -> String {
        try scope.isEverywhere ? "" : ", which is mandatory \(words(scope))"
    }
}

extension RowState {
    /// The shown value of a custom field; nil if it was never written.
    public func customValue(_ key: String, in collection: Collection) -> Value? {
        guard let group = collection.customGroup, let cell = self[Part(group: group.number, element: key)] else { return nil }
        return Shown.sibling(of: cell, policy: group.policy)?.values?.first
    }

    /// The shown values of all custom fields that were written and are not empty, by key in byte order.
    public func customValues(in collection: Collection) -> [(key: String, value: Value)] {
        guard let group = collection.customGroup else { return [] }
        return cells.compactMap { cell in
            guard cell.part.group == group.number, let key = cell.part.element,
                let value = Shown.sibling(of: cell, policy: group.policy)?.values?.first, !value.isNull
            else { return nil }
            return (key, value)
        }
    }
}

/// What must be true of a step for the versions on its sides to be told from each other.
extension StepModel {
    func collection(_ name: String) throws(SchemaStepMistake) -> Collection {
        if let collection = collections.first(where: { $0.name == name }) { return collection }
        throw SchemaStepMistake(
            "there is no collection `\(name)` in the version that this step leads to",
            "Write the name that it had then; it had one of \(collections.map { "`\($0.name)`" }.joined(separator: ", ")).")
    }

    func holding(_ fields: [String], in name: String) throws(SchemaStepMistake) -> Collection {
        let collection = try collection(name)
        for field in fields where collection.field(named: field) == nil {
            throw SchemaStepMistake(
                "`\(name)` has no field `\(field)` in the version that this step leads to",
                "Write the name that it had then; it had one of \(collection.fields.map { "`\($0.name)`" }.joined(separator: ", ")).")
        }
        return collection
    }

    func checkAbsent(_ fields: [String], in collection: Collection) throws(SchemaStepMistake) {
        for field in fields where collection.field(named: field) != nil {
            throw SchemaStepMistake(
                "`\(collection.name)` still has the field `\(field)` in the version that this step leads to",
                "Take it out of the collection, or the step out of the history.")
        }
    }

    /// The groups of `was` hold the fields, and nothing else that another group holds as well.
    func check(_ fields: [String], standIn was: [Group], _ older: Collection) throws(SchemaStepMistake) {
        let held = Set(was.flatMap(\.fields).map(\.name))
        for field in fields where !held.contains(field) {
            throw SchemaStepMistake(
                "`was` does not show where the field `\(field)` stood",
                "Write the group that held it under `was`, as the version before had it.")
        }
        try checkUnique(older)
    }

    func checkUnique(_ older: Collection) throws(SchemaStepMistake) {
        var names: Set<String> = []
        for field in older.fields where !names.insert(field.name).inserted {
            throw SchemaStepMistake(
                "the version before would have the field `\(field.name)` of `\(older.name)` in two groups",
                "Write under `was` every group that stood otherwise, with its number.")
        }
        for group in older.groups where Set(older.groups.filter { $0.number == group.number }.map(\.name)).count > 1 {
            throw SchemaStepMistake(
                "the version before would have two groups of number \(group.number) in `\(older.name)`",
                "Numbers that were used are never used again: give the newer group another.")
        }
    }

    /// What decides who receives a row keeps its values, and a mandatory field has one in rows of older apps.
    func checkBearing(
        _ fields: [String], in collection: Collection, _ what: String, defaults: [String: Value]
    ) throws(SchemaStepMistake) {
        for name in fields {
            guard let field = collection.field(named: name) else { continue }
            if let value = defaults[name], !value.isNull {
                if collection.bearingFields.contains(name) {
                    throw SchemaStepMistake(
                        "`\(name)` of `\(collection.name)` decides who receives a row, and has a default",
                        "Leave the default out: rows of older apps would change hands with the schema.")
                }
                if let group = collection.group(holding: name), !group.holdsColumns {
                    throw SchemaStepMistake(
                        "`\(name)` of `\(collection.name)` is a set, a sum or derived, and has a default", "Leave the default out.")
                }
            } else if field.isMandatory {
                throw SchemaStepMistake(
                    "`\(name)` of `\(collection.name)` is mandatory and was \(what) without a default, so no older app could make a row",
                    "Write `default: ...`, or let it not be mandatory.")
            }
        }
    }

    func checkUnbearing(_ fields: [String], in collection: Collection) throws(SchemaStepMistake) {
        for field in fields where collection.bearingFields.contains(field) {
            throw SchemaStepMistake(
                "`\(field)` of `\(collection.name)` decides who receives a row, so its values cannot be changed by a step",
                "Add a new field beside it, and let the scope follow that one for new rows.")
        }
    }

    func checkTexts(_ fields: [String], _ collection: Collection) throws(SchemaStepMistake) {
        for name in fields {
            if case .text? = collection.field(named: name)?.type { continue }
            throw SchemaStepMistake("`\(name)` of `\(collection.name)` is not a text, and only texts are split and joined", "Use `regroup`, or remove the one field and add the others.")
        }
    }

    func checkMap(
        _ map: [Value: Value], from source: Field?, to target: Field?, _ direction: String
    ) throws(SchemaStepMistake) {
        guard case .choice(let choices)? = source?.type, case .choice(let others)? = target?.type else {
            throw SchemaStepMistake("only choices are mapped, on both sides of the step", "Let `was` and the field be choices.")
        }
        for (from, to) in map.sorted(by: { ($0.key.text ?? "") < ($1.key.text ?? "") }) {
            if let text = from.text, !choices.contains(text) {
                throw SchemaStepMistake("`\(direction)` maps `\(text)`, which was never among the choices", "Use one of \(choices.joined(separator: ", ")).")
            }
            if let text = to.text, !others.contains(text) {
                throw SchemaStepMistake("`\(direction)` maps to `\(text)`, which is not among the choices there", "Use one of \(others.joined(separator: ", ")).")
            }
        }
        for choice in choices where !others.contains(choice) && map[.text(choice)] == nil {
            throw SchemaStepMistake("`\(direction)` does not say what becomes of `\(choice)`", "Map it to one of \(others.joined(separator: ", ")).")
        }
    }
}

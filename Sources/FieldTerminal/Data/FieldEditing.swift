import ReplicationCore

/// Whether somebody may write a field, before an editor opens.
enum FieldEditing {
    /// - Parameter role: its number in the schema; nil for one that the schema does not have.
    /// - Returns: why the field is not to be edited, in words; nil if it is.
    static func refusal(of target: FieldTarget, by role: UInt32?, in schema: Schema, _ language: Language) -> String? {
        guard let collection = schema.collection(named: target.collection) else { return nil }
        let isCustom = collection.customKey(in: target.field) != nil
        guard let group = isCustom ? collection.customGroup : collection.group(holding: target.field) else { return nil }
        return refusal(of: group, in: collection, by: role, language)
    }

    static func refusal(of group: Group, in collection: ReplicationCore.Collection, by role: UInt32?, _ language: Language) -> String? {
        switch group.policy {
        case .hubOnly: return language(.hubWrites)
        case .derived: return language(.isComputed)
        case .writeOnce: return language(.isWrittenOnce)
        case .lastWriter, .authority, .lattice, .keepBoth, .addWinsSet, .counter: break
        }
        guard let role, collection.rights[role]?.update == true, group.writers?.contains(role) ?? true else { return language(.otherRoleWrites) }
        return nil
    }
}

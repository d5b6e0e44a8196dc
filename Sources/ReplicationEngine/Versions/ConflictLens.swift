import Foundation
import ReplicationCore

/// What a conflict's record says of its cell, in the terms of an earlier version: the number of the group, and the
/// names of the columns with their values.
struct ConflictLens {
    let schema: Schema
    let lens: SchemaLens

    /// - Parameters:
    ///   - older: the record in the earlier version's form, where nothing but its own columns has been changed.
    ///   - row: the record as it stands here, in `collection`.
    /// - Returns: nil if the earlier version knows nothing of what the conflict is about.
    func down(
        _ older: RowState, from row: RowState, _ collection: ReplicationCore.Collection,
        _ olderCollection: ReplicationCore.Collection
    ) -> RowState? {
        guard let subject = row.shownValue(of: "subject", in: collection)?.text.flatMap({ schema.rowKey(fromReference: $0) }),
            let number = row.shownValue(of: "part_group", in: collection)?.integer.flatMap({ UInt32(exactly: $0) })
        else { return older }
        guard lens.older.collection(subject.collection) != nil else { return nil }
        guard let steps = lens.lens(of: subject.collection) else { return older }
        let origins = steps.older.groups.map(\.number).filter { steps.sources(of: $0).contains(number) }
        guard let place = origins.contains(number) ? number : origins.first, let group = steps.newer.group(number) else { return nil }
        var result = older
        replace("part_group", in: &result, olderCollection) { _ in .integer(Int64(place)) }
        for side in ["base", "theirs", "yours"] {
            replace(side, in: &result, olderCollection) { value in
                guard case .text(let json) = value, let values = ValueJSON.values(json, of: group) else { return value }
                let columns = steps.shownDown([number: values])
                let members = steps.older.groups.filter { origins.contains($0.number) }.flatMap { origin in
                    zip(origin.fields.map(\.name), columns[origin.number] ?? [])
                }
                return .text(ValueJSON.object(members.map { ($0, $1) }))
            }
        }
        return result
    }

    /// Changes one column of every value that stands in its cell.
    private func replace(
        _ field: String, in row: inout RowState, _ collection: ReplicationCore.Collection, _ change: (Value) -> Value
    ) {
        guard let place = collection.place(of: field), var cell = row[Part(group: collection.groups[place.group].number)] else { return }
        for index in cell.siblings.indices {
            guard case .values(var values) = cell.siblings[index].content, place.column < values.count else { continue }
            values[place.column] = change(values[place.column])
            cell.siblings[index].content = .values(values)
        }
        row[cell.part] = cell
    }
}

extension ValueJSON {
    /// Reads what `object` made of a group's columns; nil if it is no such object.
    static func values(_ json: String, of group: Group) -> [Value]? {
        guard let members = ObjectReader.read(json) else { return nil }
        return group.fields.map { field in members[field.name].map { value($0, as: field.type) } ?? .null }
    }

    private static func value(_ member: Any, as type: FieldType) -> Value {
        switch type {
        case .boolean: (member as? Bool).map { .boolean($0) } ?? .null
        case .integer, .timestamp, .date: (member as? NSNumber).map { .integer($0.int64Value) } ?? .null
        case .real: (member as? NSNumber).flatMap { Value.normalized(real: $0.doubleValue) } ?? .null
        case .text, .choice, .anyReference, .blob: (member as? String).map { .text($0) } ?? .null
        case .reference: (member as? String).flatMap { RowID($0) }.map { .reference($0) } ?? .null
        case .custom: anyValue(member)
        case .bytes: (member as? String).map { .bytes(bytes($0)) } ?? .null
        }
    }

    /// A value by key is of the type that its definition says, which is not known here.
    private static func anyValue(_ member: Any) -> Value {
        if let text = member as? String { return .text(text) }
        guard let number = member as? NSNumber else { return .null }
        switch String(cString: number.objCType) {
        case "c", "B": return .boolean(number.boolValue)
        case "d", "f": return Value.normalized(real: number.doubleValue) ?? .null
        default: return .integer(number.int64Value)
        }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        if let row = RowID(text) { return row.bytes }
        let digits = Array(text.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

private enum ObjectReader {
    /// What the hub has written into conflict records is JSON; anything else was put there by somebody else.
    static func read(_ json: String) -> [String: Any]? {
        do {
            return try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        } catch {
            return nil
        }
    }
}

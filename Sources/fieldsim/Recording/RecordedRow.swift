import Foundation
import ReplicationCore

/// A row, or writes of one, as a recording tells them: names in place of ids, and masked values.
struct RecordedRow {
    let key: RowKey
    let collection: ReplicationCore.Collection
    /// Texts as scenario and seed files have them, by field; of a set several.
    var fields: [(name: String, values: [String], isSet: Bool)] = []
    /// The rows that it names.
    var references: Set<RowKey> = []
    var hasTimes = false
}

/// Makes what scenarios hold of values of the store.
struct ValueMasking {
    let schema: Schema
    /// The rows that have a name in the recording.
    let names: [RowKey: String]
    /// What `now` stands for, in Unix milliseconds.
    let now: Int64

    /// - Returns: nil for what is left out: nothing, blobs, and rows that have no name.
    func text(_ value: Value, of field: Field, in collection: ReplicationCore.Collection) -> String? {
        if value.isNull { return nil }
        switch field.type {
        case .text: return value.text.map { isZone(field, collection) ? $0 : MaskedText.of($0) }
        case .choice: return value.text
        case .integer, .date: return value.integer.map { field.type == .date ? Self.day($0) : "\($0)" }
        // Positions say where people are: to a whole degree.
        case .real: return (value.real ?? value.integer.map(Double.init)).map { "\($0.rounded())" }
        case .boolean: return value.boolean.map { "\($0)" } ?? value.integer.map { $0 == 0 ? "false" : "true" }
        case .timestamp: return value.integer.flatMap(time)
        case .reference(let number): return value.row.flatMap { names[RowKey(collection: number, row: $0)] }
        case .anyReference:
            guard let key = value.text.flatMap({ schema.rowKey(fromReference: $0) }), let name = names[key], let target = schema.collection(key.collection) else { return nil }
            return "\(target.name)/\(name)"
        case .bytes: return value.bytes.map { String(repeating: "00", count: min($0.count, 16)) }
        case .blob, .custom: return nil
        }
    }

    /// What has to be there and is not, because the device is not shown it.
    func filler(of field: Field) -> String? {
        switch field.type {
        case .text: "x"
        case .choice(let choices): choices.first
        case .integer(let least, let most): "\(min(max(0, least), most))"
        case .real: "0"
        case .boolean: "false"
        case .timestamp: "now"
        case .date: "2026-01-01"
        case .bytes: "00"
        case .reference, .anyReference, .blob, .custom: nil
        }
    }

    func reference(_ value: Value, of field: Field) -> RowKey? {
        switch field.type {
        case .reference(let number): value.row.map { RowKey(collection: number, row: $0) }
        case .anyReference: value.text.flatMap { schema.rowKey(fromReference: $0) }
        default: nil
        }
    }

    /// A zone that is none would leave a hub without days.
    private func isZone(_ field: Field, _ collection: ReplicationCore.Collection) -> Bool {
        guard let zone = schema.timeZone, field.name == zone.field,
            case .reference(let number)? = schema.collection(schema.userCollection)?.field(named: zone.reference)?.type
        else { return false }
        return collection.number == number
    }

    /// Times are told from the moment of the step on; what is more than fifty years away is no time of this story.
    private func time(_ milliseconds: Int64) -> String? {
        let seconds = (milliseconds - now) / 1_000
        guard abs(seconds) < 50 * 366 * 86_400 else { return nil }
        return seconds == 0 ? "now" : "now\(seconds < 0 ? "-" : "+")\(abs(seconds))s"
    }

    private static func day(_ days: Int64) -> String {
        Date(timeIntervalSince1970: Double(days) * 86_400).formatted(.iso8601.year().month().day())
    }
}

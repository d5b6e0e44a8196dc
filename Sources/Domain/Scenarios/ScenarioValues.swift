import ReplicationCore

/// Values as scenario files write them: as seed files do, and times counted from a device's clock.
public struct ScenarioValues: Sendable {
    private let schema: Schema

    /// What is wrong with a value.
    public struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
        public let problem: String
        public let remedy: String
        public var description: String { "\(problem). \(remedy)" }
    }

    public init(schema: Schema) { self.schema = schema }

    /// - Parameter now: Unix milliseconds.
    public func value(_ text: String, of field: Field, now: Int64) throws(Mistake) -> Value {
        if text == "null" { return .null }
        switch field.type {
        case .reference(let number): return .reference(SeedFile.row(text, of: number))
        case .anyReference:
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let collection = schema.collection(named: parts[0]) else {
                throw Mistake(problem: "`\(text)` names no row", remedy: "Write `collection/key`.")
            }
            return .text("\(collection.name)/\(SeedFile.row(parts[1], of: collection.number))")
        case .timestamp where text.hasPrefix("now"):
            let rest = text.dropFirst(3)
            guard let span = rest.isEmpty ? 0 : ScenarioTime.span(String(rest)) else {
                throw Mistake(problem: "`\(text)` is not a time", remedy: "Write it as `now`, `now+2h` or `2026-06-15T08:30:00Z`.")
            }
            return .integer(now + span)
        case .custom: throw Mistake(problem: "custom fields are not written here", remedy: "Name another field.")
        default:
            do {
                return try ValueText.read(text, as: field.type)
            } catch {
                throw Mistake(problem: error.problem, remedy: error.remedy)
            }
        }
    }

    /// The row of a name; nil if the schema does not have its collection.
    public func key(_ name: Scenario.RowName) -> RowKey? {
        schema.collection(named: name.collection).map { RowKey(collection: $0.number, row: SeedFile.row(name.key, of: $0.number)) }
    }
}

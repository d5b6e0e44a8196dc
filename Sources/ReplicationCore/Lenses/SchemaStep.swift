/// One step of a schema's history: what a version does to the one before it. Declared in the schema file,
/// with what the step has taken away, so that every earlier version can be told from the present one.
public struct SchemaStep: Hashable, Sendable {
    /// The version that the step leads away from, to the next one.
    public let version: UInt32
    public let change: Change

    public init(from version: UInt32, _ change: Change) {
        self.version = version
        self.change = change
    }

    public enum Change: Hashable, Sendable {
        case addCollection(String)
        /// As it stood.
        case removeCollection(Collection)
        case renameCollection(from: String, to: String)
        /// Fields of a collection. Rows made by older apps get the defaults, by field; null where there is none.
        case addFields(collection: String, [String], defaults: [String: Value])
        /// `was`: the groups that held them, as they stood. With `isIgnored` what older apps write of them is let
        /// go of; otherwise it is refused, so that a person learns of it.
        case removeFields(collection: String, [String], was: [Group], isIgnored: Bool)
        case renameField(collection: String, from: String, to: String)
        /// Other values of a field of the same name, in both directions; values not named stay as they are.
        case mapValues(collection: String, field: String, was: [Group], up: [Value: Value], down: [Value: Value])
        case split(collection: String, field: String, into: [String], by: Splitting, was: [Group])
        case join(collection: String, fields: [String], into: String, by: Splitting, was: [Group])
        /// The fields stand in other groups: columns that now mean something only together, or no longer do.
        case regroup(collection: String, [String], was: [Group])
    }
}

/// Why a step cannot have led to the schema that follows it.
public struct SchemaStepMistake: Error, Hashable, Sendable {
    public let problem: String
    public let remedy: String

    public init(_ problem: String, _ remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}

/// The earlier versions of a schema, told from the present one and the steps that led to it.
public struct SchemaHistory: Sendable, Equatable {
    /// In the order in which they were taken.
    public let steps: [SchemaStep]
    private let lenses: [UInt32: SchemaLens]

    /// A schema that tells nothing of earlier versions: they are served as they are.
    public static let none = SchemaHistory()

    private init() {
        steps = []
        lenses = [:]
    }

    public var isEmpty: Bool { lenses.isEmpty }

    /// Between an earlier version and the present one; nil for the present one, and where nothing is told.
    public func lens(from version: UInt32) -> SchemaLens? { lenses[version] }

    /// The earlier versions, rising.
    public var versions: [UInt32] { lenses.keys.sorted() }

    public static func == (a: Self, b: Self) -> Bool { a.steps == b.steps && a.versions == b.versions }

    /// Goes back from the present schema, step by step.
    ///
    /// - Parameters:
    ///   - version: the present one.
    ///   - name: of the schema.
    ///   - collections: as they are now.
    ///   - roles: as they are now.
    ///   - userCollection: the number of the collection of users.
    ///   - steps: of all versions before the present one, in the order in which they were taken.
    /// - Returns: the history, and each step that cannot have led to what follows it, by its index; such a step is
    ///   left out.
    public static func traced(
        back version: UInt32, name: String, collections: [Collection], roles: [Role], userCollection: UInt32,
        steps: [SchemaStep]
    ) -> (history: SchemaHistory, mistakes: [Int: SchemaStepMistake]) {
        var model = StepModel(collections: collections, roles: roles)
        var mistakes: [Int: SchemaStepMistake] = [:]
        var chains: [UInt32: [Lens]] = [:]
        var removed: [UInt32: Collection] = [:]
        var lenses: [UInt32: SchemaLens] = [:]
        let present = Dictionary(uniqueKeysWithValues: collections.map { ($0.number, $0) })
        var index = steps.count - 1
        for earlier in stride(from: Int(version) - 1, through: 1, by: -1) {
            while index >= 0, steps[index].version == UInt32(earlier) {
                do throws(SchemaStepMistake) {
                    let undone = try model.undo(steps[index].change)
                    for lens in undone.lenses { chains[lens.newer.number, default: []].insert(lens, at: 0) }
                    if let collection = undone.removed { removed[collection.number] = collection }
                    if let added = undone.added { chains[added] = nil }
                } catch {
                    mistakes[index] = error
                }
                index -= 1
            }
            let older = Schema(
                version: UInt32(earlier), name: name, collections: model.collections, roles: model.roles,
                userCollection: userCollection)
            var changed: [UInt32: CollectionLens] = [:]
            for (number, chain) in chains {
                guard let newer = present[number], let before = older.collection(number) else { continue }
                changed[number] = CollectionLens(steps: chain, older: before, newer: newer)
            }
            lenses[UInt32(earlier)] = SchemaLens(
                version: UInt32(earlier), older: older, lenses: changed,
                removed: removed.filter { older.collection($0.key) != nil })
        }
        return (SchemaHistory(steps: steps, lenses: lenses), mistakes)
    }

    private init(steps: [SchemaStep], lenses: [UInt32: SchemaLens]) {
        self.steps = steps
        self.lenses = lenses
    }
}

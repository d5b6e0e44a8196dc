import ReplicationCore
import Yams

/// Reads a schema file. The format is explained at the head of `Protocol/schema/field-service.yaml`.
public enum SchemaLoader {
    /// The schema that a YAML text declares.
    ///
    /// - Parameters:
    ///   - text: the file's content.
    ///   - file: the file's name, for messages.
    /// - Throws: every mistake in the file, each with its line and a remedy.
    public static func load(text: String, file: String) throws(SchemaError) -> Schema {
        let log = MistakeLog(file: file)
        let root = try log.compose(text)
        guard let map = YAMLMap(root, what: "the schema", log: log) else { throw FileMistakes(log.mistakes) }
        map.allow(["schema", "version", "users", "time_zone", "roles", "teams", "lattices", "collections", "signals", "custom", "customers", "history"])
        let name = map.text("schema", required: true)
        let version = map.number("version", in: 1...Int64(UInt32.max), required: true)
        let users = map.text("users", required: true)

        var draft = SchemaDraft()
        HeaderReader(log: log).read(map, into: &draft)
        CollectionReader(log: log).read(map, into: &draft)
        PolicyReader(log: log).read(into: &draft)
        let collections = CollectionRules(draft: draft, log: log).collections()
        CycleCheck(draft: draft, log: log).report(collections)
        PassingCheck(draft: draft, log: log).report(collections)
        let userCollection = checkUsers(users, draft, map, log)
        let timeZone = map.text("time_zone").flatMap { zonePath($0, userCollection.flatMap(draft.collection), draft, log) }
        let signals = SignalReader(draft: draft, log: log).read(map, users: userCollection, collections: collections)
        let custom = CustomReader(draft: draft, log: log).read(map)
        let customers = CustomerReader(log: log).read(map)
        let steps = version.flatMap { HistoryReader(draft: draft, log: log).read(map, version: UInt32($0)) }
        // Going back makes sense only from a schema that is right itself.
        try log.throwIfAny()
        guard let name, let version, let userCollection else {
            preconditionFailure("A part is missing only where a mistake was reported.")
        }
        let history = try history(
            version: UInt32(version), name: name.text, collections, draft.roles, userCollection, steps, log)
        return Schema(
            version: UInt32(version), name: name.text, collections: collections, roles: draft.roles,
            userCollection: userCollection, timeZone: timeZone, signals: signals, custom: custom, customers: customers, history: history)
    }

    /// Reads `<reference>.<field>`: a field of users, and one of the row that it names.
    private static func zonePath(
        _ text: Located, _ users: CollectionDraft?, _ draft: SchemaDraft, _ log: MistakeLog
    ) -> ZonePath? {
        guard let users else { return nil }
        let names = text.text.split(separator: ".", omittingEmptySubsequences: false).map { Located(text: String($0), place: text.place) }
        guard names.count == 2 else {
            log.add(text.place, "`\(text.text)` names no time zone", "Write a reference field of `\(users.name.text)`, a point, and a text field of what it names: `territory.time_zone`.")
            return nil
        }
        guard let reference = users.field(names[0], log: log) else { return nil }
        guard case .reference(let number) = reference.type, let named = draft.collection(number) else {
            log.add(text.place, "`\(reference.name)` names no row", "Use a reference field of `\(users.name.text)`.")
            return nil
        }
        guard let field = named.field(names[1], log: log) else { return nil }
        guard case .text = field.type else {
            log.add(text.place, "`\(field.name)` is no text, so it names no time zone", "Use a text field of `\(named.name.text)`.")
            return nil
        }
        return ZonePath(reference: reference.name, field: field.name)
    }

    private static func history(
        version: UInt32, name: String, _ collections: [Collection], _ roles: [Role], _ userCollection: UInt32,
        _ steps: [LocatedStep]?, _ log: MistakeLog
    ) throws(SchemaError) -> SchemaHistory {
        guard let steps else { return .none }
        let (history, mistakes) = SchemaHistory.traced(
            back: version, name: name, collections: collections, roles: roles, userCollection: userCollection,
            steps: steps.map(\.step))
        for (index, mistake) in mistakes.sorted(by: { $0.key < $1.key }) {
            log.add(steps[index].place, mistake.problem, mistake.remedy)
        }
        try log.throwIfAny()
        return history
    }

    /// The collection of users; the roles' subscriptions must name reference fields of it.
    private static func checkUsers(_ users: Located?, _ draft: SchemaDraft, _ map: YAMLMap, _ log: MistakeLog) -> UInt32? {
        guard let users else { return nil }
        guard let collection = draft.collection(named: users.text) else {
            log.addUnknown(users, "collection", known: draft.collectionNames)
            return nil
        }
        guard let roles = map.map("roles", what: "`roles`") else { return collection.number }
        for entry in roles.entries {
            guard let role = draft.role(named: entry.key.text) else { continue }
            for subscription in role.subscriptions {
                guard case .field(let name) = subscription.key else { continue }
                let place = entry.value.mapping?["receives"].map { Place($0.mark) } ?? entry.key.place
                guard let field = collection.field(Located(text: name, place: place), log: log) else { continue }
                switch field.type {
                case .reference, .choice: break
                default:
                    log.add(place, "the role `\(role.name)` receives `\(subscription.kind):$\(name)`, and `\(name)` names no row",
                        "Use a reference or choice field of `\(users.text)`.")
                }
            }
        }
        return collection.number
    }
}

import Yams

/// Who may do what, read from the schema's text by nothing but its own words: the test's second opinion beside
/// `Schema+Rights`, of which it uses nothing.
struct SchemaRights {
    /// Names, in the order of their numbers.
    let roles: [String]
    let collections: [Collection]

    struct Collection {
        let number: UInt32
        let name: String
        let isLedger: Bool
        let isForEveryone: Bool
        /// The reference fields by which a row gets the scopes of another.
        let parents: Set<String>
        let groups: [Group]
        /// Of `create`, `update`, `delete`, `read`, by role.
        let rights: [String: Set<String>]

        func may(_ role: String, _ right: String) -> Bool { rights[role]?.contains(right) ?? false }

        func reads(_ role: String, _ group: Group) -> Bool {
            may(role, "read") && (group.readers?.contains(role) ?? true)
        }

        /// True if the role may write the group of a row that it makes or changes.
        func writes(_ role: String, _ group: Group) -> Bool {
            !group.isOfHub && (group.writers?.contains(role) ?? true)
        }

        func group(_ number: UInt32) -> Group? { groups.first { $0.number == number } }
    }

    struct Group {
        let number: UInt32
        let name: String
        let policy: String
        let readers: Set<String>?
        let writers: Set<String>?
        let fields: [Field]

        /// Only the hub writes it.
        var isOfHub: Bool { policy == "hub-only" || policy == "derived" }
    }

    struct Field {
        let name: String
        let type: String
        let isMandatory: Bool
    }

    init(text: String) throws {
        let file = try Self.mapping(Yams.load(yaml: text), "the schema")
        roles = try Self.mapping(file["roles"], "roles").map { (name: $0, number: try Self.number($1, "number")) }
            .sorted { $0.number < $1.number }.map(\.name)
        let teams = try Self.mapping(file["teams"], "teams").mapValues { $0 as? [String] ?? [] }
        func members(_ names: [String]) -> Set<String> { Set(names.flatMap { teams[$0] ?? [$0] }) }
        collections = try Self.mapping(file["collections"], "collections").map { name, content in
            try Self.collection(name, Self.mapping(content, name), members)
        }.sorted { $0.number < $1.number }
    }

    private static func collection(
        _ name: String, _ content: [String: Any], _ members: ([String]) -> Set<String>
    ) throws -> Collection {
        var rights: [String: Set<String>] = [:]
        for (who, what) in try mapping(content["rights"], "rights of \(name)") {
            let words = (what as? String ?? "").split(separator: " ").map(String.init)
            for role in members([who]) { rights[role, default: []].formUnion(words + ["read"]) }
        }
        let scopes = content["scopes"] as? [String] ?? []
        let groups = try mapping(content["groups"], "groups of \(name)").map { group, content in
            try Self.group(group, mapping(content, group), members)
        }
        return Collection(
            number: try number(content, "number"), name: name, isLedger: content["kind"] as? String == "ledger",
            isForEveryone: scopes.contains("everyone"),
            parents: Set(scopes.map { $0.split(separator: " ").map(String.init) }.compactMap { words in
                words[0] == "parent" && !words.contains("newest") ? words[1] : nil
            }),
            groups: groups.sorted { $0.number < $1.number }, rights: rights)
    }

    private static func group(_ name: String, _ content: [String: Any], _ members: ([String]) -> Set<String>) throws -> Group {
        let lines = try content["fields"].map { try mapping($0, "fields of \(name)") } ?? [name: content]
        return Group(
            number: try number(content, "number"), name: name,
            policy: content["derived"] == nil ? content["policy"] as? String ?? "" : "derived",
            readers: (content["readers"] as? [String]).map(members), writers: (content["writers"] as? [String]).map(members),
            fields: try lines.map { field, line in
                let line = try mapping(line, field)
                return Field(name: field, type: line["type"] as? String ?? "", isMandatory: line["mandatory"] as? Bool ?? false)
            }.sorted { $0.name < $1.name })
    }

    private static func mapping(_ value: Any?, _ what: String) throws -> [String: Any] {
        guard let mapping = value as? [String: Any] else { throw HubProcess.Failure("\(what) is no mapping") }
        return mapping
    }

    private static func number(_ value: Any, _ key: String) throws -> UInt32 {
        guard let number = (value as? [String: Any])?[key] as? Int else { throw HubProcess.Failure("no \(key) in \(value)") }
        return UInt32(number)
    }
}

extension SchemaRights {
    /// The whole matrix for people, in Markdown.
    var document: String {
        var lines = [
            "# Who may do what", "",
            "Made from `Protocol/schema/field-service.yaml` by `RightsMatrixTests`, which holds this page against what crosses the",
            "wire: a field that a role may not read reaches no device of the role, in no message. `CONVERGE_WRITE_FIXTURES=1 swift test",
            "--filter RightsMatrixTests` makes it anew.", "",
            "r: reads the rows that it receives. c, u, d: creates, updates, deletes. Which rows a role receives is said by the schema's",
            "scopes. The administrator receives none but those for everyone, and works with the hub's own tools.", "",
            "## Rows", "",
            "| collection | " + roles.joined(separator: " | ") + " |",
            "|---" + roles.map { _ in "|---" }.joined() + "|",
        ]
        for collection in collections {
            let cells = roles.map { role in
                let letters = ["read", "create", "update", "delete"].filter { collection.may(role, $0) }.map { String($0.prefix(1)) }
                return letters.isEmpty ? "–" : letters.joined(separator: " ")
            }
            lines.append("| \(collection.name)\(collection.isLedger ? " (ledger)" : "") | \(cells.joined(separator: " | ")) |")
        }
        lines += ["", "## Fields that are not read by all who read the row", ""]
        lines += fieldTable { $1.reads($0, $2) ? nil : "not read" } where: { $0.readers != nil }
        lines += ["", "## Fields that are not written by all who update or create the row", ""]
        lines += fieldTable { $1.writes($0, $2) ? nil : "not written" } where: { $0.writers != nil && !$0.isOfHub }
        lines += ["", "## Fields that only the hub writes", "", "| collection | fields |", "|---|---|"]
        for collection in collections {
            let names = collection.groups.filter(\.isOfHub).flatMap(\.fields).map(\.name)
            if !names.isEmpty { lines.append("| \(collection.name) | \(names.joined(separator: ", ")) |") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One line for each group, with a word for each role that reads the row.
    private func fieldTable(
        _ word: (String, Collection, Group) -> String?, where isListed: (Group) -> Bool
    ) -> [String] {
        var lines = ["| field | " + roles.joined(separator: " | ") + " |", "|---" + roles.map { _ in "|---" }.joined() + "|"]
        for collection in collections {
            for group in collection.groups.filter(isListed) {
                let cells = roles.map { role in collection.may(role, "read") ? word(role, collection, group) ?? "yes" : "–" }
                let names = group.fields.map { "\(collection.name).\($0.name)" }.joined(separator: ", ")
                lines.append("| \(names) | \(cells.joined(separator: " | ")) |")
            }
        }
        return lines
    }
}

import ReplicationCore
import Yams

/// A schema file half read: names and numbers are known, and what refers to them can be resolved.
struct SchemaDraft {
    var lattices: [String: Lattice] = [:]
    var roles: [Role] = []
    var teams: [String: [UInt32]] = [:]
    var collections: [CollectionDraft] = []

    func collection(named name: String) -> CollectionDraft? { collections.first { $0.name.text == name } }
    func collection(_ number: UInt32) -> CollectionDraft? { collections.first { $0.number == number } }
    var collectionNames: [String] { collections.map(\.name.text) }
    func role(named name: String) -> Role? { roles.first { $0.name == name } }

    /// The roles that a list of roles and teams names; what it does not know is reported.
    func roleNumbers(_ names: [Located], log: MistakeLog) -> Set<UInt32> {
        var numbers: Set<UInt32> = []
        for name in names {
            if let role = role(named: name.text) {
                numbers.insert(role.number)
            } else if let team = teams[name.text] {
                numbers.formUnion(team)
            } else {
                log.addUnknown(name, "role or team", known: roles.map(\.name) + teams.keys.sorted())
            }
        }
        return numbers
    }

    func lattice(named name: Located, log: MistakeLog) -> Lattice? {
        if let lattice = lattices[name.text] { return lattice }
        log.addUnknown(name, "lattice", known: lattices.keys.sorted())
        return nil
    }
}

/// A collection half read.
struct CollectionDraft {
    var number: UInt32
    var name: Located
    var label: String
    var kind: Collection.Kind
    var map: YAMLMap
    var groups: [GroupDraft] = []

    var fields: [FieldDraft] { groups.flatMap(\.fields) }
    var fieldNames: [String] { fields.map(\.field.name) }
    func field(named name: String) -> FieldDraft? { fields.first { $0.field.name == name } }
    func group(holding field: String) -> GroupDraft? {
        groups.first { $0.fields.contains { $0.field.name == field } }
    }

    /// The field of this name; reports a name that it does not have.
    func field(_ name: Located, log: MistakeLog) -> Field? {
        if let found = field(named: name.text) { return found.field }
        log.addUnknown(name, "field", known: fieldNames, in: "the collection `\(self.name.text)`")
        return nil
    }
}

/// A group half read: its fields are known, its policy is not.
struct GroupDraft {
    var number: UInt32
    var name: Located
    var map: YAMLMap
    var fields: [FieldDraft]
    var readers: Set<UInt32>?
    var writers: Set<UInt32>?
    /// Nil until resolved, and where it could not be.
    var policy: Policy?

    /// What it is, for messages.
    var what: String { "the group `\(name.text)`" }
}

/// A field together with where it stands.
struct FieldDraft {
    var field: Field
    var place: Place
    var mandatoryPlace: Place
}

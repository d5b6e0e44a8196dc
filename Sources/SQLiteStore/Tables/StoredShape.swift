import Foundation
import ReplicationCore

/// What of a schema a store's tables depend on, kept beside them: it tells whether another schema can
/// take the store over by adding to it.
package struct StoredShape: Codable, Equatable {
    var collections: [StoredCollection]
    var userCollection: UInt32
    /// Of the schema; nil in stores from before it was noted.
    var version: UInt32?

    package init(_ schema: Schema) {
        version = schema.version
        collections = schema.collections.map(StoredCollection.init)
        userCollection = schema.userCollection
    }

    /// The shape of an earlier version, of which the scopes of collections that are gone are not known any more.
    init(_ schema: Schema, keepingScopesOf stored: StoredShape, in removed: Set<UInt32>) {
        self.init(schema)
        for index in collections.indices where removed.contains(collections[index].number) {
            guard let held = stored.collections.first(where: { $0.number == collections[index].number }) else { continue }
            collections[index].scopes = held.scopes
        }
    }

    /// True if a store of this shape can become one of `newer` by adding to it.
    func isExtended(by newer: StoredShape) -> Bool {
        do {
            try checkAddition(of: newer)
            return true
        } catch {
            return false
        }
    }

    package init(json: String) throws {
        do {
            self = try JSONDecoder().decode(StoredShape.self, from: Data(json.utf8))
        } catch {
            throw StorageFault(.corrupt, "The store's record of its own schema cannot be read (\(error)); restore a backup.")
        }
    }

    /// Keys are sorted, so that equal shapes are equal text.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Checks that a store of this shape can become one of `newer` by adding collections and columns.
    ///
    /// - Throws: `StorageFault.otherSchema`, naming the first difference that is more than an addition.
    package func checkAddition(of newer: StoredShape) throws {
        guard userCollection == newer.userCollection else {
            throw Self.refusal("the collection of users is number \(newer.userCollection) instead of \(userCollection)")
        }
        let byNumber = Dictionary(uniqueKeysWithValues: newer.collections.map { ($0.number, $0) })
        let known = Set(collections.map(\.number))
        for collection in collections {
            guard let other = byNumber[collection.number] else {
                throw Self.refusal("collection '\(collection.name)' is gone")
            }
            try collection.checkAddition(of: other, known: known)
        }
    }

    static func refusal(_ difference: String) -> StorageFault {
        StorageFault(.otherSchema, """
            The schema is not the store's schema with additions: \(difference). Start with the schema that the \
            store was made with, or a later version of it that only adds collections and fields.
            """)
    }
}

struct StoredCollection: Codable, Equatable {
    var number: UInt32
    var name: String
    var kind: String
    var fields: [StoredField]
    /// The rules by which rows come into scopes, as text.
    var scopes: [StoredScopeRule]

    init(_ collection: ReplicationCore.Collection) {
        number = collection.number
        name = collection.name
        kind = collection.kind.rawValue
        fields = collection.groups.flatMap { group in
            group.fields.enumerated().map { place, field in
                StoredField(
                    name: field.name, column: ColumnKind(field, in: group).rawValue, group: group.number, place: place)
            }
        }
        scopes = collection.scopes.map(StoredScopeRule.init)
    }

    func checkAddition(of newer: StoredCollection, known: Set<UInt32>) throws {
        guard name == newer.name, kind == newer.kind else {
            throw StoredShape.refusal("collection \(number) is \(newer.kind) '\(newer.name)' instead of \(kind) '\(name)'")
        }
        for field in fields where !newer.fields.contains(field) {
            throw StoredShape.refusal("field '\(field.name)' of '\(name)' is gone or has another type, group or place")
        }
        for rule in scopes where !newer.scopes.contains(rule) {
            throw StoredShape.refusal("the scope rule '\(rule.text)' of '\(name)' is gone")
        }
        // A new rule is harmless where it depends on what no stored row has yet.
        let columns = Set(fields.map(\.name))
        for rule in newer.scopes where !scopes.contains(rule) {
            let dependsOnKnown = switch (rule.collection, rule.field) {
            case (let source?, _): known.contains(source)
            case (nil, let field?): columns.contains(field)
            case (nil, nil): true
            }
            if dependsOnKnown {
                throw StoredShape.refusal("the scope rule '\(rule.text)' of '\(name)' is new and concerns stored rows")
            }
        }
    }
}

struct StoredField: Codable, Equatable {
    var name: String
    /// How it stands in its column.
    var column: String
    var group: UInt32
    var place: Int
}

struct StoredScopeRule: Codable, Equatable {
    var text: String
    /// The referring collection, where the rule has one.
    var collection: UInt32?
    /// The field of the collection itself, where the rule has one.
    var field: String?

    init(_ rule: ScopeRule) {
        switch rule {
        case .everyone: text = "everyone"
        case .field(let kind, let field, let time):
            text = "\(kind) by \(field)" + Self.text(time)
            self.field = field
        case .own(let kind): text = "\(kind) of its own"
        case .parent(let field, let time):
            text = "those of \(field)" + Self.text(time)
            self.field = field
        case .newest(let count, let parent, let time):
            text = "newest \(count) by \(time) of \(parent)"
            field = parent
        case .referrer(let collection, let field):
            text = "those of rows of \(collection) by \(field)"
            self.collection = collection
        }
    }

    private static func text(_ time: ScopeTime?) -> String { time.map { " on \($0.field) per \($0.unit)" } ?? "" }
}

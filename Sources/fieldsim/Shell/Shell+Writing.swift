import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

extension Shell {
    /// Parses a write, and runs it or puts it behind `begin`.
    func write(_ name: String, _ words: [String]) throws {
        let (step, row) = try step(name, words)
        if steps != nil {
            steps?.append(step)
            return printer.reply("Noted.", reply(row, nil))
        }
        let changeset = try perform([step])
        printer.reply(row.map { "\($0)" } ?? "Written.", reply(row, changeset))
    }

    func commit() throws {
        guard let steps else { throw ShellError("There is nothing to commit; begin comes first.") }
        self.steps = nil
        let changeset = try perform(steps, isAtomic: isAtomic)
        printer.reply("Written as one changeset.", reply(nil, changeset))
    }

    private func perform(
        _ steps: [(LocalTransaction) throws -> Void], isAtomic: Bool = false
    ) throws -> ChangesetID? {
        let isUnchecked = isUnchecked
        return try replica().write { transaction in
            transaction.isUnchecked = isUnchecked
            transaction.isAtomic = isAtomic
            for step in steps { try step(transaction) }
        }
    }

    private func reply(_ row: RowID?, _ changeset: ChangesetID?) -> [String: Value] {
        var members: [String: Value] = [:]
        if let row { members["row"] = .text(row.description) }
        if let changeset { members["changeset"] = .text(changeset.description) }
        return members
    }

    private func step(_ name: String, _ words: [String]) throws -> ((LocalTransaction) throws -> Void, RowID?) {
        if name == "resolve" { return (try resolution(words), nil) }
        guard let collectionName = words.first, let collection = try replica().schema.collection(named: collectionName) else {
            let names = try replica().schema.collections.map(\.name).joined(separator: ", ")
            throw ShellError("\(name) takes a collection first. There are: \(names)")
        }
        if name == "create" {
            let values = try values(words.dropFirst(), collection)
            var random = SystemRandomNumberGenerator()
            let id: RowID = identifiers.next(milliseconds: UInt64(Date().timeIntervalSince1970 * 1_000), random: &random)
            return ({ _ = try $0.create(collectionName, id: id, values) }, id)
        }
        guard words.count > 1, let id = RowID(words[1]) else { throw ShellError("\(name) takes the row's id after the collection.") }
        switch name {
        case "set":
            let values = try values(words.dropFirst(2), collection)
            guard !values.isEmpty else { throw ShellError("set takes at least one field=value.") }
            return ({ try $0.set(collectionName, id, values) }, id)
        case "delete": return ({ try $0.delete(collectionName, id) }, id)
        case "restore": return ({ try $0.restore(collectionName, id) }, id)
        default: break
        }
        guard words.count == 4 else { throw ShellError("\(name) takes: COLLECTION ID FIELD VALUE") }
        let field = words[2], value = words[3]
        switch name {
        case "add": return ({ try $0.add(collectionName, id, field, value) }, id)
        case "remove": return ({ try $0.remove(collectionName, id, field, value) }, id)
        default:
            guard let amount = Int64(value) else { throw ShellError("increment takes a whole number.") }
            return ({ try $0.increment(collectionName, id, field, by: amount) }, id)
        }
    }

    /// Writes a refused changeset anew. Without a row, the corrections are for the one that was refused.
    func mend(_ words: [String]) throws {
        guard let text = words.first, let identity = ChangesetID(text) else {
            throw ShellError("mend takes the id of a changeset, and what to correct as field=value, or -field to give it up; refused lists them.")
        }
        var corrections = words.dropFirst()
        let rows = Set(try replica().refused().filter { $0.identity == identity }.map(\.key))
        guard !rows.isEmpty else { throw ShellError("Nothing of the changeset \(text) is refused here; refused lists what is.") }
        var key = rows.count == 1 ? rows.first : nil
        if let row = corrections.first.flatMap({ RowID($0) }) {
            key = rows.first { $0.row == row }
            guard key != nil else { throw ShellError("Nothing of row \(row) was refused in the changeset \(text).") }
            corrections = corrections.dropFirst()
        }
        var changes: [RowKey: [String: Value]] = [:]
        var omitted: [RowKey: Set<String>] = [:]
        if !corrections.isEmpty {
            guard let key, let collection = try replica().schema.collection(key.collection) else {
                throw ShellError("\(rows.count) rows were refused in it. Name one: \(rows.sorted().map(\.row.description).joined(separator: ", "))")
            }
            let givenUp = corrections.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) }
            for name in givenUp where collection.field(named: name) == nil && collection.customKey(in: name) == nil { throw ShellError.unknownField(name, collection) }
            omitted[key] = Set(givenUp)
            changes[key] = try values(corrections.filter { !$0.hasPrefix("-") }, collection)
        }
        guard let changeset = try replica().mendRefused(identity, changes, without: omitted) else {
            throw ShellError("Nothing would be left of it. To let go of all of it: discard \(text)")
        }
        printer.reply("Written anew; it leaves quarantine when the hub has accepted it.", reply(nil, changeset))
    }

    private func resolution(_ words: [String]) throws -> (LocalTransaction) throws -> Void {
        guard let text = words.first, let conflict = RowID(text),
            let row = try replica().query("SELECT subject FROM conflict WHERE id = ?", [.reference(conflict)]).first,
            let subject = row.text("subject").flatMap({ try? replica().schema.rowKey(fromReference: $0) }),  // no replica, no row
            let collection = try replica().schema.collection(subject.collection)
        else { throw ShellError("resolve takes the id of a conflict; conflicts lists them.") }
        let values = try values(words.dropFirst(), collection)
        guard !values.isEmpty else { throw ShellError("resolve takes the values that settle it, as field=value.") }
        return { try $0.resolve(conflict: conflict, collection.name, subject.row, values) }
    }

    private func values(
        _ words: some Sequence<String>, _ collection: ReplicationCore.Collection
    ) throws -> [String: Value] {
        var values: [String: Value] = [:]
        for word in words {
            guard let equals = word.firstIndex(of: "=") else { throw ShellError("'\(word)' is no field=value.") }
            let name = String(word[..<equals])
            guard let field = try customField(name, collection) ?? collection.field(named: name), field.type != .custom else {
                throw ShellError.unknownField(name, collection, try replica().customDefinitions(of: collection.name))
            }
            values[name] = try Words.value(String(word[word.index(after: equals)...]), for: field)
        }
        return values
    }
}

import Domain
import ReplicationCore
import ReplicationEngine

extension ScenarioPlayer {
    /// What was found instead of what is expected; nil if it is so now.
    func failure(of expected: Scenario.Expectation.What) throws -> String? {
        switch expected {
        case .value(let row, let field, let value, let places):
            return try first(places) { place in
                let wanted = try comparable(value, row.collection, field)
                guard let (isHeld, found) = try shown(field, of: row, at: place) else {
                    return "the app of \(place) does not know `\(field)` of `\(row.collection)`"
                }
                if !isHeld { return "\(place) should show \(words(value)) as \(field) of \(row), and does not have the row" }
                return found == wanted ? nil : "\(place) should show \(words(value)) as \(field) of \(row), and shows \(words(found))"
            }
        case .held(let row, let isHeld, let places):
            return try first(places) { place in
                if try holds(row, at: place) == isHeld { return nil }
                return "\(place) should \(isHeld ? "have" : "not have") \(row), and \(isHeld ? "has not" : "has")"
            }
        case .status(let row, let status, let places):
            return try first(places) { place in
                let (_, key) = try Self.target(row, try stage.schema(of: place))
                let found = try stage.status(of: key, at: place)?.rawValue
                return found == status ? nil : "\(row) should be \(status) at \(place), and is \(found ?? "unknown there")"
            }
        case .counts(let device, let pending, let conflicts, let refused):
            let found = try stage.standing(of: device)
            for (wanted, found, word) in [(pending, found.pending, "pending changesets"), (conflicts, found.conflicts, "open conflicts"), (refused, found.refused, "refused operations")] {
                if let wanted, wanted != found { return "\(device) should have \(wanted) \(word), and has \(found)" }
            }
            return nil
        case .rows(let collection, let having, let count, let places):
            return try first(places) { place in
                let found = try self.count(collection, having, at: place)
                return found == count ? nil : "\(place) should have \(count) \(collection), and has \(found)"
            }
        case .same(let places):
            return try first(places.isEmpty ? devices : places) { place in
                switch try stage.isSame(place) {
                case .same: nil
                case .different(let how): "\(place) should hold the same as the hub, and differs: \(how)"
                case .unknown(let why): "\(place) should hold the same as the hub, and could not be compared: \(why)"
                }
            }
        case .blocked(let device):
            return try stage.standing(of: device).block == nil ? "\(device) should not be let connect, and is" : nil
        case .mail(let customer, let says, let type):
            let mails = try stage.mails(to: customer)
            let isThere = mails.contains { mail in
                (says.map { mail.text.contains($0) } ?? true) && (type.map { mail.attached.contains($0) } ?? true)
            }
            let last = mails.last.map { ", the last of which begins: \($0.text.prefix(80).replacing("\n", with: " "))" } ?? ""
            return isThere ? nil : "\(customer) should have \(Self.words(says, type)), and has \(mails.count) mails\(last)"
        case .link(let customer, let isOpen):
            guard let found = try stage.linkIsOpen(of: customer) else { return "\(customer) should have a link, and was sent none" }
            return found == isOpen ? nil : "\(customer)'s link should \(isOpen ? "be open" : "lead nowhere any more"), and \(found ? "is open" : "leads nowhere")"
        }
    }

    private func first(_ places: [String], _ failure: (String) throws -> String?) throws -> String? {
        for place in places { if let failure = try failure(place) { return failure } }
        return nil
    }

    private func words(_ value: String?) -> String { value.map { "“\($0)”" } ?? "nothing" }

    /// What is written in the file as stages show it.
    private func comparable(_ text: String?, _ collection: String, _ field: String) throws -> String? {
        let schema = try stage.hubSchema()
        guard let text, let collection = schema.collection(named: collection), let declared = collection.field(named: field),
            collection.group(holding: field)?.isSet != true
        else { return text }
        return ShownText.of(try ScenarioValues(schema: schema).value(text, of: declared, now: try stage.hubNow()))
    }

    /// - Returns: nil if the app there does not know the field: it may be updated yet.
    private func shown(_ field: String, of row: Scenario.RowName, at place: String) throws -> (isHeld: Bool, value: String?)? {
        if place == Scenario.hub {
            let (_, key) = try Self.target(row, try stage.hubSchema())
            guard let values = try stage.hubRow(key) else { return (false, nil) }
            return (true, values[field])
        }
        let (collection, key) = try Self.target(row, try stage.schema(of: place))
        guard let declared = collection.field(named: field), let group = collection.group(holding: field) else {
            return nil
        }
        let rows = try stage.query("SELECT \"\(field)\" FROM \"\(collection.name)\" WHERE _alive AND id = ?", [.reference(key.row)], at: place)
        guard let value = rows.first?.values.first else { return (false, nil) }
        return (true, ShownText.of(value, field: declared, isSet: group.isSet))
    }

    private func holds(_ row: Scenario.RowName, at place: String) throws -> Bool {
        if place == Scenario.hub { return try stage.hubRow(try Self.target(row, try stage.hubSchema()).1) != nil }
        let (collection, key) = try Self.target(row, try stage.schema(of: place))
        return try !stage.query("SELECT 1 FROM \"\(collection.name)\" WHERE _alive AND id = ?", [.reference(key.row)], at: place).isEmpty
    }

    private func count(_ name: String, _ having: [String: String], at place: String) throws -> Int {
        let schema = try stage.schema(of: place), now = try stage.now(of: place)
        guard let collection = schema.collection(named: name) else { throw StageError("The app of \(place) does not know `\(name)`.") }
        var conditions = ["_alive"], arguments: [Value] = []
        for (field, text) in having.sorted(by: { $0.key < $1.key }) {
            guard let declared = collection.field(named: field) else { throw StageError("The app of \(place) does not know `\(field)` of `\(name)`.") }
            conditions.append("\"\(field)\" IS ?")
            arguments.append(try ScenarioValues(schema: schema).value(text, of: declared, now: now))
        }
        let rows = try stage.query("SELECT count(*) FROM \"\(name)\" WHERE \(conditions.joined(separator: " AND "))", arguments, at: place)
        return Int(rows.first?.values.first?.integer ?? 0)
    }
}

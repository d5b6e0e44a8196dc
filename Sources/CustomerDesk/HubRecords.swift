import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine

/// The rows of a hub, all of their fields.
struct HubRecords: DocumentRecords {
    let reader: any HubReader
    let schema: Schema

    init(_ reader: any HubReader, _ schema: Schema) {
        self.reader = reader
        self.schema = schema
    }

    func mayRead(_ field: String, of collection: Collection) -> Bool { true }

    func row(_ key: RowKey) throws -> [String: [Value]]? {
        guard let collection = schema.collection(key.collection), let state = try reader.row(key), state.isAlive else { return nil }
        return Self.values(of: state, in: collection)
    }

    /// The hub holds all rows: one that is not there was deleted, erased, or never taken.
    func isGone(_ key: RowKey) throws -> Bool { try reader.row(key)?.isAlive != true }

    func rows(of collection: UInt32, where field: String, names row: RowID) throws -> [RowID] {
        try reader.rows(of: collection, where: field, equals: .reference(row), limit: DocumentLimits.tableRows + 1)
            .filter { try reader.row($0)?.isAlive == true }.map(\.row).sorted()
    }

    /// Who made a row.
    enum Writer: Equatable {
        case hub
        /// A device, by the name that people know it by; nil where it has had another site since.
        case device(String?)
    }

    func writer(of collection: String, _ id: RowID) throws -> Writer {
        guard let number = schema.collection(named: collection)?.number,
            let made = try reader.row(RowKey(collection: number, row: id))?[.liveness]?.siblings.first?.write
        else { return .device(nil) }
        return made.dot.site == 0 ? .hub : .device(try reader.replica(site: made.dot.site)?.name)
    }

    /// The rows that a row refers to, or did when it was deleted, each with `collection.field`.
    func references(of key: RowKey) throws -> [(list: String, row: RowID)] {
        guard let collection = schema.collection(key.collection), let last = try last(collection.name, key.row)?.values else { return [] }
        return collection.fields.compactMap { field in
            guard case .reference = field.type, let row = last.reference(field.name) else { return nil }
            return ("\(collection.name).\(field.name)", row)
        }
    }

    private static func values(of state: RowState, in collection: Collection) -> [String: [Value]] {
        var values: [String: [Value]] = [:]
        for group in collection.groups {
            if group.isSet {
                values[group.fields[0].name] = state.elements(of: group.number).map { .text($0) }
                continue
            }
            for (field, value) in zip(group.fields, state.shownValues(of: group) ?? []) where !value.isNull { values[field.name] = [value] }
        }
        return values
    }

    // MARK: By name

    /// Nil if there is no such row, or it was deleted.
    func row(_ collection: String, _ id: RowID) throws -> HubRow? {
        try last(collection, id).flatMap { $0.isAlive ? $0.values : nil }
    }

    /// A row as it stands, or as it stood when it was deleted; nil if there is none, or it was erased.
    func last(_ collection: String, _ id: RowID) throws -> (values: HubRow, isAlive: Bool)? {
        guard let collection = schema.collection(named: collection), let state = try reader.row(RowKey(collection: collection.number, row: id)) else { return nil }
        return (HubRow(id: id, values: Self.values(of: state, in: collection)), state.isAlive)
    }

    /// The living rows of a collection whose field names this row, by rising id.
    func rows(_ collection: String, where field: String, names id: RowID) throws -> [HubRow] {
        guard let number = schema.collection(named: collection)?.number else { return [] }
        return try reader.rows(of: number, where: field, equals: .reference(id), limit: DocumentLimits.tableRows + 1)
            .sorted().compactMap { try row(collection, $0.row) }
    }

    // MARK: Addresses

    /// Where somebody who is asked for a signature is written to; nil if nothing is known.
    func address(_ channel: CodeDemand.Channel, of request: HubRow) throws -> String? {
        let own = channel == .email ? request.text("signer_email") : request.text("signer_phone")
        return try own ?? request.reference("contact").flatMap { try row("contact", $0) }?.address(channel)
    }

    /// In which somebody is written to about a row: the one that was asked for, or that of the contact that the row names; nil if none is known.
    func language(of row: HubRow) throws -> String? {
        try row.text("language") ?? row.reference("contact").flatMap { try self.row("contact", $0) }?.text("language")
    }

    /// Names of the territory that a row names and of those that it lies in, from the inside out.
    func territories(of row: HubRow) throws -> [String] {
        var names: [String] = [], seen: Set<RowID> = [], next = row.reference("territory")
        while let id = next, seen.insert(id).inserted, let territory = try self.row("territory", id) {
            if let name = territory.text("name") { names.append(name) }
            next = territory.reference("parent")
        }
        return names
    }

    /// In which the days of a row's territory begin and end; nil where it names none.
    func timeZone(of row: HubRow) throws -> String? {
        guard let path = schema.timeZone, let territory = row.reference(path.reference) else { return nil }
        return try self.row("territory", territory)?.text(path.field)
    }
}

/// A row by the names of its fields.
struct HubRow {
    let id: RowID
    let values: [String: [Value]]

    private func value(_ field: String) -> Value? { values[field]?.first }
    func text(_ field: String) -> String? { value(field)?.text }
    func integer(_ field: String) -> Int64? { value(field)?.integer }
    func bytes(_ field: String) -> [UInt8]? { value(field)?.bytes }
    func reference(_ field: String) -> RowID? { value(field)?.row }
    func real(_ field: String) -> Double? { value(field)?.real }
    func elements(_ field: String) -> [String] { values[field]?.compactMap(\.text) ?? [] }

    /// Of a contact. Elements of `phones` read "label: number".
    func address(_ channel: CodeDemand.Channel) -> String? {
        switch channel {
        case .email: elements("emails").first
        case .sms: elements("phones").first?.split(separator: ":").last.map { $0.filter { $0 != " " } }
        }
    }
}

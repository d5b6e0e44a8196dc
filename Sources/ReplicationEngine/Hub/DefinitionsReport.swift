import ReplicationCore

/// What an administrator has defined, for administrators.
struct DefinitionsReport {
    let reader: any HubReader
    let schema: Schema

    func json(region: String?) throws -> Result<String, ControlRefusal> {
        guard let custom = schema.custom else {
            return .failure(ControlRefusal("The schema of this hub has no custom fields. Name the collections that hold them under `custom` in the schema file."))
        }
        var fields: [String] = [], rules: [String] = []
        for collection in schema.collections {
            fields += try rows(custom.fields, of: collection).compactMap { try describe($0, in: custom.fields) }
            rules += try rows(custom.rules, of: collection).compactMap { try describe($0, in: custom.rules) }
        }
        let types = if case .choice(let types)? = schema.collection(custom.account)?.field(named: custom.type)?.type { types } else { [String]() }
        let taking = schema.collections.filter { $0.customGroup != nil }.map { ValueJSON.string($0.name) }
        return .success("""
            {"fields":[\(fields.joined(separator: ","))],"rules":[\(rules.joined(separator: ","))],\
            "collections":[\(taking.joined(separator: ","))],"accountTypes":[\(types.map { ValueJSON.string($0) }.joined(separator: ","))],\
            "regions":[\(try regions(called: region, custom).map { ValueJSON.string($0.description) }.joined(separator: ","))]}
            """)
    }

    private func rows(_ number: UInt32, of collection: ReplicationCore.Collection) throws -> [RowState] {
        let limit = CustomLimits.fieldsPerCollection + CustomLimits.rulesPerCollection
        return try schema.names(of: collection).flatMap { name in
            try reader.rows(of: number, where: "collection", equals: .text(name), limit: limit)
        }.compactMap { try reader.row($0) }.filter(\.isAlive)
    }

    private func describe(_ row: RowState, in number: UInt32) throws -> String? {
        guard let rows = schema.collection(number) else { return nil }
        var members: [(String, Value)] = [("id", .text(row.key.row.description))]
        for field in rows.fields {
            let value = row.shownValue(of: field.name, in: rows) ?? .null
            members.append((field.name, value))
            if field.name == "region" { members.append(("region_name", try value.row.flatMap { try name(ofRegion: $0) }.map { .text($0) } ?? .null)) }
        }
        return ValueJSON.object(members)
    }

    private func name(ofRegion id: RowID) throws -> String? {
        guard let custom = schema.custom, let regions = schema.collection(custom.regions), let title = regions.titleField else { return nil }
        return try reader.row(RowKey(collection: regions.number, row: id))?.shownValue(of: title, in: regions)?.text
    }

    private func regions(called name: String?, _ custom: CustomSchema) throws -> [RowID] {
        guard let name, let regions = schema.collection(custom.regions) else { return [] }
        if let id = RowID(name), let row = try reader.row(RowKey(collection: regions.number, row: id)), row.isAlive { return [id] }
        guard let title = regions.titleField else { return [] }
        return try reader.rows(of: regions.number, where: title, equals: .text(name), limit: 10)
            .filter { try reader.row($0)?.isAlive ?? false }.map(\.row)
    }
}

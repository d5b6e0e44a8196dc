import ReplicationCore
import WireProtocol

/// Tells an administrator what a purge or an erasure would do, on a snapshot.
struct TakingReport {
    let reader: any HubReader
    let schema: Schema

    /// Decides the step as a commit would, and throws the plan away.
    func purge(
        _ connection: ConnectionID, _ request: UInt64, _ order: PurgeOrder, _ moment: CommitMoment
    ) throws -> ReadResult {
        var decision = try CommitDecision(reader: reader, schema: schema, moment: moment)
        return .report(connection, request: request, try decision.purge(order).map { $0.json(schema) })
    }

    func plan(_ order: ErasureOrder) throws -> Result<ErasurePlan, ControlRefusal> {
        let search = ErasureSearch(reader: reader, schema: schema.withRemovedCollections, keep: order.keep)
        do {
            let plan = try search.plan(for: order.subject)
            if try plan.sequences.isEmpty && reader.row(order.subject) == nil {
                return .failure(ControlRefusal("The hub has never known this row. Look at the collection and the id."))
            }
            return .success(plan)
        } catch is ErasureSearch.TooMuch {
            return .failure(ControlRefusal("More than \(HubLimits.rowsPerErasure) rows belong to it. Erase what is below it first, or keep collections with --keep."))
        }
    }

    func erasure(_ order: ErasureOrder) throws -> Result<String, ControlRefusal> {
        switch try plan(order) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let plan):
            let erasure = Erasure(identity: order.identity, rows: plan.rows, milliseconds: 0)
            return .success(erasure.json(schema, log: plan.sequences.count, namedBy: try naming(plan.rows)))
        }
    }

    /// Rows that stay and name some of those: their texts may hold copies, which only a person can see.
    private func naming(_ rows: [RowKey]) throws -> [RowKey] {
        let erased = Set(rows)
        var naming: Set<RowKey> = []
        for key in rows.prefix(Self.lookedThrough) {
            for collection in schema.collections {
                for field in collection.fields {
                    guard let value = schema.value(of: field, referringTo: key) else { continue }
                    let found = try reader.rows(of: collection.number, where: field.name, equals: value, limit: Self.listed)
                    naming.formUnion(found.filter { !erased.contains($0) })
                }
                if naming.count >= Self.listed { return Array(naming.sorted().prefix(Self.listed)) }
            }
        }
        return naming.sorted()
    }

    private static let lookedThrough = 200
    private static let listed = 100
}

extension PurgeOutcome {
    func json(_ schema: Schema) -> String {
        let next = next.map { key in ValueJSON.text(of: .text(Hexadecimal.text(key.packed))) }
        return "{\"rows\":\(schema.counts(of: purged)),\"held\":\(held),\"next\":\(next ?? "null")}"
    }
}

extension Erasure {
    /// - Parameters:
    ///   - log: how many changesets of the log held any of it.
    ///   - notCleared: why the store's files could not be cleared of it.
    ///   - namedBy: rows that stay and name some of these.
    func json(_ schema: Schema, log: Int, notCleared: String? = nil, namedBy: [RowKey] = []) -> String {
        let naming = namedBy.compactMap { schema.reference(to: $0) }.map { ValueJSON.string($0) }
        let listed = rows.prefix(100).compactMap { schema.reference(to: $0) }.map { ValueJSON.string($0) }
        return "{\"erasure\":\(ValueJSON.string(identity.description)),\"rows\":\(schema.counts(of: rows)),\"changesets\":\(log),"
            + "\"notCleared\":\(notCleared.map { ValueJSON.string($0) } ?? "null"),\"namedBy\":[\(naming.joined(separator: ","))],\"first\":[\(listed.joined(separator: ","))]}"
    }
}

extension RevocationOutcome {
    var json: String {
        "{\"name\":\(ValueJSON.string(name)),\"devices\":[\(devices.map { ValueJSON.string($0) }.joined(separator: ","))],"
            + "\"reinstated\":\(isReinstating)}"
    }
}

extension Schema {
    /// How many rows of each collection, as JSON.
    fileprivate func counts(of rows: [RowKey]) -> String {
        var counts: [UInt32: Int64] = [:]
        for key in rows { counts[key.collection, default: 0] += 1 }
        return ValueJSON.object(counts.sorted { $0.key < $1.key }.map { number, count in
            (collection(number)?.name ?? "\(number)", .integer(count))
        })
    }
}

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
        let search = ErasureSearch(reader: reader, schema: schema, keep: order.keep)
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
        try plan(order).map { plan in
            Erasure(identity: order.identity, rows: plan.rows, milliseconds: 0).json(schema, log: plan.sequences.count)
        }
    }
}

extension PurgeOutcome {
    func json(_ schema: Schema) -> String {
        let next = next.map { key in ValueJSON.text(of: .text(key.packed.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())) }
        return "{\"rows\":\(schema.counts(of: purged)),\"held\":\(held),\"next\":\(next ?? "null")}"
    }
}

extension Erasure {
    /// - Parameter log: how many changesets of the log held any of it.
    func json(_ schema: Schema, log: Int) -> String {
        let listed = rows.prefix(100).compactMap { schema.reference(to: $0) }.map { ValueJSON.string($0) }
        return "{\"erasure\":\(ValueJSON.string(identity.description)),\"rows\":\(schema.counts(of: rows)),\"changesets\":\(log),"
            + "\"first\":[\(listed.joined(separator: ","))]}"
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

import Crypto
import Foundation
import ReplicationCore
import WireProtocol

/// Answers the hub's reads from a snapshot of the store. Pure over what it reads; run beside the commits.
public struct HubReading: Sendable {
    private let schema: Schema
    private let encoder: ChangeEncoder
    private let rowsPerPage: Int

    /// - Parameters:
    ///   - schema: the hub's.
    ///   - rowsPerPage: how many rows are read for one page of catch-up.
    public init(schema: Schema, rowsPerPage: Int = HubLimits.rowsPerPage) {
        self.schema = schema
        self.rowsPerPage = rowsPerPage
        encoder = ChangeEncoder(schema: schema)
    }

    public func perform(_ work: ReadWork, _ reader: any HubReader) throws -> ReadResult {
        switch work {
        case .replica(let connection, let id, let after):
            let record = try reader.replica(id)
            let scopes = try record.map { try reader.subscriptions(of: $0.user) } ?? []
            let erasures = try after.map { try reader.erasures(after: $0.last) } ?? []
            return .replica(connection, ReplicaStanding(
                record: record, scopes: scopes, erasures: erasures, head: try reader.head,
                backedUp: try reader.backups().map(\.sequence).min()))
        case .purge(let connection, let request, let order, let moment):
            return try TakingReport(reader: reader, schema: schema).purge(connection, request, order, moment)
        case .planErasure(let connection, let request, let order):
            let plan = try TakingReport(reader: reader, schema: schema).plan(order)
            return .erasurePlanned(connection, request: request, order, plan)
        case .describeErasure(let connection, let request, let order):
            return .report(connection, request: request, try TakingReport(reader: reader, schema: schema).erasure(order))
        case .quarantine(let connection, let request, let question):
            let json = try QuarantineReport(reader: reader, schema: schema).json(question)
            return .report(connection, request: request, json)
        case .compareSums(let connection, let request):
            guard let comparison = try reader.compareSums() else {
                return .report(connection, request: request, .failure(ControlRefusal("This hub's store keeps no sums of the present schema.")))
            }
            return .report(connection, request: request, .success(comparison.json))
        case .definitions(let connection, let request, let region):
            let json = try DefinitionsReport(reader: reader, schema: schema).json(region: region)
            return .report(connection, request: request, json)
        case .rows(let connection, let request, let question):
            return .report(connection, request: request, try RowsReport(reader: reader, schema: schema).json(question))
        case .catchUp(let connection, let request):
            return .catchUp(connection, try page(request, reader))
        case .signals(let question): return .signals(try SignalAnswer(question, reader))
        case .status(let connection, let request, let connected):
            let json = try StatusReport(reader: reader, schema: schema).json(connected: Set(connected))
            return .status(connection, request: request, json: json)
        case .preview(let connection, let work):
            return .previewed(connection, try work.perform(reader, schema, encoder(for: work.schemaVersion), limit: rowsPerPage))
        case .backups(let connection, let request, let keep):
            return .backups(connection, request: request, keep: keep, try reader.backups())
        case .explain(let connection, let request, let question):
            do {
                let answer = try HubExplainer(reader: reader, schema: schema).explain(question)
                return .explained(connection, request: request, .success(try answer.json))
            } catch let error as ExplanationError {
                return .explained(connection, request: request, .failure(error))
            }
        }
    }

    private func encoder(for version: UInt32?) -> ChangeEncoder {
        guard let version, version != schema.version else { return encoder }
        return ChangeEncoder(schema: schema, version: version)
    }

    private func page(_ request: CatchUpRequest, _ reader: any HubReader) throws -> CatchUpPage {
        let subscriptions = try reader.subscriptions(of: request.user, after: request.cursor)
        var encoder = encoder(for: request.schemaVersion)
        if let safe = try reader.backups().map(\.sequence).min() {
            let hub = try reader.hub
            encoder.sealing = RowSealing(seal: RowSeal(hub: hub.id, key: SymmetricKey(data: hub.sealKey)), safe: safe)
        }
        let page = try reader.changes(
            after: request.cursor, in: subscriptions, limit: rowsPerPage, bytes: request.pageBytes, taking: encoder.ready(for: request.role))
        let head = try reader.head
        let completeAt = page.isLast ? head : nil
        var progress = request.progress
        if progress == nil, !page.isLast {
            let count = try reader.changeCount(after: request.cursor, in: subscriptions, limit: HubLimits.placesCounted)
            progress = SentRows(total: UInt64(count ?? 0))
        }
        var messages = PageEncoder(encoder, request, begun: request.cursor.begun(at: head), progress)
        // A hub in its first epoch has lost nothing, and what is not sealed is not handed in.
        let mayContain = encoder.sealing != nil && head.epoch > 1
        try page.changes.withUnsafeBytes { changes in
            for item in page.items { try messages.add(item, changes) { mayContain ? try reader.contained(of: $0) : [] } }
        }
        let scopes = Set(subscriptions.lazy.filter { $0.until == nil }.map(\.scope))
        let held = page.isLast && request.takesSums ? try reader.held(in: scopes, by: request.role) : nil
        messages.finish(next: page.next, complete: completeAt, held: held)
        var result = CatchUpPage(messages: messages.messages, next: page.next, completeAt: completeAt)
        if let site = request.site {
            // Under another site or role it is another session's.
            let record = try reader.replica(request.replica)
            result.isOfFormerSite = record?.site != site || record?.role != request.role
        }
        result.receipts = try reader.releases(to: request.replica, after: request.receiptsAfter).map {
            try WireReceipt(serializedBytes: $0.receipt)
        }
        result.receiptsUpTo = head
        result.progress = messages.progress
        result.scopes = scopes
        if page.isLast, let question = request.question {
            result.answered = question
            result.answers = try QuestionReading(
                reader: reader, encoder: encoder, role: request.role, scopes: result.scopes,
                contained: { mayContain ? try reader.contained(of: $0) : [] }
            ).answer(question)
        }
        return result
    }
}

/// What `converge status` shows, as JSON.
struct StatusReport {
    let reader: any HubReader
    let schema: Schema

    func json(connected: Set<ReplicaID>) throws -> String {
        let identity = try reader.hub
        let head = try reader.head
        let users = schema.collection(schema.userCollection)
        let erasures = try reader.erasures(after: nil).map { ($0.identity, $0.milliseconds) }
        let replicas = try reader.replicas().filter { $0.site != 0 }.map { replica -> String in
            let user = try reader.row(RowKey(collection: schema.userCollection, row: replica.user))
            let name = users.flatMap { user?.shownValue(of: "name", in: $0)?.text } ?? replica.user.description
            return object([
                ("id", ValueJSON.string(replica.id.description)), ("site", "\(replica.site)"),
                ("name", ValueJSON.string(replica.name)), ("user", ValueJSON.string(name)),
                ("role", ValueJSON.string(schema.role(replica.role)?.name ?? "\(replica.role)")),
                ("connected", connected.contains(replica.id) ? "true" : "false"),
                ("lastCounter", "\(replica.lastCounter)"), ("confirmed", ValueJSON.string(replica.confirmed.description)),
                ("behind", "\(identity.commits(after: replica.confirmed, upTo: head))"),
                ("lastSeenMilliseconds", "\(replica.lastSeenMilliseconds)"),
                ("revoked", replica.isRevoked ? "true" : "false"),
            ] + (try taken(replica, erasures)))
        }
        let counts = try schema.collections.compactMap { collection -> String? in
            let count = try reader.count(of: collection.number)
            return count == 0 ? nil : "\(ValueJSON.string(collection.name)):\(count)"
        }
        let backups = try reader.backups().map {
            object([
                ("path", ValueJSON.string($0.path)), ("sequence", ValueJSON.string($0.sequence.description)),
                ("milliseconds", "\($0.milliseconds)"),
            ])
        }
        return object([
            ("hub", ValueJSON.string(identity.name)), ("id", ValueJSON.string(identity.id.description)),
            ("schema", ValueJSON.string(schema.name)), ("schemaVersion", "\(schema.version)"),
            ("head", ValueJSON.string(head.description)), ("sequence", "\(head.number)"),
            ("openConflicts", "\(try rows(of: "conflict", in: "open"))"), ("openReviews", "\(try rows(of: "review", in: "open"))"),
            ("requests", try states(of: "signature_request", in: ["waiting", "sent", "opened", "failed"])),
            ("messages", try states(of: "message", in: ["waiting", "failed", "undelivered"])),
            ("quarantined", "\(try reader.quarantineCount())"),
            ("restores", "\(identity.kept.count)"),
            ("backups", "[\(backups.joined(separator: ","))]"),
            ("rows", "{\(counts.joined(separator: ","))}"),
            ("replicas", "[\(replicas.joined(separator: ","))]"),
        ])
    }

    /// Why a device has no access, since when, and whether it has still to carry out erasures.
    private func taken(_ replica: ReplicaRecord, _ erasures: [(ChangesetID, UInt64)]) throws -> [(String, String)] {
        var members = [("userId", ValueJSON.string(replica.user.description)), ("enrolledMilliseconds", "\(replica.enrolledMilliseconds)")]
        let revocation = try reader.revocation(of: replica.id.bytes) ?? reader.revocation(of: replica.user.bytes)
        if let revocation {
            members += [
                ("revokedMilliseconds", "\(revocation.milliseconds)"), ("revokedBy", ValueJSON.string(revocation.administrator)),
                ("revokedReason", ValueJSON.string(revocation.reason)),
                ("revokedWithUser", revocation.subject == replica.user.bytes ? "true" : "false"),
            ]
        }
        let done = try reader.lastErasureDone(by: replica.id).flatMap { last in erasures.firstIndex { $0.0 == last } }
        // What was erased before the device was enrolled has never come to it.
        let open = erasures[((done ?? -1) + 1)...].count { $0.1 >= replica.enrolledMilliseconds }
        return members + [("erasuresOpen", "\(open)")]
    }

    private func rows(of name: String, in state: String) throws -> Int {
        guard let collection = schema.collection(named: name), collection.field(named: "state") != nil else { return 0 }
        return try reader.rows(of: collection.number, where: "state", equals: .text(state), limit: 100_000).count
    }

    /// How many rows are in each of these states, as an object of those that there are.
    private func states(of name: String, in states: [String]) throws -> String {
        object(try states.map { ($0, try rows(of: name, in: $0)) }.filter { $0.1 > 0 }.map { ($0.0, "\($0.1)") })
    }

    private func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(ValueJSON.string($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }
}

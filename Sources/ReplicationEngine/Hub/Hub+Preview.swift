import Foundation
import ReplicationCore
import WireProtocol

/// Who asks what would happen, and from where.
struct PreviewSubject: Sendable {
    let replica: ReplicaRecord
    let cursor: CatchUpCursor
    /// The device's stream has split from the hub's.
    let isForked: Bool
    /// Of the schema that the device uses.
    let schemaVersion: UInt32
    /// One is being made for it.
    var isAsking = false
}

/// A preview to make on a snapshot.
public struct PreviewWork: Sendable {
    let request: UInt64
    let subject: PreviewSubject
    let submissions: [Submission]
    let moment: CommitMoment
}

extension Hub {
    /// Welcomes a session that changes nothing: no other session ends, no stream forks, nothing is sent by itself.
    mutating func openPreview(
        _ greeting: Greeting, _ record: ReplicaRecord, _ scopes: Set<Scope>, _ connection: ConnectionID
    ) {
        let open = OpenSession(
            replica: record, scopes: scopes, schemaVersion: greeting.schemaVersion, delivery: .behind(.start))
        let subject = PreviewSubject(
            replica: record, cursor: cursor(of: greeting, open) ?? .start,
            isForked: isForked(greeting, record), schemaVersion: greeting.schemaVersion)
        sessions[connection]?.phase = .previewing(subject)
        send(.welcome(welcome(open)), to: connection)
    }

    mutating func receive(_ request: WirePreviewRequest, _ subject: PreviewSubject, from connection: ConnectionID) {
        guard !subject.isAsking else {
            return fail(connection, .tooLarge, "One preview is made at a time; ask again when it has come.")
        }
        let bytes = request.envelopes.reduce(0) { $0 + $1.changeset.count }
        guard bytes <= ProtocolLimits.uploadWindowBytes + ProtocolLimits.changesetBytes,
            request.envelopes.allSatisfy({ ChangesetCodec.hasPossibleSize($0.changeset) })
        else {
            return fail(connection, .tooLarge, "A preview takes \(ProtocolLimits.uploadWindowBytes) bytes of changesets.")
        }
        var asking = subject
        asking.isAsking = true
        sessions[connection]?.phase = .previewing(asking)
        actions.append(.read(.preview(connection, PreviewWork(
            request: request.request, subject: subject,
            submissions: request.envelopes.map { Submission(replica: subject.replica.id, envelope: $0) },
            moment: CommitMoment(wallMilliseconds: now)))))
    }

    mutating func answer(_ preview: WirePreview, _ connection: ConnectionID) {
        guard case .previewing(var subject) = sessions[connection]?.phase else { return }
        subject.isAsking = false
        sessions[connection]?.phase = .previewing(subject)
        send(.preview(preview), to: connection)
    }
}

extension PreviewWork {
    /// In which the rows are to be.
    var schemaVersion: UInt32 { subject.schemaVersion }

    /// Decides the changesets as a commit would, on a snapshot, and throws the plan away.
    func perform(
        _ reader: any HubReader, _ schema: Schema, _ encoder: ChangeEncoder, limit: Int
    ) throws -> WirePreview {
        let work = CommitWork.changesets(ConnectionID(rawValue: 0), subject.isForked ? [] : submissions)
        let (plan, results) = try CommitBatch.decide([work], reader: reader, schema: schema, moment: moment)
        var preview = WirePreview()
        preview.request = request
        preview.at = WireSequence(try reader.head)
        preview.forks = subject.isForked
        for result in results {
            switch result {
            case .outcomes(_, let outcomes, _):
                for outcome in outcomes {
                    switch outcome {
                    case .receipt(let receipt, _): preview.verdicts.append(try WireReceiptBody(serializedBytes: receipt.body))
                    case .fork: preview.forks = true
                    case .gap, .unknownReplica: break
                    }
                }
            case .released(_, let receipt): preview.verdicts.append(try WireReceiptBody(serializedBytes: receipt.body))
            case .forked, .enrolled, .enrolmentRefused, .code, .imported, .controlRefused, .salvaged, .parked, .daysBegun, .backupRegistered,
                .backups, .revoked, .purged, .erased, .served:
                break
            }
        }
        try addRows(of: plan, reader, schema, encoder, limit, to: &preview)
        return preview
    }

    /// The rows that would come: those that others have changed, as they would be with the plan, and the plan's.
    private func addRows(
        of plan: CommitPlan, _ reader: any HubReader, _ schema: Schema, _ encoder: ChangeEncoder, _ limit: Int,
        to preview: inout WirePreview
    ) throws {
        // The session may be older than a change of what its user receives.
        guard let record = try reader.replica(subject.replica.id), !record.isRevoked else { return }
        let scopes = try reader.subscriptions(of: record.user)
        let subscriptions = try reader.subscriptions(of: record.user, after: subject.cursor)
        let page = try reader.changes(after: subject.cursor, in: subscriptions, limit: limit, bytes: HubLimits.pageBytes)
        let planned = Dictionary(plan.rows.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let listed = Set(page.rows.map(\.key))
        // A new row's scopes are not known before it is written; what follows from own work concerns its writer.
        let own = try plan.rows.filter { row in
            try !listed.contains(row.key)
                && (reader.row(row.key) == nil || !reader.scopes(of: row.key).isDisjoint(with: scopes))
        }
        var rows: [(collection: UInt32, change: WireRowChange)] = []
        var bytes = 0
        preview.more = !page.isLast
        for row in own + page.rows.map({ planned[$0.key] ?? $0 }) {
            guard let change = encoder.change(of: row, role: record.role, after: nil) else { continue }
            bytes += change.clock.count + 32 * change.values.count
            guard bytes <= ProtocolLimits.previewBytes else {
                preview.more = true
                break
            }
            rows.append((row.key.collection, change))
        }
        let evicted = page.evicted.filter { encoder.mayRead(record.role, $0) }
        preview.collections = encoder.message(rows: rows, evicted: evicted, cursor: [], complete: nil, isLive: false).collections
    }
}

import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Takes access from a device, or from a user with all devices; or gives it back.
    mutating func revoke(_ order: RevocationOrder) throws -> Result<RevocationOutcome, ControlRefusal> {
        switch order.target {
        case .device(let text):
            let matches = try reader.replicas().filter { $0.isCalled(text) }
            guard matches.count == 1, let known = matches.first, let record = try replica(known.id) else {
                return .failure(ControlRefusal(matches.isEmpty
                    ? "No device is called '\(text)'. Give its name, site or id as `converge devices` lists them."
                    : "\(matches.count) devices are called '\(text)'. Give the site or the id, as `converge devices` lists them."))
            }
            return try revoke(
                record.id.bytes, [record],
                RevocationOutcome(name: record.name, isReinstating: order.isReinstating), order)
        case .user(let text):
            switch try user(called: text) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let row):
                let records = try reader.replicas().filter { $0.site != 0 && $0.user == row.key.row }.compactMap { try replica($0.id) }
                return try revoke(
                    row.key.row.bytes, records,
                    RevocationOutcome(
                        user: row.key.row, name: schema.userName(row) ?? row.key.row.description,
                        isReinstating: order.isReinstating),
                    order)
            }
        }
    }

    private mutating func revoke(
        _ subject: [UInt8], _ records: [ReplicaRecord], _ outcome: RevocationOutcome, _ order: RevocationOrder
    ) throws -> Result<RevocationOutcome, ControlRefusal> {
        var outcome = outcome
        if (try revocation(of: subject) != nil) == !order.isReinstating {
            return .failure(ControlRefusal(order.isReinstating
                ? "\(outcome.name) has not been revoked; nothing was changed."
                : "\(outcome.name) is revoked already; nothing was changed."))
        }
        if order.isReinstating, outcome.user == nil, let user = records.first?.user, try revocation(of: user.bytes) != nil {
            return .failure(ControlRefusal("The user of \(outcome.name) is revoked with all devices. Give the user access again: converge reinstate --user"))
        }
        if order.isReinstating, let user = outcome.user,
            try takenRow(RowKey(collection: schema.userCollection, row: user))?.kind == .erased {
            return .failure(ControlRefusal("The user was erased and cannot have access again. Make a new user."))
        }
        let identity: ChangesetID = DerivedIdentifier.make(
            "act", [subject, Array("\(nextSequence) \(moment.wallMilliseconds) \(order.isReinstating)".utf8)])
        if order.isReinstating {
            change {
                $0.taken.revoked.removeAll { $0.subject == subject }
                $0.taken.reinstated.append(subject)
            }
        } else {
            change { $0.taken.reinstated.removeAll { $0 == subject } }
            note(Revocation(
                subject: subject, sequence: nextSequence, milliseconds: moment.wallMilliseconds,
                administrator: order.administrator, reason: order.reason))
        }
        for var record in records {
            // A device may be revoked by itself and with its user; either keeps it out.
            let isRevoked = try revocation(of: record.id.bytes) != nil || revocation(of: record.user.bytes) != nil
            if record.isRevoked == isRevoked { continue }
            record.isRevoked = isRevoked
            update(record)
            outcome.replicas.append(record.id)
            outcome.devices.append(record.name)
        }
        try commitAct(
            AdministrativeAct(
                order.isReinstating ? .reinstate : .revoke, administrator: order.administrator, reason: order.reason,
                subject: subject),
            identity: identity, stamp: receiptTime())
        if order.isReinstating { try releaseWaiting(of: Set(outcome.replicas), cause: identity) }
        return .success(outcome)
    }

    /// Whether a replica or user is without access, as this commit leaves it.
    func revocation(of subject: [UInt8]) throws -> Revocation? {
        if let planned = plan.taken.revoked.last(where: { $0.subject == subject }) { return planned }
        return plan.taken.reinstated.contains(subject) ? nil : try reader.revocation(of: subject)
    }

    /// What had waited while its replica had no access: its rows may have become known meanwhile.
    private mutating func releaseWaiting(of replicas: Set<ReplicaID>, cause: ChangesetID) throws {
        let waiting = try reader.quarantined(limit: HubLimits.quarantineLookedThrough)
            .filter { replicas.contains($0.replica) }.compactMap(\.awaits)
        var known: [RowKey] = []
        for key in Set(waiting).sorted() where try rows.row(key) != nil { known.append(key) }
        try releaseWaiting(for: known, cause: cause)
    }
}

extension ReplicaRecord {
    /// Whether a person means this device: by its id, its site, or its name.
    func isCalled(_ text: String) -> Bool {
        site != 0 && (id.description == text.lowercased() || "\(site)" == text || name == text)
    }
}

/// Why an administrator's command was not carried out, and what to do.
public struct ControlRefusal: Error, Sendable {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
}

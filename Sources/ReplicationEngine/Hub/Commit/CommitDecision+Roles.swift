import ReplicationCore
import WireProtocol

/// A user's role is a field of the user's row. Each of the user's replicas has it, and what was written before a
/// replica could know of another one counts with the role of then.
extension CommitDecision {
    /// Gives the replicas of users whose role this commit has changed the new one.
    mutating func updateRoles(by changed: [RowState]) throws {
        for row in changed where row.key.collection == schema.userCollection {
            guard let role = role(shownBy: row), let before = try reader.row(row.key), self.role(shownBy: before) != role
            else { continue }
            let known = try reader.replicas().filter { $0.user == row.key.row && $0.site != 0 }.map(\.id)
            let new = changedReplicas.filter { $0.user == row.key.row && $0.site != 0 }.map(\.id)
            for id in Set(known + new).sorted() {
                guard var record = try replica(id), record.role != role else { continue }
                record.role = role
                update(record)
            }
        }
    }

    /// The role that a user's row names; nil if it names none that the schema knows.
    private func role(shownBy user: RowState) -> UInt32? {
        guard let users = schema.collection(schema.userCollection) else { return nil }
        return user.shownValue(of: "role", in: users)?.text.flatMap { schema.role(named: $0) }?.number
    }

    /// The replica with the role that its changeset was written in: the present one, or the one that the user had at the
    /// basis, when the device could not know of any other.
    mutating func replica(_ replica: ReplicaRecord, writing header: ChangesetHeader, at basis: CommitSequence) throws -> ReplicaRecord {
        guard header.role != replica.role, header.author == replica.user, try role(of: replica.user, at: basis) == header.role
        else { return replica }
        var former = replica
        former.role = header.role
        return former
    }

    private func role(of user: RowID, at sequence: CommitSequence) throws -> UInt32? {
        guard let users = schema.collection(schema.userCollection), let place = users.place(of: "role") else { return nil }
        let group = users.groups[place.group]
        let part = Part(group: group.number)
        let state = try CellHistory(reader: reader, schema: schema).state(
            of: part, key: RowKey(collection: users.number, row: user), at: sequence, planned: plan)
        let name = state.flatMap { Shown.sibling(of: $0, policy: users.policy(of: part)) }?.values?[place.column].text
        return name.flatMap { schema.role(named: $0) }?.number
    }

    /// Whether an operation counts only because of a role that its writer has not any more.
    func isLateByRole(_ operation: CellOperation, isNew: Bool, _ author: Author) -> Bool {
        guard let present = author.presentRole, present != author.replica.role else { return false }
        return check.refusal(of: operation, role: present, presence: isNew ? .beingCreated : .known) != nil
    }
}

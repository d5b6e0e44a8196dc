import ReplicationCore
import WireProtocol

/// What the hub asks its store for the sake of a live value.
public enum SignalQuestion: Hashable, Sendable {
    /// In which scopes a row is.
    case row(RowKey)
    /// What a replica's user receives, and whether it may still say anything.
    case sender(ReplicaID, RowID)
}

/// What was so at a commit.
public struct SignalAnswer: Sendable {
    let question: SignalQuestion
    /// Of the row; or what the sender's user receives. Empty if the row does not live, or the replica has no access.
    let scopes: Set<Scope>
    /// The sender's.
    let role: UInt32?
    let head: CommitSequence

    /// Nothing could be read: nobody holds the row, and the sender may say nothing.
    init(failed question: SignalQuestion) {
        self.question = question
        scopes = []
        role = nil
        head = CommitSequence(epoch: .max, number: .max)
    }

    init(_ question: SignalQuestion, _ reader: any HubReader) throws {
        self.question = question
        head = try reader.head
        switch question {
        case .row(let key):
            role = nil
            scopes = try reader.row(key)?.isAlive == true ? reader.scopes(of: key) : []
        case .sender(let replica, _):
            let record = try reader.replica(replica)
            let hasAccess = record.map { !$0.isRevoked } ?? false
            role = hasAccess ? record?.role : nil
            scopes = try record.map { hasAccess ? try reader.subscriptions(of: $0.user) : [] } ?? []
        }
    }
}

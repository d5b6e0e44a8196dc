import ReplicationCore

extension CommitDecision {
    /// - Returns: why nothing of it was written; nil if it was, or had been before.
    mutating func serve(_ work: ServiceWork) throws -> Refusal? {
        let plan = try work.decide(reader, moment)
        if try entry(of: plan.identity) != nil { return nil }
        do {
            let operations = try draft(.init(number: 0, rows: plan.rows)).operations
            if !operations.isEmpty {
                try commitHubChangeset(operations, identity: plan.identity, job: nil, cause: nil, causeDot: nil)
            }
        } catch let refusal as Refusal {
            return refusal
        }
        change { $0.services += plan.records }
        return nil
    }
}

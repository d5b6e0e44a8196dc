import ReplicationCore
import ReplicationEngine
import WireProtocol

/// Changesets that their writers marked as all-or-nothing.
extension History {
    /// All of it is accepted or nothing. What had been accepted whole in lost time comes back row by row, as the rows are handed
    /// in, and without what an update has taken the place of. Of what others hand in for a writer who has lost her receipt a part
    /// may stand, whatever becomes of the rest.
    func checkWhole(_ changeset: DecodedChangeset, _ verdicts: [Verdict], _ reader: any HubReader) throws {
        guard changeset.header.isAtomic else { return }
        let known = try reader.adopted(changeset.header.identity)
        if let known, known.receipt == nil { return }
        let wasTakenIn = known != nil
        let judged = changeset.operations.filter {
            guard Int($0.position) < verdicts.count else { return false }
            guard wasTakenIn, case .refused(let refusal) = verdicts[Int($0.position)].outcome else { return true }
            return !QuarantineTruth.needsRow(refusal.rule) && hasPlace($0, ofVersion: changeset.header.schemaVersion)
        }
        let refused = judged.map(\.position).filter { !verdicts[Int($0)].isAccepted }
        guard !refused.isEmpty, refused.count < judged.count else { return }
        violation(of: "whole", """
            Changeset \(changeset.header.identity) is all-or-nothing, and of its \(judged.count) operations \(refused.sorted()) were refused.
            """)
    }
}

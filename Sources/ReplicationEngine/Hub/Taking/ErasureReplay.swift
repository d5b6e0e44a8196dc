import ReplicationCore

/// Carries out what the journal of erasures says, before a hub serves anybody: after a restore from a backup that is
/// older than an erasure, and after a stop between the journal and the commit.
public enum ErasureReplay {
    /// Brings store and journal to the same erasures. What stands in both already is not done again.
    ///
    /// - Parameters:
    ///   - journal: of erasures, beside the store.
    ///   - store: that nobody else writes to.
    ///   - schema: the hub's.
    ///   - moment: of the hub's wall clock.
    /// - Returns: how many erasures were carried out.
    @discardableResult
    public static func carryOut(
        _ journal: any ErasureJournal, in store: any HubStore, schema: Schema, moment: CommitMoment
    ) throws -> Int {
        let journalled = try journal.erasures()
        let stored = try store.read { try $0.erasures(after: nil) }
        // A journal that was lost is made anew, so that it serves the next restore; so is one that lacks rows, as those
        // that were written before the plan was whole may.
        let known = Dictionary(uniqueKeysWithValues: journalled.map { ($0.identity, Set($0.rows)) })
        for erasure in stored where known[erasure.identity]?.isSuperset(of: erasure.rows) != true { try journal.append(erasure) }
        let done = Set(stored.map(\.identity))
        let missing = journalled.filter { !done.contains($0.identity) }
        for erasure in missing { try carryOut(erasure, in: store, schema, moment) }
        // The process may have ended between an erasure and this.
        if try store.read({ try $0.hasUnclearedErasures() }) { try store.scrub(compacting: true) }
        return missing.count
    }

    private static func carryOut(
        _ erasure: Erasure, in store: any HubStore, _ schema: Schema, _ moment: CommitMoment
    ) throws {
        // Its subject does not count any more: everything that belonged to it is listed.
        let order = ErasureOrder(
            identity: erasure.identity, subject: erasure.rows.first ?? RowKey(collection: 0, row: .zero),
            reason: "carried out again from the journal", administrator: "")
        _ = try store.commit { reader in
            let plan = try ErasureSearch(reader: reader, schema: schema, keep: []).plan(for: erasure.rows)
            var decision = try CommitDecision(reader: reader, schema: schema, moment: moment)
            _ = try decision.erase(order, plan, subject: nil)
            return (try decision.finish(), ())
        }
    }
}

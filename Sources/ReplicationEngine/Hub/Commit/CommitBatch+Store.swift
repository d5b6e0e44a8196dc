import ReplicationCore

extension CommitBatch {
    /// What became of works that were committed together.
    public enum Outcome: Sendable {
        /// Durable.
        case committed([CommitResult], Committed)
        /// Nothing of them has changed the store. The reason is for people.
        case failed([CommitWork], reason: String)

        /// Who may do what, or what may be kept, is otherwise than before.
        public var concernsReplicas: Bool {
            guard case .committed(let results, let committed) = self else { return false }
            return !committed.resubscribed.isEmpty || results.contains { result in
                switch result {
                case .revoked, .erased: true
                case .outcomes, .released, .forked, .enrolled, .enrolmentRefused, .code, .imported, .controlRefused, .purged, .salvaged, .parked,
                    .daysBegun, .backupRegistered, .backups, .served:
                    false
                }
            }
        }

        /// For the hub's value.
        public var event: HubEvent {
            switch self {
            case .committed(let results, let committed): .committed(results, committed)
            case .failed(let works, let reason): .commitFailed(works, reason: reason)
            }
        }
    }

    /// Decides works and makes them durable: as one commit, or, where one of them cannot be decided, each as a
    /// commit of its own, so that one work's trouble does not stop the others.
    ///
    /// What has to be decided on what is in the store gets a commit of its own.
    ///
    /// An erasure is durable in the journal before it is committed, and never without being whole: the journal has it as
    /// the last step of the commit. A process that ends between the two carries it out when it starts.
    ///
    /// - Parameters:
    ///   - works: in the order in which they came.
    ///   - store: in which they become durable.
    ///   - schema: the hub's.
    ///   - moment: of the hub's wall clock.
    ///   - erasures: remembers erasures outside of the store; without it none is made.
    ///   - log: takes a line about what went wrong; it holds no personal data.
    public static func commit(
        _ works: [CommitWork], to store: any HubStore, schema: Schema, moment: CommitMoment,
        erasures: (any ErasureJournal)?, log: (String) -> Void
    ) -> [Outcome] {
        if works.count > 1, let alone = works.firstIndex(where: \.isAlone) {
            let parts = [works[..<alone], works[alone...alone], works[(alone + 1)...]].filter { !$0.isEmpty }
            return parts.flatMap {
                commit(Array($0), to: store, schema: schema, moment: moment, erasures: erasures, log: log)
            }
        }
        var isJournalled = false
        do {
            let (committed, results) = try store.commit({ reader in
                try decide(works, reader: reader, schema: schema, moment: moment)
            }, lastStep: { results in
                isJournalled = try journal(results, in: erasures)
            })
            return [.committed(results, committed)]
        } catch let error as HubStoreError where error.code.concernsEveryCommit || works.count == 1 {
            let reason = error.message + (isJournalled ? journalledAlready : "")
            log("commit failed: \(reason)")
            return [.failed(works, reason: reason)]
        } catch where works.count > 1 {
            return works.flatMap {
                commit([$0], to: store, schema: schema, moment: moment, erasures: erasures, log: log)
            }
        } catch {
            log("a commit could not be decided: \(error)")
            return [.failed(works, reason: "The hub met a defect of its own: \(error).")]
        }
    }
}

extension CommitBatch {
    /// - Returns: whether anything was written.
    private static func journal(_ results: [CommitResult], in erasures: (any ErasureJournal)?) throws -> Bool {
        var isJournalled = false
        for case .erased(_, _, _, .done(let done)) in results {
            guard let erasures else {
                throw HubStoreError(.io, "This hub keeps no journal of erasures, so none can be made; nothing was erased.")
            }
            try erasures.append(done.erasure)
            isJournalled = true
        }
        return isJournalled
    }

    private static let journalledAlready = """
         The row is not erased yet. The order stands in the journal of erasures all the same, and is carried out when the hub \
        starts next. To have it done before, erase the row once more.
        """
}

extension HubStoreError.Code {
    /// True if another batch would meet the same: taking this one apart helps nobody.
    fileprivate var concernsEveryCommit: Bool {
        switch self {
        case .full, .readOnly, .inUse, .newerVersion, .otherSchema: true
        case .corrupt, .io: false
        }
    }
}

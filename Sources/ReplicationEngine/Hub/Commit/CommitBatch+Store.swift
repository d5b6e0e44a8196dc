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
                    .backupRegistered, .backups:
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
    /// - Parameter log: takes a line about what went wrong; it holds no personal data.
    public static func commit(
        _ works: [CommitWork], to store: any HubStore, schema: Schema, moment: CommitMoment, log: (String) -> Void
    ) -> [Outcome] {
        if works.count > 1, let alone = works.firstIndex(where: \.isAlone) {
            let parts = [works[..<alone], works[alone...alone], works[(alone + 1)...]].filter { !$0.isEmpty }
            return parts.flatMap { commit(Array($0), to: store, schema: schema, moment: moment, log: log) }
        }
        do {
            let (committed, results) = try store.commit { reader in
                try decide(works, reader: reader, schema: schema, moment: moment)
            }
            return [.committed(results, committed)]
        } catch let error as HubStoreError where error.code.concernsEveryCommit || works.count == 1 {
            log("commit failed: \(error.message)")
            return [.failed(works, reason: error.message)]
        } catch where works.count > 1 {
            return works.flatMap { commit([$0], to: store, schema: schema, moment: moment, log: log) }
        } catch {
            log("a commit could not be decided: \(error)")
            return [.failed(works, reason: "The hub met a defect of its own: \(error).")]
        }
    }
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

import ReplicationCore
import WireProtocol

extension CommitDecision {
    /// Verdicts before anything is applied: accepted, or refused with a rule.
    struct Judgement {
        /// By position. What is accepted here gets its final verdict when it is applied.
        var verdicts: [Verdict]
        /// Accepted only because of what was so at the basis.
        var late: Set<UInt32> = []
        /// What was broken of an administrator's definitions that the writer could not know, by position.
        var breaches: [UInt32: [CustomBreach]] = [:]
        /// Rows of which nothing may be kept.
        var erased: Set<RowKey> = []
        /// Of a changeset of another schema version, what has been applied so far: an operation may be several.
        var applied: Set<UInt32> = []
    }

    /// What concurrency cannot have caused is refused; what it can have caused is accepted.
    mutating func judge(_ changeset: DecodedChangeset, _ author: Author) throws -> Judgement {
        var judgement = Judgement(
            verdicts: Array(repeating: Verdict(outcome: .accepted), count: changeset.operationCount))
        for (position, refusal) in changeset.undecodable {
            judgement.verdicts[Int(position)].outcome = .refused(refusal)
        }
        let taken = try refusalsOfTaken(changeset)
        judgement.noteErased(taken, of: changeset)
        if let refusal = refusalOfWhole(author) {
            judgement.refuseAll(refusal, of: changeset, taken)
            return judgement
        }
        var inspection = try Inspection(changeset, &rows)
        let before = judgement
        // Rows may name rows that the changeset makes further on. Should one of those be refused, what counted
        // on it is judged again without it: at most once for each new row.
        repeat {
            judgement = before
            for index in inspection.order {
                let position = changeset.operations[index].position
                if let refusal = taken[changeset.operations[index].key] {
                    inspection.refuseRow(of: index)
                    judgement.verdicts[Int(position)].outcome = .refused(refusal)
                    continue
                }
                switch try inspect(index, author, &inspection) {
                case .accepted:
                    let isNew = inspection[rowOf: index].isCreated
                    if isLateByRole(changeset.operations[index], isNew: isNew, author) { judgement.late.insert(position) }
                case .late: judgement.late.insert(position)
                case .refused(let refusal): judgement.verdicts[Int(position)].outcome = .refused(refusal)
                }
            }
        } while inspection.beginAgainWithoutRefused()
        judgement.breaches = inspection.breaches
        try refuseGrowth(of: changeset, in: &judgement)
        if author.header.isAtomic, judgement.verdicts.contains(where: { !$0.isAccepted }) {
            for position in judgement.verdicts.indices where judgement.verdicts[position].isAccepted {
                judgement.verdicts[position].outcome = .refused(Refusal(
                    .atomicPeerRefused, "Another operation of this all-or-nothing changeset was refused."))
            }
        }
        return judgement
    }

    func refusalOfWhole(_ author: Author) -> Refusal? {
        if author.replica.isRevoked {
            return Refusal(.revoked, "It was received after access had been taken from this device.")
        }
        if author.header.author != author.replica.user || author.header.role != author.replica.role {
            return Refusal(.wrongAuthor, "The changeset names a user or role that this device is not enrolled for.")
        }
        if author.header.schemaVersion == 0 {
            return Refusal(.unknownSchema, "It does not say with which schema version it was written.")
        }
        if author.header.schemaVersion > schema.version {
            return Refusal(.unknownSchema, "It was written with schema version \(author.header.schemaVersion); the hub has \(schema.version).")
        }
        return nil
    }

    enum Admission {
        case accepted
        case late
        case refused(Refusal)
    }

    private mutating func inspect(
        _ index: Int, _ author: Author, _ inspection: inout Inspection
    ) throws -> Admission {
        let operation = inspection.operations[index]
        if inspection.isRepeat(index) {
            return .refused(Refusal(.duplicateCell, "The changeset writes this field twice."))
        }
        let row = inspection[rowOf: index]
        let isMade = row.isRefused || row.isCreated
        let presence: OperationCheck.RowPresence =
            try isMade || hasMade(operation, author.header.identity) ? .beingCreated : row.isKnown ? .known : .unknown
        if let refusal = check.refusal(of: operation, role: author.replica.role, presence: presence) {
            if operation.action == .create, !row.isKnown { inspection[rowOf: index].isRefused = true }
            return .refused(refusal)
        }
        guard let collection = schema.collection(operation.key.collection) else {
            return .refused(Refusal(.unknownCollection, "The collection is not in this schema."))
        }
        if let refusal = operation.refusalOfContext(head: head) { return .refused(refusal) }
        if let refusal = try refusalOfReferences(operation, collection, inspection.created) {
            return .refused(refusal)
        }
        if let refusal = try refusalOfValue(index, collection, author, &inspection) { return .refused(refusal) }
        if row.isRefused { return .refused(Refusal(.dependsOnRefused, "The row that it belongs to was refused.")) }
        if operation.action == .create {
            let peers = inspection.operations[row.operations]
            let acceptable = try acceptable(peers, collection, author, inspection.created)
            if let refusal = check.refusalOfNewRow(acceptable, in: collection) {
                inspection[rowOf: index].isRefused = true
                return .refused(refusalOfWaitingRow(peers, collection, author) ?? refusal)
            }
            if let refusal = try refusalOfNewRow(index, acceptable, collection, author, &inspection) {
                inspection[rowOf: index].isRefused = true
                return .refused(try refusalOfWaitingRow(index, peers, collection, author, &inspection) ?? refusal)
            }
            let admission = try admissionOfNewRow(peers, collection, author, inspection.created)
            inspection[rowOf: index].admission = admission
            switch admission {
            case .accepted, .late: inspection.noteCreation(by: index)
            case .refused: inspection[rowOf: index].isRefused = true
            }
            return admission
        }
        if let known = row.admission { return known }
        let admission = try admission(to: operation.key, author)
        inspection[rowOf: index].admission = admission
        return admission
    }

    /// True if a row exists because somebody else has handed in, after a restore, what this operation had made of it.
    private mutating func hasMade(_ operation: CellOperation, _ identity: ChangesetID) throws -> Bool {
        if operation.action != .create || hub.kept.isEmpty { return false }
        if try rows.row(operation.key)?[.liveness]?.sibling(of: identity) != nil { return true }
        return try !told(identity, of: .liveness, operation.key).isEmpty
    }

    /// The operations on a new row that do not fail by themselves: only these can fill its mandatory fields.
    private mutating func acceptable(
        _ operations: ArraySlice<CellOperation>, _ collection: Collection, _ author: Author, _ created: Set<RowKey>
    ) throws -> [CellOperation] {
        try operations.filter { operation in
            if operation.action == .create { return true }
            return try check.refusal(of: operation, role: author.replica.role, presence: .beingCreated) == nil
                && operation.refusalOfContext(head: head) == nil
                && refusalOfReferences(operation, collection, created) == nil
        }
    }

    /// A reference is valid if the hub has ever known the row, or this changeset makes it.
    private mutating func refusalOfReferences(
        _ operation: CellOperation, _ collection: Collection, _ created: Set<RowKey>
    ) throws -> Refusal? {
        guard case .set(let values) = operation.action, let group = collection.group(operation.part.group) else {
            return nil
        }
        for (column, field) in group.fields.enumerated() where column < values.count {
            guard let key = schema.referenced(by: field, values[column]), !created.contains(key) else { continue }
            if try !rows.isKnown(key) {
                return Refusal(.unknownReference, "\(field.label) (\(field.name)) names a row that the hub has never known: \(key.row).")
            }
        }
        return nil
    }

    /// A new row that hangs on a parent needs the parent in scope.
    private mutating func admissionOfNewRow(
        _ operations: ArraySlice<CellOperation>, _ collection: Collection, _ author: Author, _ created: Set<RowKey>
    ) throws -> Admission {
        var isLate = false
        for rule in collection.scopes {
            guard case .parent(let name, _) = rule, let place = collection.place(of: name) else { continue }
            let group = collection.groups[place.group]
            for operation in operations where operation.part.group == group.number {
                guard case .set(let values) = operation.action, place.column < values.count,
                    let parent = schema.referenced(by: group.fields[place.column], values[place.column]),
                    !created.contains(parent)
                else { continue }
                switch try admission(to: parent, author) {
                case .accepted: break
                case .late: isLate = true
                case .refused(let refusal): return .refused(refusal)
                }
            }
        }
        return isLate ? .late : .accepted
    }

    /// Was the row in the author's scope at the basis, or since? Before a device is complete it shows rows that have
    /// entered since its basis, and they may leave before its work arrives. A row that the author made after the basis
    /// counts as well.
    private mutating func admission(to key: RowKey, _ author: Author) throws -> Admission {
        let user = author.replica.user
        let place = try rows.place(of: key)
        guard rows.isKnown(at: place) else {
            return .refused(Refusal(.rowUnknown, "Row \(key.row) does not exist."))
        }
        let now = try reader.scopes(of: key)
        if try !now.isDisjoint(with: subscriptions(of: user)) { return .accepted }
        let madeByAuthor = rows[place]?[.liveness]?.siblings.contains {
            $0.write.author == user && $0.write.sequence > author.basis
        } ?? false
        if madeByAuthor { return .accepted }
        if try reader.received(key, by: user, since: author.basis) { return .late }
        return .refused(Refusal(.noRight, "The row \(key.row) was not in this device's scope when it was written."))
    }
}

extension CommitDecision.Judgement {
    /// Notes the rows of which nothing may be kept.
    fileprivate mutating func noteErased(_ taken: [RowKey: Refusal], of changeset: DecodedChangeset) {
        erased = Set(taken.lazy.filter { $0.value.rule == .erased }.map(\.key))
        changeset.refuseErased(in: &verdicts)
    }

    /// One reason for all, except for what must not be kept.
    fileprivate mutating func refuseAll(
        _ refusal: Refusal, of changeset: DecodedChangeset, _ taken: [RowKey: Refusal]
    ) {
        for position in verdicts.indices {
            if case .refused(let known) = verdicts[position].outcome, known.rule == .erased { continue }
            verdicts[position].outcome = .refused(refusal)
        }
        for operation in changeset.operations where erased.contains(operation.key) {
            if let refusal = taken[operation.key] { verdicts[Int(operation.position)].outcome = .refused(refusal) }
        }
    }
}

extension CellOperation {
    /// Nobody can have seen what the hub has not committed.
    fileprivate func refusalOfContext(head: CommitSequence) -> Refusal? {
        var seen = context.sequence
        if case .delete(let covering) = action {
            seen = covering.reduce(seen) { max($0, $1.context.sequence) }
        }
        if seen > head {
            return Refusal(.impossibleContext, "It claims to have seen \(seen), which the hub has not committed.")
        }
        return nil
    }
}

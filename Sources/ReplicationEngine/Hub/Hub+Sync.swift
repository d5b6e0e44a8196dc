import Foundation
import ReplicationCore
import WireProtocol

extension Hub {
    // MARK: Up

    mutating func receive(_ upload: WireUpload, _ open: OpenSession, from connection: ConnectionID) {
        let bytes = upload.envelopes.reduce(0) { $0 + $1.weight }
        // A single one always has room, with all its receipts.
        let isAlone = open.unansweredBytes == 0 && upload.envelopes.count == 1
        let window = ProtocolLimits.uploadWindowBytes + ProtocolLimits.changesetBytes
        // What a device sends along while it hands in has room of its own: the device does not count it.
        let limit = open.isHandingIn ? 2 * window : window
        guard upload.envelopes.count <= ProtocolLimits.changesetsPerUpload,
            upload.envelopes.allSatisfy({ ChangesetCodec.hasPossibleSize($0.changeset) }),
            isAlone || open.unansweredBytes + bytes <= limit
        else {
            return fail(connection, .tooLarge, "An upload takes \(ProtocolLimits.changesetsPerUpload) changesets of at most \(ProtocolLimits.changesetBytes) bytes, and \(ProtocolLimits.uploadWindowBytes) bytes may be unanswered.")
        }
        guard !upload.envelopes.isEmpty else { return }
        let seen = rowsSeen(by: upload, open, room: window - open.unansweredBytes - bytes)
        var changed = open
        changed.unansweredBytes += bytes + seen.weight
        changed.handIn?.lastMilliseconds = now
        sessions[connection]?.phase = .open(changed)
        if !seen.rows.isEmpty { actions.append(.commit(.noteSeen(open.replica.id, seen.rows))) }
        var submissions = upload.envelopes.map {
            Submission(replica: open.replica.id, site: open.replica.site, envelope: $0)
        }
        submissions[0].weight += seen.weight
        actions.append(.commit(.changesets(connection, submissions)))
    }

    mutating func handle(_ result: CommitResult) {
        switch result {
        case .outcomes(let connection, let outcomes, let weight): answer(outcomes, weight: weight, connection)
        case .released(let replica, let receipt):
            if let connection = connections[replica] { send([receipt], to: connection) }
        case .forked(let connection, let site):
            endOtherSession(than: connection)
            sendFork(site, connection)
        case .enrolled(let connection, let record): answerEnrolment(record, connection)
        case .enrolmentRefused(let connection, let reason): fail(connection, .invalidCode, reason)
        case .code(let connection, let request, let code):
            reply(connection, request) { $0.enrolment = code }
        case .imported(let connection, let request, let result):
            reply(connection, request) { $0.import = result }
        case .controlRefused(let connection, let request, let reason): replyError(reason, request, connection)
        case .revoked(let connection, let request, let outcome): take(outcome, request, connection)
        case .purged(let connection, let request, let outcome):
            collectBlobsOfTakenRows()
            let json = outcome.json(schema)
            reply(connection, request) { $0.report = json }
        case .erased(let connection, let request, let order, let outcome):
            collectBlobsOfTakenRows()
            take(outcome, order, request, connection)
        case .salvaged(let connection, let isLast): answerSalvage(isLast: isLast, connection)
        case .parked: actions.append(.commit(.judgeParked))
        // Whoever hosts the service tells it.
        case .served: break
        case .daysBegun(let next): nextDay = next
        case .backupRegistered(let connection, let request, let path, let keep):
            actions.append(.backup(connection, request: request, path: path, keep: keep))
        case .backups(let connection, let request, let offered, let withdrawn):
            reply(connection, request) { $0.backups = WireBackupReport(offered: offered, withdrawn: withdrawn) }
        }
    }

    private mutating func answer(_ outcomes: [SubmissionOutcome], weight: Int, _ connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase else { return }
        var verdicts = WireVerdicts()
        var after: WireMessage.OneOf_Body?
        var forked: Site?
        for outcome in outcomes {
            switch outcome {
            case .receipt(let receipt, let counter):
                verdicts.receipts.append(receipt)
                open.replica.lastCounter = max(open.replica.lastCounter, counter)
            case .gap(let counter):
                var resend = WireResend()
                resend.fromCounter = counter + 1
                after = .resend(resend)
            case .fork(let site):
                forked = site
            case .unknownReplica:
                return fail(connection, .unknownReplica, "This device is not enrolled at this hub. Enrol it with a code from an administrator; its work is kept.")
            }
        }
        open.handIn?.lastMilliseconds = now
        open.unansweredBytes -= weight
        sessions[connection]?.phase = .open(open)
        if !verdicts.receipts.isEmpty { send(.verdicts(verdicts), to: connection) }
        if let after { send(after, to: connection) }
        if let forked { sendFork(forked, connection) }
    }

    /// Each in a message of its own: a receipt of many verdicts is large.
    private mutating func send(_ receipts: [WireReceipt], to connection: ConnectionID) {
        for receipt in receipts {
            var verdicts = WireVerdicts()
            verdicts.receipts = [receipt]
            send(.verdicts(verdicts), to: connection)
        }
    }

    // MARK: Down

    mutating func receive(_ confirm: WireConfirm, _ open: OpenSession, from connection: ConnectionID) {
        var changed = open
        let complete = changed.confirm(Array(confirm.cursor))
        sessions[connection]?.phase = .open(changed)
        admission.hold(changed.unconfirmedBytes, for: connection)
        if let complete {
            actions.append(.commit(.confirm(open.replica.id, complete, lastCounter: confirm.lastCounter)))
        }
        continueCatchUp(connection)
    }

    /// Asks for the next page, if the session is behind, has credit, and waits for none.
    mutating func continueCatchUp(_ connection: ConnectionID) {
        guard case .open(let open) = sessions[connection]?.phase, isToBeRead(open) else { return }
        admission.askForPage(connection)
    }

    private func isToBeRead(_ open: OpenSession) -> Bool {
        guard case .behind = open.delivery else { return false }
        return open.handIn == nil && !open.isReading && !open.isHandingIn && open.unconfirmedBytes < admission.window
    }

    /// Reads the next page, when it is the session's turn.
    mutating func readPage(_ connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase, isToBeRead(open), case .behind(let cursor) = open.delivery else {
            return admission.pageRead(connection)
        }
        open.isReading = true
        sessions[connection]?.phase = .open(open)
        actions.append(.read(.catchUp(connection, CatchUpRequest(
            cursor: cursor, user: open.replica.user, replica: open.replica.id, site: open.replica.site,
            receiptsAfter: open.receiptsUpTo,
            role: open.replica.role, isRestart: open.needsRestart,
            fingerprint: open.fingerprint(schema: schema), schemaVersion: open.schemaVersion, progress: open.progress,
            question: open.question, takesSums: open.takesSums && open.schemaVersion == schema.version,
            pageBytes: admission.pageBytes))))
    }

    mutating func handle(_ result: ReadResult) {
        switch result {
        case .replica(let connection, let standing): receive(standing, for: connection)
        case .signals(let answer): take(answer)
        case .report(let connection, let request, .success(let json)): reply(connection, request) { $0.report = json }
        case .report(let connection, let request, .failure(let refusal)): replyError(refusal.reason, request, connection)
        case .erasurePlanned(let connection, let request, let order, let planned):
            take(planned, order, request, connection)
        case .catchUp(let connection, let page): deliver(page, to: connection)
        case .status(let connection, let request, let json): reply(connection, request) { $0.status = json }
        case .previewed(let connection, let preview): answer(preview, connection)
        case .backups(let connection, let request, let keep, let backups): deliver(backups, keep: keep, request, to: connection)
        case .explained(let connection, let request, .success(let json)): reply(connection, request) { $0.explanation = json }
        case .explained(let connection, let request, .failure(let error)): replyError(error.description, request, connection)
        }
    }

    private mutating func deliver(_ page: CatchUpPage, to connection: ConnectionID) {
        admission.pageRead(connection)
        guard case .open(var open) = sessions[connection]?.phase else { return }
        open.isReading = false
        if page.isOfFormerSite { return endFormerSite(connection) }
        // Before the changes: what the device confirms says that it has these.
        send(page.receipts, to: connection)
        open.receiptsUpTo = max(open.receiptsUpTo, page.receiptsUpTo)
        let isStale = open.dropsPage
        let scopesBefore = open.scopes
        open.dropsPage = false
        if !isStale {
            if page.scopes != open.scopes {
                unsubscribe(connection, from: open.scopes)
                subscribe(connection, to: page.scopes)
                open.scopes = page.scopes
            }
            for message in page.messages {
                open.sent(message.cursor, bytes: message.frame.count, complete: message.complete)
            }
            open.needsRestart = false
            open.progress = page.completeAt == nil ? page.progress : nil
            if open.question == page.answered { open.question = nil }
            // Who has asked something meanwhile is answered with the next page.
            if let complete = page.completeAt, complete >= head, open.question == nil {
                open.delivery = .live(from: complete)
            } else {
                open.delivery = .behind(page.next)
            }
        }
        sessions[connection]?.phase = .open(open)
        admission.hold(open.unconfirmedBytes, for: connection)
        // After the session is as it will be: sending may end it.
        if !isStale {
            for message in page.messages { sendBulk(message.frame, to: connection) }
            for answer in page.answers { sendBulk(answer, to: connection) }
            noteScopes(from: scopesBefore, at: page.receiptsUpTo, connection)
        }
        continueCatchUp(connection)
    }

    /// Pushes a commit to the connections whose scopes it touches.
    mutating func fanOut(_ committed: Committed, committers: Set<ConnectionID>) {
        if committed.before > head {
            // Another gateway committed in between, and not every hint need have come.
            catchUpEverybody(since: committed.head)
            head = committed.head
            return
        }
        // What users receive from here on is read, as what they received before it ends with the commit as well.
        for connection in connections(of: committed.resubscribed) { fallBehind(connection, to: committed.before) }
        head = max(head, committed.head)
        // Somebody may live in a zone that is new, and receives nothing that moves with time until its day has begun. It begins
        // with the next commit: whoever enrols after this one, and synchronises at once, receives all of it.
        if let zoneCollection,
            !committed.resubscribed.isEmpty || committed.rows.contains(where: { $0.state.key.collection == zoneCollection }) {
            nextDay = 0
            beginDays()
        }
        endFormerRoles(by: committed)
        followSignals(committed)
        let touched = TouchedScopes(committed.rows)
        var affected: Set<ConnectionID> = []
        for scope in touched.scopes { affected.formUnion(subscribers[scope] ?? []) }
        // A device whose own changesets were committed is told that it is complete, also when nothing of
        // them comes back to it.
        affected.formUnion(committers)
        var cache: [Audience: SharedChanges] = [:]
        for connection in affected.sorted() {
            push(committed, touched, to: connection, isCommitter: committers.contains(connection), &cache)
        }
        if !committed.resubscribed.isEmpty { noteChangedRights(of: committed.resubscribed) }
        for connection in connections(of: committed.resubscribed) { continueCatchUp(connection) }
    }

    /// The open sessions of users.
    func connections(of users: Set<RowID>) -> [ConnectionID] {
        if users.isEmpty { return [] }
        return connections.values.sorted().filter {
            if case .open(let open) = sessions[$0]?.phase { users.contains(open.replica.user) } else { false }
        }
    }

    /// Lets those whose scopes another gateway's commit touched read it from the store.
    mutating func take(_ hint: CommitHint) {
        guard hint.head > head else { return }
        noteChangedRights(of: nil)
        if hint.concernsReplicas {
            readStandings(of: connections.values)
            if zoneCollection != nil { nextDay = 0 }
        }
        doubtSignals(hint, since: hint.head)
        let affected = hint.scopes.reduce(into: Set<ConnectionID>()) { $0.formUnion(subscribers[$1] ?? []) }
        for connection in affected.sorted() { fallBehind(connection) }
    }

    /// Also what devices receive may have changed with a commit that this gateway was not told of.
    private mutating func catchUpEverybody(since head: CommitSequence) {
        doubtSignals(nil, since: head)
        noteChangedRights(of: nil)
        if zoneCollection != nil { nextDay = 0 }
        readStandings(of: connections.values)
        for connection in connections.values.sorted() { fallBehind(connection) }
    }

    /// From pushing to reading: what was pushed so far is where reading starts.
    mutating func fallBehind(_ connection: ConnectionID) {
        fallBehind(connection, to: head)
        continueCatchUp(connection)
    }

    /// - Parameter pushed: the last commit of which the connection was sent what concerns it.
    private mutating func fallBehind(_ connection: ConnectionID, to pushed: CommitSequence) {
        guard case .open(var open) = sessions[connection]?.phase, case .live(let from) = open.delivery else { return }
        open.delivery = .behind(CatchUpCursor(complete: max(from, pushed)))
        sessions[connection]?.phase = .open(open)
    }

    /// Those who see the same of a commit.
    private struct Audience: Hashable {
        let role: UInt32
        let scopes: Set<Scope>
        let schemaVersion: UInt32
    }

    /// What an audience is sent, encoded once for all of it.
    private struct SharedChanges {
        let rows: [(collection: UInt32, change: WireRowChange)]
        let evicted: [RowKey]
        /// By the fingerprint that its cursor ends with: it names the user.
        var messages: [[UInt8]: LiveChanges] = [:]
    }

    private struct LiveChanges {
        let cursor: [UInt8]
        let frame: [UInt8]
    }

    private mutating func push(
        _ committed: Committed, _ touched: TouchedScopes, to connection: ConnectionID, isCommitter: Bool,
        _ cache: inout [Audience: SharedChanges]
    ) {
        guard case .open(var open) = sessions[connection]?.phase, case .live(let from) = open.delivery,
            committed.head > from
        else { return }
        guard open.hasCredit else { return fallBehind(connection, to: committed.before) }
        let audience = Audience(role: open.replica.role, scopes: open.scopes, schemaVersion: open.schemaVersion)
        let fingerprint = open.fingerprint(schema: schema)
        var shared = cache[audience] ?? sharedChanges(committed, touched, audience)
        // A device whose own changesets were committed is told that it is complete, whatever comes of them.
        let isTold = isCommitter || !shared.rows.isEmpty || !shared.evicted.isEmpty
        let changes = isTold ? shared.messages[fingerprint] ?? live(shared, committed, fingerprint) : nil
        shared.messages[fingerprint] = changes
        cache[audience] = shared
        guard let changes else { return }
        guard changes.frame.count <= ProtocolLimits.frameBytes else {
            // No device takes a message of this size: what a commit of thousands of rows did goes as pages.
            fallBehind(connection, to: committed.before)
            return continueCatchUp(connection)
        }
        open.sent(changes.cursor, bytes: changes.frame.count, complete: committed.head)
        sessions[connection]?.phase = .open(open)
        admission.hold(open.unconfirmedBytes, for: connection)
        sendBulk(changes.frame, to: connection)
    }

    private func sharedChanges(_ committed: Committed, _ touched: TouchedScopes, _ audience: Audience) -> SharedChanges {
        let encoder = encoder(for: audience.schemaVersion, safe: committed.backedUp)
        var rows: [(collection: UInt32, change: WireRowChange)] = []
        var evicted: [RowKey] = []
        for index in touched.rows(in: audience.scopes) {
            let row = committed.rows[index]
            let isIn = !row.scopesAfter.isDisjoint(with: audience.scopes)
            let wasIn = !row.scopesBefore.isDisjoint(with: audience.scopes)
            if isIn {
                // Of a row that was taken away nothing is left, and what the device holds of it has to go.
                let after = wasIn && !row.state.isStripped ? committed.before : nil
                if let change = encoder.change(of: row.state, role: audience.role, after: after, contained: row.contained) {
                    rows.append((row.state.key.collection, change))
                }
            } else if wasIn, encoder.mayRead(audience.role, row.state.key) {
                evicted.append(row.state.key)
            }
        }
        return SharedChanges(rows: rows, evicted: evicted)
    }

    private func live(_ shared: SharedChanges, _ committed: Committed, _ fingerprint: [UInt8]) -> LiveChanges {
        let cursor = CatchUpCursor(complete: committed.head).bytes + fingerprint
        let message = encoder.message(
            rows: shared.rows, evicted: shared.evicted, cursor: cursor, complete: committed.head, isLive: true)
        return LiveChanges(cursor: cursor, frame: WireFrame.bytes(.changes(message)))
    }
}

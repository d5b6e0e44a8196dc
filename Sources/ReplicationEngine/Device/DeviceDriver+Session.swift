import ReplicationCore
import WireProtocol

extension DeviceDriver {
    mutating func open(at now: DeviceInstant) {
        do {
            let site = replica.progress.site
            let first = try store.read { try $0.firstUnanswered(of: site) }
            var hello = SessionHello(replica, app: app, firstUnanswered: first)
            hello.takesSchemas = parse != nil
            hello.takesFragments = takesFragments
            hello.takesBlobs = blobStore != nil
            hello.takesSignals = !replica.schema.signals.isEmpty
            session = DeviceSession(hello: hello, now: now)
            session?.connected(at: now)
        } catch {
            fail(error, at: now)
        }
    }

    /// Does what the session asks for until it asks for nothing more.
    mutating func perform(at now: DeviceInstant) {
        repeat {
            while let actions = session?.takeActions(), !actions.isEmpty {
                for action in actions {
                    // One of them may have ended it.
                    guard session != nil else { return }
                    do {
                        if !action.mayOvertakeChanges { try takeGathered(at: now) }
                        if session != nil { try perform(action, at: now) }
                    } catch {
                        return fail(error, at: now)
                    }
                }
            }
            do {
                if !gathered.moreFollows { try takeGathered(at: now) }
            } catch {
                return fail(error, at: now)
            }
        } while session?.hasActions == true
        moveBlobs(at: now)
    }

    private mutating func perform(_ action: DeviceSession.Action, at now: DeviceInstant) throws {
        switch action {
        case .send(let message, let lane):
            if case .upload(let upload) = message { effects.append(.event(.uploaded(upload.envelopes.count))) }
            post(WireFrame.bytes(message), lane, at: now)
        case .credit(let received):
            guard lane?.noteReceived(received.bytes, at: now.monotonic) == true else {
                return finish(.offline(reason: "The hub says that it has received what was not sent.", retryAfter: 0), at: now)
            }
            sendFragments(at: now)
        case .sign(let bytes):
            let signature = try sign(bytes)
            session?.signed(signature)
        case .welcome(let welcome):
            lastReason = nil
            forgetSignals()
            if session?.usesFragments == true { lane = PacedLane() }
            let isRestored = welcome.epoch > replica.progress.epoch
            try change {
                try $0.apply(welcome, in: $1)
                if isRestored { try $1.forgetHandedIn() }
            }
            if isRestored { unanswered = try store.read { try $0.unansweredCount() } }
            openBlobs()
            effects.append(.event(.connected))
        case .load(let counter, let beyond, let bytes):
            let site = replica.progress.site
            let (entries, seen) = try store.read { reader in
                let entries = try reader.uploads(of: site, from: counter, beyond: beyond, bytes: bytes)
                return (entries, try replica.lostForms(seenBy: entries, in: reader))
            }
            session?.loaded(entries, seen: seen, at: now)
        case .apply(let changes): try gather(changes, at: now)
        case .erase(let erasures): try take(.erasures(erasures), at: now)
        case .verdicts(let receipts):
            try apply(receipts)
            try takeDeferred(at: now)
            noteNamedBlobs()
        case .adopt(let fork):
            try change { try $0.apply(fork, in: $1) }
            unanswered = try store.read { try $0.unansweredCount() }
            effects.append(.event(.forked(fork.site)))
        case .blobs(let message): try take(message, blobsAt: now)
        case .live(let signal): take(signal, at: now)
        case .signalDropped(let dropped): effects.append(.event(.signalDropped(dropped)))
        case .loadLost(let after):
            let lost = try store.read { try replica.lostForms(after: after, in: $0) }
            session?.loadedLost(lost)
        case .dropLost(let after, let last):
            try change { try $0.dropLostForms(after: after, upTo: last, in: $1) }
            effects.append(.event(.storeFailed("The hub does not know again some of what it had sent to this device and has lost. It was left; what was written here comes in with its changesets.")))
        case .enter(let epoch): try change { try $0.enter(epoch: epoch, in: $1) }
        case .compare(let digests): try take(.digests(digests), at: now)
        case .compareRanges(let ranges): try take(.ranges(ranges), at: now)
        case .verify(let verify): beginVerification(askedBy: verify.request)
        case .offered(let offer): try take(offer)
        case .measured(let estimate):
            if try change({ try $0.note(estimate, at: now, in: $1) }) { effects.append(.event(.clock(estimate))) }
        case .caughtUp:
            collectBlobs(at: now)
            effects.append(.event(.caughtUp(replica.progress.basis)))
            try verifyIfDue(at: now)
        case .end(let end): finish(end, at: now)
        }
    }

    // MARK: Down

    /// Takes in what the hub sent, behind what waits already.
    mutating func take(_ delivery: DeferredDeliveries.Delivery, at now: DeviceInstant) throws {
        if deferred.isEmpty, try isTaken(delivery, at: now) { return }
        guard session != nil else { return }
        if !deferred.append(delivery) {
            finish(.offline(reason: "The hub sent more than can wait here for its own answers.", retryAfter: 0), at: now)
        }
    }

    /// Takes in what has waited, as far as that can be done now.
    private mutating func takeDeferred(at now: DeviceInstant) throws {
        while session != nil, let first = deferred.first, try isTaken(first, at: now) { deferred.removeFirst() }
    }

    /// - Returns: false if it has to wait, or the session has ended over it.
    private mutating func isTaken(_ delivery: DeferredDeliveries.Delivery, at now: DeviceInstant) throws -> Bool {
        do {
            switch delivery {
            case .changes(let changes): try apply([changes], at: now)
            case .digests(let digests): try compare(digests, at: now)
            case .ranges(let ranges): try compare(ranges, at: now)
            case .erasures(let erasures): try erase(erasures)
            }
            return true
        } catch let obstacle as SumObstacle {
            switch obstacle {
            case .unanswered: return false
            case .ahead:
                finish(.offline(reason: "The hub knows more of this device's stream than the device has written: it was restored from a copy.", retryAfter: 0), at: now)
                return false
            }
        }
    }

    /// Takes in messages with changes, all in one transaction. Those of a catch-up may be several.
    mutating func apply(_ messages: [ReceivedChanges], at now: DeviceInstant) throws {
        guard let changes = messages.last else { return }
        let applied: AppliedChanges
        do {
            applied = try change { try $0.apply(messages, in: $1) }
        } catch where messages.count == 1 && session?.hasLaterHub == true && !(error is DeviceStoreError) && !(error is SumObstacle) {
            return stopReceiving(error)
        }
        // Only now was connecting of use. A device that cannot take what it is sent would otherwise connect twice a
        // second, and a fleet with it.
        backoff.reset()
        obstacle = nil
        touch(applied.collections)
        let progress = catchUpProgress(changes.header, at: now)
        catchUp = applied.complete == nil ? progress ?? catchUp : nil
        noteNamedBlobs()
        effects.append(.event(.changes(ChangeReport(
            received: applied.received, evicted: applied.evicted, isLive: applied.isLive,
            complete: applied.complete, catchUp: progress))))
        if changes.header.repair != 0 { return try noteRepaired(changes, at: now) }
        let stored = replica.progress
        session?.stored(cursor: stored.cursor, complete: applied.complete, lastCounter: stored.lastCounter)
        if changes.header.hasHeld, let complete = applied.complete { try compare(changes.header.held, at: complete, now) }
    }

    private func catchUpProgress(_ changes: WireChanges, at now: DeviceInstant) -> CatchUpProgress? {
        guard changes.rowsDone > 0, let session else { return nil }
        return CatchUpProgress(
            rowsDone: changes.rowsDone, rowsTotal: changes.rowsTotal, bytes: session.bytesReceived,
            after: now.monotonic - min(session.since.monotonic, now.monotonic))
    }

    private mutating func noteRevoked(_ reason: String) {
        if obstacle == .revoked(reason) { return }
        obstacle = .revoked(reason)
        effects.append(.event(.blocked(.revoked(reason))))
    }

    private mutating func erase(_ erasures: WireErasures) throws {
        let named = blobStore == nil ? [] : try blobs(namedBy: erasures)
        let erased = try change { try $0.erase(erasures, in: $1) }
        try eraseBlobs(named)
        // Noted and told only when nothing of it can be read in the store's files any more: until then the hub says it
        // again.
        try store.scrub()
        if let last = erased.last { try change { try $0.finishErasures(upTo: last, in: $1) } }
        unanswered = try store.read { try $0.unansweredCount() }
        touch(erased.rows)
        if !erased.rows.isEmpty { effects.append(.event(.erased(erased.rows.count))) }
        if let last = erased.last { session?.erased(upTo: last) }
    }

    private func blobs(namedBy erasures: WireErasures) throws -> [BlobName] {
        let keys = try erasures.erasures.flatMap { try $0.core().rows }
        return try store.read { store in try keys.flatMap { try store.blobs(namedBy: $0) } }
    }

    /// The hub's schema has what this device's has not. Work still goes up, and is judged.
    private mutating func stopReceiving(_ error: any Error) {
        session?.stopReceiving()
        deferred = DeferredDeliveries()
        let block = SessionEnd.Block.enrolAgain("The hub works with a later schema, and sends what this device cannot take (\(error)). Enrol the device again; until then its work is uploaded, and nothing is received.")
        obstacle = block
        effects.append(.event(.blocked(block)))
    }

    private mutating func apply(_ receipts: [WireReceipt]) throws {
        let applied = try change { try $0.apply(verdicts: receipts, in: $1) }
        unanswered -= applied.count(where: \.isFirst)
        if !applied.isEmpty { noteAnswer() }
        for verdict in applied {
            touch(verdict.rows)
            effects.append(.event(.verdict(VerdictReport(verdict))))
        }
        // Repeated receipts changed nothing, but they answer what is under way.
        let answers = try receipts.map { try ReceiptCodec.decode($0) }
        // A changeset whose bytes the hub cannot read goes by another identity there.
        session?.answered(answers + applied.map(\.receipt))
    }

    /// Changes replica and store together.
    @discardableResult
    mutating func change<Result>(
        _ body: (inout DeviceReplica, any DeviceTransaction) throws -> Result
    ) throws -> Result {
        var next = replica
        let result = try store.write { try body(&next, $0) }
        replica = next
        return result
    }

    /// The store failed, or the hub sent what cannot be read: nothing of it was taken.
    private mutating func fail(_ error: any Error, at now: DeviceInstant) {
        if let error = error as? DeviceStoreError {
            if error.code == .corrupt, letGoOfDamage(at: now) { return }
            effects.append(.event(.storeFailed(error.message)))
            finish(.offline(reason: error.message, retryAfter: 0), at: now)
        } else {
            finish(.offline(reason: "What the hub sent cannot be taken: \(error)", retryAfter: 0), at: now)
        }
    }

    /// Sends a frame; one of the changes lane behind everything that waits there.
    mutating func post(_ frame: [UInt8], _ lane: Lane, at now: DeviceInstant) {
        guard let connection else { return }
        guard lane == .changes, self.lane != nil else { return effects.append(.send(connection, frame, lane)) }
        self.lane?.append(frame)
        sendFragments(at: now)
    }

    private mutating func sendFragments(at now: DeviceInstant) {
        guard let connection else { return }
        for fragment in lane?.takeFragments(at: now.monotonic) ?? [] {
            effects.append(.send(connection, WireFrame.bytes(.fragment(fragment)), .changes))
        }
    }

    mutating func finish(_ end: SessionEnd, at now: DeviceInstant) {
        lane = nil
        gathered = GatheredChanges()
        catchUp = nil
        verification = nil
        if let connection { effects.append(.close(connection, reason: "the session has ended")) }
        connection = nil
        session = nil
        blobSession = nil
        deferred = DeferredDeliveries()
        switch end {
        case .forked:
            forks += 1
            let wait = forks > DeviceLimits.forksAtOnce ? forkBackoff.next(random: &random) : 0
            attemptAt = isWanted ? now.monotonic + wait : nil
        case .updated:
            attemptAt = isWanted ? now.monotonic : nil
        case .offline(let reason, let retryAfter):
            lastReason = reason
            let wait = max(backoff.next(random: &random), retryAfter)
            attemptAt = isWanted ? now.monotonic + wait : nil
            effects.append(.event(.offline(reason: reason, retryAfter: isWanted ? wait : nil)))
        case .blocked(.revoked(let reason)) where unanswered > 0 && handIns < DeviceLimits.handIns:
            // What was written here is still taken in: it is handed in at the next connection.
            handIns += 1
            attemptAt = isWanted ? now.monotonic + backoff.next(random: &random) : nil
            noteRevoked(reason)
        case .blocked(let reason):
            block = reason
            attemptAt = nil
            effects.append(.event(.blocked(reason)))
        }
    }
}

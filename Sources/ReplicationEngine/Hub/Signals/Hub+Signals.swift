import Foundation
import ReplicationCore
import WireProtocol

/// Live values: what may come in, and to whom it goes. Nothing of it is stored; after a restart of the hub there are none
/// until they are sent anew.
extension Hub {
    // MARK: In

    mutating func receive(_ message: WireSignal, _ open: OpenSession, from connection: ConnectionID) {
        guard var state = open.signals, let topic = SignalCodec.topic(of: message) else {
            return fail(connection, .malformed, "A signal came of a device that has not announced signals, or names no row.")
        }
        guard message.fields.count <= SignalKind.Limits.fields, SignalCodec.weight(of: message) <= ProtocolLimits.signalBytes else {
            return fail(connection, .tooLarge, "A signal has at most \(SignalKind.Limits.fields) fields and \(ProtocolLimits.signalBytes) bytes.")
        }
        let isInTime = state.incoming.take(1, now: now)
        set(state, of: connection)
        guard isInTime else { return drop(topic, .signalDropTooFrequent, retryAfter: state.incoming.wait, connection) }
        guard open.handIn == nil, !open.isHandingIn else { return drop(topic, .signalDropNotHeld, connection) }
        guard let kind = schema.signal(topic.signal) else { return drop(topic, .signalDropUnknown, connection) }
        guard kind.senders.contains(open.replica.role), !kind.isOwn || topic.row == open.replica.user else {
            return drop(topic, .signalDropNoRight, connection)
        }
        // Only what is known goes on: whatever else came in the message, nobody has weighed.
        var known = WireSignal()
        do throws(WireError) {
            let values = try SignalCodec.values(of: message)
            if kind.refusal(of: values, in: schema) != nil { return drop(topic, .signalDropFields, connection) }
            known.fields = SignalCodec.fields(values)
        } catch {
            return drop(topic, .signalDropFields, connection)
        }
        let life = message.ttlMilliseconds == 0 ? kind.lifeMilliseconds : min(message.ttlMilliseconds, kind.lifeMilliseconds)
        // No clock of a device makes a value younger than what has just come.
        let made = message.hasClock ? min(message.clock.hubMilliseconds, now) : now
        guard now - made < UInt64(life) else { return drop(topic, .signalDropExpired, connection) }
        if message.hasClock { known.clock = WireClockEvidence(message.clock.core) }
        let signal = WaitingSignal(
            topic: topic, connection: connection, message: known, madeMilliseconds: made, lifeMilliseconds: life)
        let key = RowKey(collection: kind.collection, row: topic.row)
        if let scopes = board.rows[key]?.scopes { return take(signal, key, in: scopes) }
        if !board.wait(signal, for: key) { actions.append(.read(.signals(.row(key)))) }
    }

    private mutating func drop(
        _ topic: SignalTopic, _ reason: WireSignalDropReason, retryAfter: UInt32 = 0, _ connection: ConnectionID
    ) {
        var dropped = WireSignalDropped()
        dropped.signal = topic.signal
        dropped.row = Data(topic.row.bytes)
        dropped.reason = reason
        dropped.retryAfterMilliseconds = retryAfter
        send(.signalDropped(dropped), to: connection)
    }

    /// Takes a value in whose row is in these scopes.
    private mutating func take(_ signal: WaitingSignal, _ key: RowKey, in scopes: Set<Scope>) {
        guard case .open(let open) = sessions[signal.connection]?.phase else { return }
        guard open.signals?.scopesInDoubt == nil, !scopes.isDisjoint(with: open.scopes) else { return drop(signal.topic, .signalDropNotHeld, signal.connection) }
        var message = WireSignal()
        message.signal = signal.topic.signal
        message.row = Data(signal.topic.row.bytes)
        message.fields = signal.message.fields
        message.ttlMilliseconds = signal.lifeMilliseconds
        if signal.message.hasClock {
            message.clock.hubMilliseconds = signal.madeMilliseconds
            message.clock.uncertaintyMilliseconds = signal.message.clock.uncertaintyMilliseconds
        }
        message.order = board.nextOrder()
        message.sender = Data(open.replica.user.bytes)
        let value = HeldSignal(
            topic: signal.topic, key: key, replica: open.replica.id, user: open.replica.user, senderScopes: open.scopes,
            message: message, madeMilliseconds: signal.madeMilliseconds,
            endMilliseconds: signal.madeMilliseconds + UInt64(signal.lifeMilliseconds))
        for (topic, scopes) in board.put(value) { tell(topic, subscribersOf: scopes) }
        show(value)
        tell(signal.topic, subscribersOf: scopes)
    }

    private mutating func show(_ value: HeldSignal) {
        guard let kind = schema.signal(value.topic.signal) else { return }
        var named: [String: Value] = [:]
        // What came was read before it was held.
        for field in value.message.fields {
            guard let name = kind.fields.first(where: { $0.number == field.number })?.field.name, case .success(let core) = Result(catching: { try field.value.core() })
            else { continue }
            named[name] = core
        }
        actions.append(.show(LiveValue(signal: kind.name, row: value.topic.row, values: named, endMilliseconds: value.endMilliseconds)))
    }

    // MARK: Out

    /// Sends a topic's value to those who may be shown it in these scopes; or, if there is none, that it is withdrawn.
    private mutating func tell(_ topic: SignalTopic, subscribersOf scopes: Set<Scope>) {
        let connections = scopes.reduce(into: Set<ConnectionID>()) { $0.formUnion(subscribers[$1] ?? []) }
        for connection in connections.sorted() { tell(topic, to: connection) }
    }

    /// Sends a topic as it is, or when the session's share of the line lets it, as it is by then.
    private mutating func tell(_ topic: SignalTopic, to connection: ConnectionID) {
        guard case .open(let open) = sessions[connection]?.phase, var state = open.signals,
            schema.signal(topic.signal)?.readers.contains(open.replica.role) == true
        else { return }
        let message = message(of: topic, for: open)
        if message.withdrawn {
            // What has not been sent does not have to be taken back: but nobody notes what has.
            state.waiting.remove(topic)
        } else if !isGiven(open) {
            return
        } else if !state.waiting.isEmpty || !state.outgoing.take(UInt64(SignalCodec.weight(of: message)), now: now) {
            state.waiting.insert(topic)
            withWaitingSignals.insert(connection)
            return set(state, of: connection)
        }
        set(state, of: connection)
        send(.signal(message), to: connection)
    }

    /// The topic as the session may be shown it.
    private func message(of topic: SignalTopic, for open: OpenSession) -> WireSignal {
        if let value = board.values[topic], value.endMilliseconds > now, !board.scopes(of: topic).isDisjoint(with: open.scopes) {
            var message = value.message
            message.ageMilliseconds = UInt32(clamping: now - min(now, value.madeMilliseconds))
            return message
        }
        var message = WireSignal()
        message.signal = topic.signal
        message.row = Data(topic.row.bytes)
        message.withdrawn = true
        return message
    }

    /// What a session may be shown is known, and it is there to be shown it.
    private func isGiven(_ open: OpenSession) -> Bool {
        open.handIn == nil && !open.isHandingIn && open.signals?.scopesInDoubt == nil
    }

    /// Gives a session what lives in its scopes.
    mutating func giveSignals(to connection: ConnectionID) {
        guard case .open(let open) = sessions[connection]?.phase, open.signals != nil, isGiven(open) else { return }
        for topic in board.topics(in: open.scopes) where board.values[topic].map({ $0.endMilliseconds > now }) ?? false {
            tell(topic, to: connection)
        }
    }

    /// Sends what had to wait, as it is now.
    private mutating func sendWaitingSignals() {
        for connection in withWaitingSignals.sorted() {
            withWaitingSignals.remove(connection)
            guard case .open(let open) = sessions[connection]?.phase, var state = open.signals else { continue }
            let waiting = state.waiting.sorted()
            state.waiting = []
            set(state, of: connection)
            for topic in waiting where board.values[topic] != nil { tell(topic, to: connection) }
        }
    }

    private mutating func set(_ state: SessionSignals, of connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase else { return }
        open.signals = state
        sessions[connection]?.phase = .open(open)
    }

    mutating func keepSignals() {
        board.expire(at: now)
        if !withWaitingSignals.isEmpty { sendWaitingSignals() }
    }

    // MARK: What changes

    /// Follows the rows of a commit to where they are now, and asks anew for senders whose rights it may have changed.
    mutating func followSignals(_ committed: Committed) {
        noteDoubtfulScopes(of: committed.resubscribed, since: committed.head)
        if board.rows.isEmpty { return }
        for row in committed.rows where board.rows[row.state.key] != nil {
            place(row.state.key, in: row.state.isAlive ? row.scopesAfter : [], since: committed.head)
        }
        var users = committed.resubscribed
        for row in committed.rows where row.state.key.collection == schema.userCollection { users.insert(row.state.key.row) }
        askForSenders(of: users)
    }

    /// Another gateway has committed: what is known of rows and senders may be out of date.
    mutating func doubtSignals(_ hint: CommitHint?, since: CommitSequence) {
        for key in board.rows.keys.sorted() {
            let scopes = board.rows[key]?.scopes
            guard hint == nil || scopes == nil || !(scopes ?? []).isDisjoint(with: hint?.scopes ?? []) else { continue }
            board.doubt(key, since: since)
            actions.append(.read(.signals(.row(key))))
        }
        if hint?.concernsReplicas ?? true { askForSenders(of: Set(board.bySender.keys)) }
    }

    /// What these users receive is not known until it is read as it is at a commit or after it.
    private mutating func noteDoubtfulScopes(of users: Set<RowID>, since: CommitSequence) {
        for connection in connections(of: users) {
            guard case .open(let open) = sessions[connection]?.phase, var state = open.signals else { continue }
            state.scopesInDoubt = since
            set(state, of: connection)
        }
    }

    mutating func askForSenders(of users: Set<RowID>) {
        for user in users.sorted() {
            let replicas = Set((board.bySender[user] ?? []).compactMap { board.values[$0]?.replica })
            for replica in replicas.sorted() { actions.append(.read(.signals(.sender(replica, user)))) }
        }
    }

    mutating func take(_ answer: SignalAnswer) {
        switch answer.question {
        case .row(let key):
            guard let row = board.rows[key] else { return }
            // A commit has said more since, or is about to be read.
            guard answer.head >= row.since else {
                if row.scopes == nil { actions.append(.read(.signals(answer.question))) }
                return
            }
            place(key, in: answer.scopes, since: answer.head)
        case .sender(let replica, let user):
            for topic in (board.bySender[user] ?? []).sorted() where board.values[topic]?.replica == replica {
                let maySend = answer.role.map { schema.signal(topic.signal)?.senders.contains($0) ?? false } ?? false
                if !maySend || board.scopes(of: topic).isDisjoint(with: answer.scopes) {
                    withdraw(topic)
                } else {
                    board.noteSender(of: topic, receives: answer.scopes)
                }
            }
        }
    }

    private mutating func withdraw(_ topic: SignalTopic) {
        let scopes = board.remove(topic)
        tell(topic, subscribersOf: scopes)
    }

    /// A row is in these scopes from now on: some gain its values, some lose them, and a sender may have lost the row.
    private mutating func place(_ key: RowKey, in scopes: Set<Scope>, since: CommitSequence) {
        let before = board.place(key, in: scopes, since: since)
        if let before, before != scopes {
            for topic in (board.rows[key]?.topics ?? []).sorted() {
                guard let value = board.values[topic] else { continue }
                if value.senderScopes.isDisjoint(with: scopes) {
                    board.remove(topic)
                    tell(topic, subscribersOf: before)
                } else {
                    tell(topic, subscribersOf: before.symmetricDifference(scopes))
                }
            }
        }
        for signal in board.takeWaiting(for: key) { take(signal, key, in: scopes) }
        board.forgetUnused(key)
    }

    /// A session receives other scopes than before, as they are at a commit.
    mutating func noteScopes(from before: Set<Scope>, at head: CommitSequence, _ connection: ConnectionID) {
        guard case .open(let open) = sessions[connection]?.phase, var state = open.signals else { return }
        let wasInDoubt = state.scopesInDoubt != nil
        if let doubt = state.scopesInDoubt, head >= doubt { state.scopesInDoubt = nil }
        set(state, of: connection)
        if before == open.scopes, !(wasInDoubt && state.scopesInDoubt == nil) { return }
        // What was lost is taken back; what is held now is given, also if it was given before.
        for topic in board.topics(in: before.subtracting(open.scopes)) { tell(topic, to: connection) }
        giveSignals(to: connection)
    }
}

/// What the hub keeps of a session that takes live values.
struct SessionSignals: Sendable {
    /// Values that it may send.
    var incoming: Allowance
    /// Bytes of values that it is sent at once: what is more waits, and of each topic only the last value is sent.
    var outgoing: Allowance
    /// Topics that are to be sent, as they are by then.
    var waiting: Set<SignalTopic> = []
    /// What its user receives has changed at this commit, and has not been read since: it is given nothing.
    var scopesInDoubt: CommitSequence?

    init(now: UInt64) {
        incoming = Allowance(burst: HubLimits.signalBurst, perSecond: HubLimits.signalsPerSecond, now: now)
        outgoing = Allowance(burst: HubLimits.signalBytesBurst, perSecond: HubLimits.signalBytesPerSecond, now: now)
    }
}

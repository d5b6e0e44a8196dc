import Foundation
import ReplicationCore
import WireProtocol

/// Access that is taken away, and what must not be kept: how connected devices learn of it.
extension Hub {
    // MARK: Access

    /// What has come of an order about access takes effect at once.
    mutating func take(_ outcome: RevocationOutcome, _ request: UInt64, _ connection: ConnectionID) {
        endSessions(of: Set(outcome.replicas), isReinstating: outcome.isReinstating)
        askForSenders(of: Set(board.bySender.keys))
        reply(connection, request) { $0.report = outcome.json }
    }

    private mutating func endSessions(of replicas: Set<ReplicaID>, isReinstating: Bool) {
        noteChangedRights(of: nil)
        for connection in sessions.keys.sorted() {
            switch sessions[connection]?.phase {
            case .open(let open) where replicas.contains(open.replica.id): endAccess(connection, isReinstating)
            case .previewing(let subject) where replicas.contains(subject.replica.id): endAccess(connection, isReinstating)
            case nil, .opened, .enrolling, .greeting, .challenged, .proved, .forking, .open, .previewing, .control, .ending: break
            }
        }
    }

    private mutating func endAccess(_ connection: ConnectionID, _ isReinstating: Bool) {
        if isReinstating {
            fail(connection, .retryLater, "Access of this device was given back; connect again.", retryAfter: 100)
        } else {
            failRevoked(connection)
        }
    }

    mutating func failRevoked(_ connection: ConnectionID) {
        fail(connection, .revoked, "Access of this device was taken away. Contact an administrator; its work is kept, and what it hands in is looked at by a person.")
    }

    /// False, and the session has ended, if access has changed since it was opened.
    mutating func keepsAccess(_ connection: ConnectionID, _ open: OpenSession, _ record: ReplicaRecord) -> Bool {
        if record.isRevoked == (open.handIn != nil) { return true }
        endAccess(connection, !record.isRevoked)
        return false
    }

    /// A device without access hands in what it has: it is in no scope, and is sent nothing.
    mutating func beginHandIn(_ open: inout OpenSession, _ greeting: Greeting, _ connection: ConnectionID) {
        open.handIn = OpenSession.HandIn(lastCounter: greeting.lastCounter, lastMilliseconds: now)
        open.needsRestart = false
        handingIn.insert(connection)
    }

    /// Devices that know what a hand-in is go by themselves; the others are told to.
    mutating func endHandIns() {
        for connection in handingIn.sorted() {
            guard case .open(let open) = sessions[connection]?.phase, let handIn = open.handIn else { continue }
            let isAllIn = open.replica.lastCounter >= handIn.lastCounter
            let patience = isAllIn ? HubLimits.handedInMilliseconds : HubLimits.handingInMilliseconds
            if open.unansweredBytes == 0, now - min(handIn.lastMilliseconds, now) >= patience { failRevoked(connection) }
        }
    }

    /// Reads anew what is so of connected replicas.
    mutating func readStandings(of connections: some Swift.Collection<ConnectionID>) {
        noteChangedRights(of: nil)
        for connection in connections.sorted() {
            guard case .open(let open) = sessions[connection]?.phase else { continue }
            actions.append(.read(.replica(connection, open.replica.id, erasuresAfter: open.lastErasure)))
        }
    }

    // MARK: Erasures

    /// Sends erasures that the device has not been sent yet, in messages of bounded size.
    ///
    /// - Parameter lane: in an open session they go behind the changes that were sent before, which may hold what is
    ///   erased.
    mutating func send(_ erasures: [Erasure], to connection: ConnectionID, lane: Lane = .changes) {
        guard case .open(var open) = sessions[connection]?.phase, open.lastErasure != nil, let last = erasures.last else { return }
        open.lastErasure = ErasureMark(last: last.identity)
        sessions[connection]?.phase = .open(open)
        var message = WireErasures()
        var bytes = 0
        func flush(_ hub: inout Hub) {
            if bytes == 0 { return }
            hub.send(.erasures(message), to: connection, lane: lane)
            message.erasures.removeAll()
            bytes = 0
        }
        let most = ProtocolLimits.erasuresBytes / 16
        for erasure in erasures {
            var rest = erasure.rows[...]
            repeat {
                let part = rest.prefix(most)
                rest = rest.dropFirst(most)
                message.erasures.append(WireErasure(identity: erasure.identity, rows: part, more: !rest.isEmpty))
                bytes += 32 + 16 * part.count
                if bytes >= ProtocolLimits.erasuresBytes { flush(&self) }
            } while !rest.isEmpty
        }
        flush(&self)
    }

    /// A page that is being read may have been read before the erasure, and hold what is erased.
    private mutating func dropPageUnderWay(_ connection: ConnectionID) {
        guard case .open(var open) = sessions[connection]?.phase, open.isReading else { return }
        open.dropsPage = true
        sessions[connection]?.phase = .open(open)
    }

    /// A device has carried out what it was sent.
    mutating func receive(_ done: WireErasuresDone, _ open: OpenSession) {
        guard let identity = ChangesetID(bytes: done.last) else { return }
        actions.append(.commit(.erasuresDone(open.replica.id, identity)))
    }

    /// The plan for an order has been made, on a snapshot.
    mutating func take(
        _ planned: Result<ErasurePlan, ControlRefusal>, _ order: ErasureOrder, _ request: UInt64, _ connection: ConnectionID
    ) {
        switch planned {
        case .success(let plan): actions.append(.commit(.erase(connection, request: request, order, plan)))
        case .failure(let refusal):
            erasureAttempts[order.identity] = nil
            replyError(refusal.reason, request, connection)
        }
    }

    /// An order was carried out, or has to be planned anew.
    mutating func take(
        _ outcome: ErasureOutcome, _ order: ErasureOrder, _ request: UInt64, _ connection: ConnectionID
    ) {
        switch outcome {
        case .done(let done):
            erasureAttempts[order.identity] = nil
            for open in connections.values.sorted() {
                send([done.erasure], to: open)
                dropPageUnderWay(open)
            }
            endSessions(of: Set(done.replicas), isReinstating: false)
            let json = done.erasure.json(schema, log: done.log, notCleared: done.notCleared)
            reply(connection, request) { $0.report = json }
        case .stale:
            let attempts = (erasureAttempts[order.identity] ?? 0) + 1
            erasureAttempts[order.identity] = attempts < HubLimits.erasureAttempts ? attempts : nil
            guard attempts < HubLimits.erasureAttempts else {
                return replyError("More and more came to belong to the row while it was being erased; nothing was erased. Try again at a quiet time.", request, connection)
            }
            actions.append(.read(.planErasure(connection, request: request, order)))
        }
    }
}

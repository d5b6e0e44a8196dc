import Foundation
import ReplicationCore
import WireProtocol

extension Hub {
    mutating func receive(_ hello: WireHello, from connection: ConnectionID) {
        guard hello.protocolMinimum <= ProtocolLimits.versions.upperBound,
            hello.protocolMaximum >= ProtocolLimits.versions.lowerBound
        else {
            return fail(connection, .unsupportedProtocol, "This hub speaks protocol \(ProtocolLimits.versions.lowerBound) to \(ProtocolLimits.versions.upperBound); the device speaks \(hello.protocolMinimum) to \(hello.protocolMaximum). Update the older of the two; the device's work is kept.")
        }
        guard hello.epoch <= identity.epoch else {
            return failAsOlder(than: "epoch \(hello.epoch)", has: "epoch \(identity.epoch)", connection)
        }
        guard let greeting = Greeting(hello) else {
            return fail(connection, .malformed, "Hello names no replica: 16 bytes are needed.")
        }
        guard hello.schemaVersion > 0 else {
            return fail(connection, .malformed, "Hello names no schema version.")
        }
        guard hello.schemaVersion <= schema.version else {
            return fail(connection, .schemaTooNew, "The device uses schema version \(hello.schemaVersion); this hub has \(schema.version). Update the hub; the device's work is kept.", retryAfter: 60_000)
        }
        sessions[connection]?.phase = .greeting(greeting, receivedMilliseconds: now)
        admission.askForGreeting(connection)
    }

    /// Reads what is so of a replica that said hello or proved itself, when it is its turn.
    mutating func readRecord(_ connection: ConnectionID) {
        switch sessions[connection]?.phase {
        case .greeting(let greeting, _): actions.append(.read(.replica(connection, greeting.replica, erasuresAfter: nil)))
        case .proved(let greeting, _, _):
            actions.append(.read(.replica(connection, greeting.replica, erasuresAfter: greeting.lastErasure)))
        case nil, .opened, .enrolling, .challenged, .forking, .open, .previewing, .control, .ending: admission.greetingRead(connection)
        }
    }

    /// What is so of a replica that said hello or proved itself, or of which something has changed.
    mutating func receive(_ standing: ReplicaStanding, for connection: ConnectionID) {
        admission.greetingRead(connection)
        guard let session = sessions[connection] else { return }
        switch session.phase {
        case .greeting(let greeting, let receivedMilliseconds):
            guard let record = admit(standing.record, connection) else { return }
            challenge(greeting, record, receivedMilliseconds, connection)
        case .proved(let greeting, _, let isStale):
            guard let record = admit(standing.record, connection) else { return }
            if isStale { readRecordAnew(greeting, record.user, connection) } else { open(greeting, record, standing, connection) }
        case .open(let open):
            guard let record = standing.record, keepsAccess(connection, open, record) else { return }
            send(standing.erasures, to: connection)
            resubscribe(connection, record, standing.scopes)
        case .opened, .enrolling, .challenged, .forking, .previewing, .control, .ending: break
        }
    }

    /// The record of a replica that may have a session; nil, and the session has ended, of any other. One whose access
    /// was taken away has to prove itself as well, and then hands in what it has.
    private mutating func admit(_ record: ReplicaRecord?, _ connection: ConnectionID) -> ReplicaRecord? {
        guard let record, record.site != 0 else {
            fail(connection, .unknownReplica, "This device is not enrolled at this hub. Enrol it with a code from an administrator; its work is kept.")
            return nil
        }
        return record
    }

    /// A hub that went on would give numbers a second time.
    private mutating func failAsOlder(than seen: String, has: String, _ connection: ConnectionID) {
        fail(connection, .retryLater, "The device has seen \(seen) of this hub, which is at \(has): an older copy of its store was put back by hand. Its administrator has to put it back by `converge restore`. The device's work is kept.", retryAfter: 60_000)
    }

    private mutating func challenge(
        _ greeting: Greeting, _ record: ReplicaRecord, _ receivedMilliseconds: UInt64, _ connection: ConnectionID
    ) {
        let nonce = randomBytes(32)
        var challenge = WireChallenge()
        challenge.nonce = Data(nonce)
        challenge.hub = Data(identity.id.bytes)
        challenge.receivedMilliseconds = receivedMilliseconds
        challenge.sentMilliseconds = now
        sessions[connection]?.phase = .challenged(greeting, record, nonce: nonce)
        // How long its turn took is not the device's fault.
        sessions[connection]?.waitingSinceMilliseconds = now
        send(.challenge(challenge), to: connection)
    }

    mutating func receive(
        _ proof: WireProof, _ greeting: Greeting, _ record: ReplicaRecord, _ nonce: [UInt8],
        from connection: ConnectionID
    ) {
        let message = ReplicaProof.message(hub: identity.id, replica: record.id, nonce: nonce)
        guard ReplicaProof.isValid(Array(proof.signature), of: message, publicKey: record.publicKey) else {
            return fail(connection, .proofFailed, "The device could not prove that it is the one that was enrolled. Enrol it again; its work is kept.")
        }
        readRecordAnew(greeting, record.user, connection)
    }

    /// Reads what a replica that has proved itself may do now. The client chose how much time lies behind its hello.
    private mutating func readRecordAnew(_ greeting: Greeting, _ user: RowID, _ connection: ConnectionID) {
        sessions[connection]?.phase = .proved(greeting, user: user, isStale: false)
        admission.askForGreeting(connection)
    }

    /// What is being read for sessions on their way to open may be out of date. Open ones are told by `connections`.
    ///
    /// - Parameter users: of whom; nil for all.
    mutating func noteChangedRights(of users: Set<RowID>?) {
        for connection in unproved {
            guard case .proved(let greeting, let user, _) = sessions[connection]?.phase, users?.contains(user) ?? true
            else { continue }
            sessions[connection]?.phase = .proved(greeting, user: user, isStale: true)
        }
    }

    private mutating func open(
        _ greeting: Greeting, _ record: ReplicaRecord, _ standing: ReplicaStanding, _ connection: ConnectionID
    ) {
        unproved.remove(connection)
        if let seen = greeting.place, seen.epoch == identity.epoch, seen > standing.head {
            return failAsOlder(than: "commit \(seen)", has: "commit \(standing.head)", connection)
        }
        if greeting.isPreview, record.isRevoked { return failRevoked(connection) }
        let scopes = record.isRevoked ? [] : standing.scopes
        if greeting.isPreview { return openPreview(greeting, record, scopes, connection) }
        if let older = connections[record.id], older != connection {
            fail(older, .replaced, "Another connection of this device took over.")
        }
        if greeting.site != record.site, record.lastCounter == 0, !isSiteOfLostTime(record) {
            // It has been given a new site already that nobody uses yet: the message was lost.
            return sendFork(record.site, connection)
        }
        if isForked(greeting, record) {
            sessions[connection]?.phase = .forking(record.id)
            return actions.append(.commit(.fork(connection, record.id)))
        }
        var open = OpenSession(
            replica: record, scopes: scopes, schemaVersion: greeting.schemaVersion, delivery: .behind(.start))
        open.backedUp = standing.backedUp
        open.isHandingIn = greeting.epoch != 0 && greeting.epoch < identity.epoch && !record.isRevoked
        if !open.isHandingIn, let cursor = cursor(of: greeting, open) {
            open.delivery = .behind(cursor)
        } else {
            open.needsRestart = true
        }
        // A device that was restored from a backup has not got what it had confirmed.
        if case .behind(let cursor) = open.delivery { open.receiptsUpTo = min(record.confirmed, cursor.place.sequence) }
        if record.isRevoked { beginHandIn(&open, greeting, connection) }
        open.lastErasure = greeting.lastErasure
        open.repairs = greeting.repairs
        open.takesSums = greeting.takesSums
        if greeting.takesSignals { open.signals = SessionSignals(now: now) }
        if greeting.takesFragments { lanes[connection] = SessionLane() }
        if greeting.takesBlobs, blobLimits != nil, open.handIn == nil { blobs[connection] = SessionBlobs() }
        connections[record.id] = connection
        subscribe(connection, to: scopes)
        sessions[connection]?.phase = .open(open)
        // Before anything else: what must not be kept is not shown, and not handed in.
        send(standing.erasures, to: connection, lane: .urgent)
        send(.welcome(welcome(open)), to: connection)
        giveSignals(to: connection)
        offerSchema(to: connection, greeting)
        continueCatchUp(connection)
    }

    /// A copy of the device that came while this one forked: under the new site it may soon be sent, as somebody
    /// else's, what it holds itself.
    mutating func endOtherSession(than connection: ConnectionID) {
        guard case .forking(let replica) = sessions[connection]?.phase, let other = connections[replica],
            other != connection
        else { return }
        endFormerSite(other)
    }

    /// Ends a session whose replica has got another site meanwhile: connecting again, it learns of that.
    mutating func endFormerSite(_ connection: ConnectionID) {
        fail(connection, .retryLater, "The device's stream goes on under another site; connect again.")
    }

    /// Ends a session whose user has got another role: connecting again, the device learns of that before it is sent
    /// anything that is later.
    mutating func endFormerRole(_ connection: ConnectionID) {
        fail(connection, .retryLater, "The role of this device's user has changed; connect again.", retryAfter: 100)
    }

    /// Ends the sessions of users whose role a commit has changed, before anything of it is sent to them.
    mutating func endFormerRoles(by committed: Committed) {
        guard let users = schema.collection(schema.userCollection) else { return }
        for row in committed.rows where row.state.key.collection == users.number {
            guard let role = row.state.shownValue(of: "role", in: users)?.text.flatMap({ schema.role(named: $0) }) else { continue }
            noteChangedRights(of: [row.state.key.row])
            for connection in connections.values.sorted() {
                guard case .open(let open) = sessions[connection]?.phase, open.replica.user == row.state.key.row,
                    open.replica.role != role.number
                else { continue }
                endFormerRole(connection)
            }
        }
    }

    /// Tells a replica the site under which its stream starts anew. It connects again with it.
    mutating func sendFork(_ site: Site, _ connection: ConnectionID) {
        guard isGoing(connection) else { return }
        var fork = WireFork()
        fork.site = site
        fork.epoch = identity.epoch
        fork.kept = identity.kept.map { WireSequence($0) }
        send(.fork(fork), to: connection)
        actions.append(.close(connection, code: 1000, reason: "the stream goes on under another site"))
        end(connection)
    }

    /// The device's stream ends before the hub's, or otherwise: it was restored or cloned; or the hub was.
    func isForked(_ greeting: Greeting, _ record: ReplicaRecord) -> Bool {
        isSiteOfLostTime(record) || greeting.site != record.site || greeting.lastCounter < record.lastCounter
            || (greeting.lastCounter == record.lastCounter && record.lastCounter > 0
                && greeting.lastRoot != record.lastRoot)
    }

    /// Changesets have had places in the replica's stream that the hub has lost, and no other may be given them.
    private func isSiteOfLostTime(_ record: ReplicaRecord) -> Bool { record.site <= identity.lastSiteBefore }

    /// Where catch-up resumes; nil if it has to start anew.
    func cursor(of greeting: Greeting, _ open: OpenSession) -> CatchUpCursor? {
        let given = greeting.cursor
        guard given.count > 8, Array(given.suffix(8)) == open.fingerprint(schema: schema),
            let cursor = CatchUpCursor(bytes: Array(given.dropLast(8))), cursor.place.sequence <= head,
            !identity.isLost(cursor.place.sequence), !identity.isLost(cursor.base), !identity.isLost(cursor.begun)
        else { return nil }
        return cursor
    }

    func welcome(_ open: OpenSession) -> WireWelcome {
        var welcome = WireWelcome()
        welcome.protocol = ProtocolLimits.versions.upperBound
        welcome.epoch = identity.epoch
        welcome.schemaVersion = schema.version
        welcome.lastCounter = open.replica.lastCounter
        welcome.user = Data(open.replica.user.bytes)
        welcome.role = open.replica.role
        welcome.scopes = open.scopes.sorted().map(\.description)
        // Without a backup there is nothing to restore from that lacks a commit.
        welcome.safe = WireSequence(min(open.backedUp ?? head, head))
        welcome.kept = identity.kept.map { WireSequence($0) }
        welcome.head = WireSequence(head)
        welcome.uploadWindow = UInt32(ProtocolLimits.uploadWindowBytes)
        welcome.capabilities = [ProtocolLimits.previewCapability, ProtocolLimits.signalsCapability, ProtocolLimits.fragmentsCapability, ProtocolLimits.repairCapability] + (open.handIn == nil ? [] : [ProtocolLimits.handInCapability])
        if blobLimits != nil, open.handIn == nil { welcome.capabilities.append(ProtocolLimits.blobsCapability) }
        return welcome
    }

    private mutating func resubscribe(
        _ connection: ConnectionID, _ record: ReplicaRecord, _ scopes: Set<Scope>
    ) {
        guard case .open(var open) = sessions[connection]?.phase, open.handIn == nil else { return }
        guard record.site == open.replica.site else { return endFormerSite(connection) }
        guard record.role == open.replica.role else { return endFormerRole(connection) }
        if scopes == open.scopes { return }
        // Until a page has brought the new ones, no live value goes by the old.
        let doubt = max(head, open.signals?.scopesInDoubt ?? .zero)
        open.signals?.scopesInDoubt = doubt
        sessions[connection]?.phase = .open(open)
        fallBehind(connection)
    }

    // MARK: Enrolment

    mutating func receive(_ enrol: WireEnrol, from connection: ConnectionID) {
        guard ProtocolLimits.versions.contains(enrol.protocol) else {
            return fail(connection, .unsupportedProtocol, "This hub speaks protocol \(ProtocolLimits.versions.lowerBound) to \(ProtocolLimits.versions.upperBound). Update the older of the two.")
        }
        guard enrol.publicKey.count == 32, enrol.deviceName.utf8.count <= 200 else {
            return fail(connection, .malformed, "Enrol needs a public key of 32 bytes and a device name of at most 200.")
        }
        sessions[connection]?.phase = .enrolling
        actions.append(.commit(.enrol(connection, EnrolmentClaim(
            codeHash: EnrolmentCode.hash(enrol.code), publicKey: Array(enrol.publicKey),
            name: enrol.deviceName, replica: identifiers.next(milliseconds: now, random: &random)))))
    }

    mutating func answerEnrolment(_ record: ReplicaRecord, _ connection: ConnectionID) {
        var enrolled = WireEnrolled()
        enrolled.replica = Data(record.id.bytes)
        enrolled.site = record.site
        enrolled.hub = Data(identity.id.bytes)
        enrolled.epoch = identity.epoch
        enrolled.user = Data(record.user.bytes)
        enrolled.role = record.role
        enrolled.schema = identity.schemaText
        send(.enrolled(enrolled), to: connection)
        // The device closes when it has stored the answer; its time runs on.
        guard isGoing(connection) else { return }
        sessions[connection]?.phase = .ending
    }

    mutating func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}

/// Enrolment codes: what administrators hand to people.
public enum EnrolmentCode {
    /// Letters and digits that are not mistaken for one another.
    private static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// A code of 15 characters in three groups: 73 bits.
    public static func make(using random: inout some RandomNumberGenerator) -> String {
        let characters = (0..<15).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        return [characters[0..<5], characters[5..<10], characters[10..<15]].map { String($0) }.joined(separator: "-")
    }

    /// SHA-256 of the code without hyphens, spaces and lower case, so that it may be typed as people type.
    public static func hash(_ code: String) -> [UInt8] {
        let normalized = code.uppercased().filter { $0.isLetter || $0.isNumber }
        return ContentHash.of(Array(normalized.utf8))
    }
}

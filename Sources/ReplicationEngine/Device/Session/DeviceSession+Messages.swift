import Foundation
import ReplicationCore
import WireProtocol

extension DeviceSession {
    mutating func receive(_ message: ReceivedMessage, at now: DeviceInstant) {
        switch message {
        case .changes(let changes): whenOpen { if !$0.isUploadOnly { $0.actions.append(.apply(changes)) } }
        case .other(let message): receive(message, at: now)
        }
    }

    private mutating func receive(_ message: WireMessage, at now: DeviceInstant) {
        switch message.body {
        case .challenge(let challenge): receive(challenge, at: now)
        case .welcome(let welcome): receive(welcome, at: now)
        case .failure(let failure):
            if failure.code == .malformed { dropRefusedForms() }
            end(.following(failure))
        case .verdicts(let verdicts): whenOpen { $0.actions.append(.verdicts(verdicts.receipts)) }
        case .resend(let resend):
            whenOpen {
                $0.upload.restart(from: resend.fromCounter, beyond: resend.fromCounter - min(resend.fromCounter, 1))
                $0.loadMore()
            }
        // Several bodies in one message, of which the last one counts.
        case .changes(let changes):
            whenOpen { session in
                do {
                    let received = try ReceivedChanges(changes)
                    if !session.isUploadOnly { session.actions.append(.apply(received)) }
                } catch {
                    session.violation()
                }
            }
        case .digests(let digests): whenOpen { $0.actions.append(.compare(digests)) }
        case .ranges(let ranges): whenOpen { $0.actions.append(.compareRanges(ranges)) }
        case .verify(let verify): whenOpen { $0.actions.append(.verify(verify)) }
        case .schemaOffer(let offer): whenOpen { $0.actions.append(.offered(offer)) }
        case .fork(let fork):
            guard phase != .connecting else { return violation() }
            actions.append(.adopt(fork))
            end(.forked)
        case .erasures(let erasures):
            // They come before Welcome, or when something is erased while the session is open.
            guard phase == .proving || phase == .open else { return violation() }
            actions.append(.erase(erasures))
        case .signal(let signal): whenOpen { $0.actions.append(.live(signal)) }
        case .signalDropped(let message):
            whenOpen { session in
                if let dropped = DroppedSignal(message) { session.actions.append(.signalDropped(dropped)) }
            }
        case .blobStandings, .blobChunk, .blobReceived:
            whenOpen { session in if let body = message.body { session.actions.append(.blobs(body)) } }
        case .fragment(let fragment): whenOpen { $0.receive(fragment, at: now) }
        case .received(let received): whenOpen { $0.actions.append(.credit(received)) }
        case .salvaged(let salvaged): whenOpen { $0.receive(salvaged) }
        case .timeRequest(let request): reply(to: request, at: now)
        case .timeReply(let reply): receive(reply, at: now)
        case .enrol, .enrolled, .hello, .proof, .upload, .confirm, .digestRequest, .rangesRequest, .rowsRequest, .verified,
            .previewRequest, .preview, .salvage, .erasuresDone, .blobOffer, .blobRequest, .blobStop, .controlRequest,
            .controlReply:
            violation()
        // A message of a later version that asks for nothing here.
        case nil: break
        }
    }

    private mutating func receive(_ challenge: WireChallenge, at now: DeviceInstant) {
        guard case .greeted(let sent) = phase, challenge.nonce.count == 32 else { return violation() }
        guard ReplicaID(bytes: challenge.hub) == hello.hub else {
            return end(.blocked(.enrolAgain("Another hub answers at this address: it is not the one that this device was enrolled at.")))
        }
        if let estimate = HubClockEstimate(
            sent: sent, received: challenge.receivedMilliseconds, replied: challenge.sentMilliseconds, now: now) {
            actions.append(.measured(estimate))
        }
        phase = .proving
        since = now
        actions.append(.sign(ReplicaProof.message(
            hub: hello.hub, replica: hello.replica, nonce: Array(challenge.nonce))))
    }

    private mutating func receive(_ welcome: WireWelcome, at now: DeviceInstant) {
        guard phase == .proving else { return violation() }
        guard ProtocolLimits.versions.contains(welcome.protocol) else {
            return end(.blocked(.upgradeApp("The hub chose protocol \(welcome.protocol), which this program does not speak.")))
        }
        do {
            head = try welcome.head.core()
        } catch {
            return violation()
        }
        phase = .open
        since = now
        hasLaterHub = welcome.schemaVersion > hello.schemaVersion
        hubRepairs = welcome.capabilities.contains(ProtocolLimits.repairCapability)
        hubTakesSignals = welcome.capabilities.contains(ProtocolLimits.signalsCapability)
        usesFragments = hello.takesFragments && welcome.capabilities.contains(ProtocolLimits.fragmentsCapability)
        hubTakesBlobs = hello.takesBlobs && welcome.capabilities.contains(ProtocolLimits.blobsCapability)
        isHandIn = welcome.capabilities.contains(ProtocolLimits.handInCapability)
        // A hub may claim any counter; the last one has none after it.
        let next = welcome.lastCounter == .max ? .max : welcome.lastCounter + 1
        upload.open(
            from: min(hello.firstUnanswered ?? .max, next), beyond: welcome.lastCounter,
            window: Int(welcome.uploadWindow))
        actions.append(.welcome(welcome))
        if let erasuresDone { confirm(erasuresDone) }
        if welcome.epoch > hello.epoch { handingIn = HandingIn(epoch: welcome.epoch) }
        loadMore()
        continueHandingIn()
    }

    private mutating func receive(_ salvaged: WireSalvaged) {
        guard let current = handingIn, let sent = current.underWay else { return violation() }
        if salvaged.last {
            handingIn = nil
            actions.append(.enter(epoch: current.epoch))
        } else if !sent.isLast {
            handingIn?.underWay = nil
            actions.append(.loadLost(after: sent.last))
        } else {
            violation()
        }
    }

    /// The hub does not know again what was handed in: the disk may have changed a byte of it. To hand it in again would
    /// keep the device from everything else.
    private mutating func dropRefusedForms() {
        guard let sent = handingIn?.underWay, !sent.rows.isEmpty else { return }
        actions.append(.dropLost(after: sent.first, upTo: sent.last))
    }

    private mutating func reply(to request: WireTimeRequest, at now: DeviceInstant) {
        var reply = WireTimeReply()
        reply.requestSentMilliseconds = request.sentMilliseconds
        reply.receivedMilliseconds = now.wall
        reply.sentMilliseconds = now.wall
        actions.append(.send(.timeReply(reply), .urgent))
    }

    private mutating func receive(_ reply: WireTimeReply, at now: DeviceInstant) {
        guard let sent = lastTimeRequest, sent.wall == reply.requestSentMilliseconds else { return }
        if let estimate = HubClockEstimate(
            sent: sent, received: reply.receivedMilliseconds, replied: reply.sentMilliseconds, now: now) {
            actions.append(.measured(estimate))
        }
    }

    private mutating func whenOpen(_ body: (inout DeviceSession) -> Void) {
        guard phase == .open else { return violation() }
        body(&self)
    }

    mutating func violation() {
        end(.offline(reason: "The hub sent a message that makes no sense in this state.", retryAfter: 0))
    }
}

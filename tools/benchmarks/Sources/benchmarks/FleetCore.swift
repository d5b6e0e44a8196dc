import Dispatch
import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WebSocketTransport
import WireProtocol

/// What the transport's thread and the caller share.
final class FleetCore: Sendable {
    let state = Mutex(State())

    enum Arrival: Sendable {
        case changes
        case verdicts
    }

    struct Traffic: Sendable {
        var receipts = 0
        var uploadedBytes = 0
        var verdictBytes = 0
        var changesBytes = 0
        var rows = 0
    }

    struct State: Sendable {
        var connector: WebSocketConnector?
        var devices: [LightDevice] = []
        var byConnection: [ConnectionID: Int] = [:]
        var enrolled = 0
        var caughtUp = 0
        var traffic = Traffic()
        var failure: String?
        var isStopping = false
        /// A device that is cut off comes back: its place is noted here.
        var comesBack = false
        var cutOff: [Int] = []
        var timesCutOff = 0
        /// Devices that are on their way to an open connection.
        var opening = 0
        var lastCut: String?
        var observer: (@Sendable (Int, Arrival) -> Void)?

        mutating func sendUploads(of index: Int) {
            guard let connection = devices[index].connection else { return }
            while let upload = devices[index].takeUpload() {
                traffic.uploadedBytes += upload.frame.count
                connector?.send(upload.frame, lane: .changes, to: connection)
            }
        }
    }

    func handle(_ event: TransportEvent) {
        let arrivals: [(Int, Arrival)] = state.withLock { state in
            switch event {
            case .opened(let connection, _): state.opened(connection)
            case .received(let connection, let bytes): return state.received(bytes, connection)
            case .closed(let connection, let reason): state.closed(connection, reason)
            case .drained: break
            }
            return []
        }
        guard !arrivals.isEmpty, let observer = state.withLock({ $0.observer }) else { return }
        for (index, arrival) in arrivals { observer(index, arrival) }
    }
}

extension FleetCore.State {
    mutating func opened(_ connection: ConnectionID) {
        guard let index = byConnection[connection] else { return }
        noteOpened(index)
        if case .enrolling(let code, let publicKey, _) = devices[index].phase {
            let request = Enrolment.request(code: code, publicKey: publicKey, deviceName: "device \(index)")
            connector?.send(request, lane: .urgent, to: connection)
        } else {
            devices[index].phase = .greeted
            connector?.send(WireFrame.bytes(.hello(devices[index].hello())), lane: .urgent, to: connection)
        }
    }

    private mutating func noteOpened(_ index: Int) {
        if devices[index].isOpening { opening -= 1 }
        devices[index].isOpening = false
    }

    mutating func closed(_ connection: ConnectionID, _ reason: CloseReason) {
        guard let index = byConnection.removeValue(forKey: connection) else { return }
        noteOpened(index)
        devices[index].connection = nil
        if comesBack {
            cutOff.append(index)
            timesCutOff += 1
            lastCut = "\(reason)"
            return
        }
        if case .enrolled = devices[index].phase { return }
        if !isStopping { failure = failure ?? "device \(index) was cut off: \(reason)" }
    }

    mutating func received(_ bytes: [UInt8], _ connection: ConnectionID) -> [(Int, FleetCore.Arrival)] {
        guard let index = byConnection[connection] else { return [] }
        var arrivals: [(Int, FleetCore.Arrival)] = []
        var needsDecoding = false
        bytes.withUnsafeBytes { bytes in
            _ = WireScan.fields(bytes) { _, message in
                _ = WireScan.fields(message) { number, body in
                    switch number {
                    case 11:
                        traffic.verdictBytes += message.count
                        take(verdicts: body, index)
                        arrivals.append((index, .verdicts))
                    case 13:
                        traffic.changesBytes += message.count
                        take(changes: body, index, connection)
                        arrivals.append((index, .changes))
                    default: needsDecoding = true
                    }
                }
            }
        }
        if needsDecoding { decode(bytes, index, connection) }
        return arrivals
    }

    private mutating func take(verdicts: UnsafeRawBufferPointer, _ index: Int) {
        let receipts = WireScan.receipts(verdicts)
        if !devices[index].tookVerdicts(receipts) { failure = failure ?? "verdicts that answer no upload" }
        sendUploads(of: index)
        traffic.receipts += receipts
    }

    private mutating func take(changes: UnsafeRawBufferPointer, _ index: Int, _ connection: ConnectionID) {
        guard let changes = WireScan.changes(changes) else {
            failure = failure ?? "changes that are no message"
            return
        }
        traffic.rows += changes.rows
        if changes.isComplete, !devices[index].isCaughtUp {
            devices[index].isCaughtUp = true
            devices[index].completedAt = DispatchTime.now().uptimeNanoseconds
            caughtUp += 1
        }
        if devices[index].isStalled { return }
        var confirm = WireConfirm()
        confirm.cursor = Data(changes.cursor)
        connector?.send(WireFrame.bytes(.confirm(confirm)), lane: .urgent, to: connection)
    }

    /// The messages before the session, of which there are few.
    private mutating func decode(_ bytes: [UInt8], _ index: Int, _ connection: ConnectionID) {
        do {
            for message in try WireFrame(serializedBytes: bytes).messages {
                switch message.body {
                case .enrolled(let enrolled): try take(enrolled, index, connection)
                case .challenge(let challenge): try answer(challenge, index, connection)
                case .welcome: devices[index].phase = .open
                case .failure(let reason) where comesBack && reason.code == .retryLater: break
                case .failure(let reason): failure = failure ?? "the hub ended a session: \(reason.message)"
                default: break
                }
            }
        } catch {
            failure = failure ?? "\(error)"
        }
    }

    private mutating func take(_ enrolled: WireEnrolled, _ index: Int, _ connection: ConnectionID) throws {
        guard case .enrolling(_, _, let privateKey) = devices[index].phase,
            let replica = ReplicaID(bytes: enrolled.replica), let hub = ReplicaID(bytes: enrolled.hub),
            let user = RowID(bytes: enrolled.user)
        else { throw BenchmarkFailure("an enrolment that makes no sense") }
        devices[index].identity = .init(replica: replica, hub: hub, site: enrolled.site, user: user, privateKey: privateKey)
        devices[index].phase = .enrolled
        self.enrolled += 1
        connector?.close(connection, reason: .local(code: 1000, reason: "enrolled"))
    }

    private mutating func answer(_ challenge: WireChallenge, _ index: Int, _ connection: ConnectionID) throws {
        guard let identity = devices[index].identity else { throw BenchmarkFailure("a challenge to nobody") }
        let message = ReplicaProof.message(hub: identity.hub, replica: identity.replica, nonce: Array(challenge.nonce))
        var proof = WireProof()
        proof.signature = Data(try ReplicaProof.sign(message, privateKey: identity.privateKey))
        connector?.send(WireFrame.bytes(.proof(proof)), lane: .urgent, to: connection)
    }
}

import Dispatch
import ReplicationCore
import ReplicationEngine
import WireProtocol

extension Replica {
    /// Asks the hub what a sync would change, what would be in conflict and what refused, on a connection of its own.
    /// Nothing changes, here or there, and the replica need not be online.
    ///
    /// - Throws: `ReplicaError`: unreachable, timed out, or blocked with what the hub said.
    public func preview(
        _ endpoint: Endpoint, transport: TransportMaker, app: String = "converge", within limit: Duration = .seconds(30)
    ) async throws -> SyncPreview {
        let (replica, entries) = try core.withLock { core in
            (core.driver.replica, try store.read { try $0.unanswered() })
        }
        let privateKey = replica.identity.privateKey
        let session = PreviewSession(replica: replica, entries: entries, app: app)
        let (events, continuation) = AsyncStream.makeStream(of: TransportEvent.self)
        let made = try transport { continuation.yield($0) }
        defer { DispatchQueue.global().async { made.stop() } }
        let connection: ConnectionID
        do {
            connection = try made.connect(to: endpoint)
        } catch {
            throw ReplicaError(.unreachable, "\(error)")
        }
        let deadline = DispatchWorkItem { continuation.finish() }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(limit.components.seconds)), execute: deadline)
        defer { deadline.cancel() }
        for await event in events {
            switch event {
            case .opened(let id, _) where id == connection:
                made.send(session.opening(wall: SystemClock.now().wall), lane: .urgent, to: connection)
            case .closed(let id, let reason) where id == connection:
                throw ReplicaError(.unreachable, reason.words)
            case .received(let id, let bytes) where id == connection:
                switch try session.received(bytes, sign: { try ReplicaProof.sign($0, privateKey: privateKey) }) {
                case .send(let answer): made.send(answer, lane: .urgent, to: connection)
                case .wait: break
                case .failed(let message): throw ReplicaError(.blocked, message)
                case .done(let preview):
                    made.close(connection, reason: .local(code: 1000, reason: "previewed"))
                    return try store.read { try replica.preview(preview, asked: session.count, in: $0) }
                }
            case .opened, .closed, .received, .drained: break
            }
        }
        throw ReplicaError(.timedOut, "The hub did not answer in time. Nothing was changed; ask again.")
    }
}

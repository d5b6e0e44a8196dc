import Dispatch
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

extension Replica {
    /// Makes this device a replica of a hub, with a single-use code from an administrator. Its private key
    /// is made here and never leaves the store.
    ///
    /// - Parameter parse: reads the schema file that the hub sends.
    /// - Throws: `ReplicaError`, or what the store throws.
    public static func enrol(
        store: any DeviceStore, endpoint: Endpoint, code: String, deviceName: String,
        transport: TransportMaker, within limit: Duration = .seconds(30),
        parse: (String) throws -> Schema
    ) async throws {
        let keys = ReplicaProof.makeKeys()
        let request = Enrolment.request(code: code, publicKey: keys.publicKey, deviceName: deviceName)
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
        DispatchQueue.global().asyncAfter(
            deadline: .now() + .seconds(Int(limit.components.seconds)), execute: deadline)
        defer { deadline.cancel() }
        for await event in events {
            switch event {
            case .opened(let id, _) where id == connection: made.send(request, lane: .urgent, to: connection)
            case .closed(let id, let reason) where id == connection:
                throw ReplicaError(.unreachable, reason.words)
            case .received(let id, let bytes) where id == connection:
                switch try Enrolment.answer(bytes) {
                case .refused(let message): throw ReplicaError(.notEnrolled, message)
                case .enrolled(let enrolled):
                    let schema = try parse(enrolled.schema)
                    try Enrolment.store(
                        enrolled, privateKey: keys.privateKey, endpoint: endpoint.description, schema: schema, in: store)
                    made.close(connection, reason: .local(code: 1000, reason: "enrolled"))
                    return
                }
            case .opened, .closed, .received, .drained: break
            }
        }
        throw ReplicaError(.timedOut, "The hub did not answer the enrolment in time. Try again with the same code.")
    }
}

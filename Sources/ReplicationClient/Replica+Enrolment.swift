import Dispatch
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

extension Replica {
    /// Makes this device a replica of a hub, with a single-use code from an administrator. Its private key
    /// is made here and never leaves the store.
    ///
    /// After a failure it may be tried again with the same code and the same store: if the hub did enrol the
    /// device and only its answer was lost, it answers again.
    ///
    /// - Parameters:
    ///   - store: of the device; nothing is enrolled in it.
    ///   - endpoint: of the hub.
    ///   - code: single-use, from an administrator.
    ///   - deviceName: by which people know the device.
    ///   - transport: makes the transport, which is stopped before this returns.
    ///   - limit: how long it may take.
    ///   - parse: reads the schema file that the hub sends.
    /// - Throws: `ReplicaError`, or what the store throws.
    public static func enrol(
        store: any DeviceStore, endpoint: Endpoint, code: String, deviceName: String,
        transport: TransportMaker, within limit: Duration = .seconds(30),
        parse: (String) throws -> Schema
    ) async throws {
        let keys = try Enrolment.keys(in: store)
        // A handful is all that an enrolment consists of; what a talkative hub says beyond it is dropped.
        let (events, continuation) = AsyncStream.makeStream(of: TransportEvent.self, bufferingPolicy: .bufferingOldest(16))
        let made = try transport { continuation.yield($0) }
        let enrolled: WireEnrolled
        do {
            let deadline = DispatchWorkItem { continuation.finish() }
            defer { deadline.cancel() }
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(limit.milliseconds), execute: deadline)
            let request = Enrolment.request(code: code, publicKey: keys.publicKey, deviceName: deviceName)
            enrolled = try await answer(to: request, from: endpoint, through: made, events)
        } catch {
            await stop(made)
            throw error
        }
        // Before anything else, so that nothing of the transport runs when this returns.
        await stop(made)
        let schema = try parse(enrolled.schema)
        try Enrolment.store(
            enrolled, privateKey: keys.privateKey, endpoint: endpoint.description, schema: schema, in: store)
    }

    private static func answer(
        to request: [UInt8], from endpoint: Endpoint, through transport: any ConnectingTransport,
        _ events: AsyncStream<TransportEvent>
    ) async throws -> WireEnrolled {
        let connection: ConnectionID
        do {
            connection = try transport.connect(to: endpoint)
        } catch {
            throw ReplicaError(.unreachable, "\(error)")
        }
        for await event in events {
            switch event {
            case .opened(let id, _) where id == connection: transport.send(request, lane: .urgent, to: connection)
            case .closed(let id, let reason) where id == connection: throw ReplicaError(.unreachable, reason.words)
            case .received(let id, let bytes) where id == connection:
                switch try Enrolment.answer(bytes) {
                case .refused(let message): throw ReplicaError(.notEnrolled, message)
                case .enrolled(let enrolled):
                    transport.close(connection, reason: .local(code: 1000, reason: "enrolled"))
                    return enrolled
                }
            case .opened, .closed, .received, .drained: break
            }
        }
        throw ReplicaError(.timedOut, "The hub did not answer the enrolment in time. Try again with the same code.")
    }

    /// Stops it on a thread that may wait.
    private static func stop(_ transport: any ConnectingTransport) async {
        await withCheckedContinuation { stopped in
            DispatchQueue.global().async {
                transport.stop()
                stopped.resume()
            }
        }
    }
}

extension Duration {
    /// Rounded up, so that a short wait is none too short.
    fileprivate var milliseconds: Int {
        Int(clamping: components.seconds * 1_000 + (components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import SwiftProtobuf
import Synchronization
import WebSocketTransport
import WireProtocol

/// Gives commands to the hub that serves a data folder, one at a time.
public final class ControlClient {
    private let token: Data
    private let connector: WebSocketConnector
    private let connection: ConnectionID
    private let incoming: Incoming
    private var lastRequest: UInt64 = 0

    /// Replies, handed from the transport's thread to the command.
    private final class Incoming: Sendable {
        let events = Mutex<[TransportEvent]>([])
        let arrived = DispatchSemaphore(value: 0)

        func put(_ event: TransportEvent) {
            events.withLock { $0.append(event) }
            arrived.signal()
        }

        func next(seconds: Double) -> TransportEvent? {
            guard arrived.wait(timeout: .now() + seconds) == .success else { return nil }
            return events.withLock { $0.removeFirst() }
        }
    }

    /// - Parameter folder: the hub's data folder, on this machine.
    /// - Throws: `ControlFailure`.
    public init(dataFolder folder: String) throws {
        let control = try ControlFile.read(in: folder)
        // What is no token is none that the hub takes, and it says so.
        token = Data(Hexadecimal.bytes(control.token) ?? [])
        let incoming = Incoming()
        self.incoming = incoming
        connector = try WebSocketConnector { incoming.put($0) }
        do {
            connection = try connector.connect(to: Endpoint(host: "127.0.0.1", port: control.port, isSecure: false))
        } catch {
            connector.stop()
            throw error
        }
        guard case .opened = incoming.next(seconds: 10) else {
            connector.stop()
            throw ControlFailure("The hub that serves \(folder) does not answer on port \(control.port). If it was killed, start it again: converge serve --data \(folder)", code: 2)
        }
    }

    public func stop() { connector.stop() }

    /// Sends a command, and waits for its reply.
    /// - Throws: `ControlFailure`, with what the hub says to it.
    public func perform(_ command: WireControlRequest.OneOf_Command) throws -> WireControlReply.OneOf_Result {
        lastRequest += 1
        var request = WireControlRequest()
        request.token = token
        request.request = lastRequest
        request.command = command
        connector.send(WireFrame.bytes(.controlRequest(request)), lane: .urgent, to: connection)
        while let event = incoming.next(seconds: 120) {
            switch event {
            case .received(_, let bytes):
                for message in try WireFrame(serializedBytes: bytes).messages {
                    switch message.body {
                    case .controlReply(let reply) where reply.request == lastRequest:
                        guard let result = reply.result else { continue }
                        if case .error(let text) = result { throw ControlFailure(text) }
                        return result
                    case .failure(let failure): throw ControlFailure(failure.message)
                    default: continue
                    }
                }
            case .closed(_, let reason):
                throw ControlFailure("The hub closed the connection (\(reason)). Look at its own output.", code: 2)
            case .opened, .drained: continue
            }
        }
        throw ControlFailure("The hub did not answer within two minutes. Look at its own output. What was sent may still be carried out; each step is done whole or not at all.", code: 2)
    }
}

import Foundation
import ReplicationCore
import WireProtocol

/// One connection that asks what a sync would do: bytes in, bytes out. It changes nothing at either side.
public struct PreviewSession: Sendable {
    private let hello: SessionHello
    private let entries: [OutboxEntry]

    /// What to do after a message.
    public enum Step: Sendable {
        case send([UInt8])
        case wait
        case done(WirePreview)
        /// It cannot be answered, and what to do about it.
        case failed(String)
    }

    /// - Parameters:
    ///   - replica: whose sync is asked about.
    ///   - entries: the unanswered ones, by rising counter; what is beyond the hub's window is left out.
    ///   - app: name and version, for the hub's log.
    public init(replica: DeviceReplica, entries: [OutboxEntry], app: String) {
        hello = SessionHello(replica, app: app, firstUnanswered: nil)
        var bytes = 0
        self.entries = Array(entries.prefix { entry in
            bytes += entry.changeset.count
            return bytes <= ProtocolLimits.uploadWindowBytes
        })
    }

    /// How many changesets are asked about.
    public var count: Int { entries.count }

    /// The first message.
    public func opening(wall: UInt64) -> [UInt8] {
        var message = hello.message(wall: wall)
        message.preview = true
        return WireFrame.bytes(.hello(message))
    }

    /// - Parameters:
    ///   - bytes: one message of the transport.
    ///   - sign: Ed25519 with the replica's private key.
    public func received(_ bytes: [UInt8], sign: ([UInt8]) throws -> [UInt8]) throws -> Step {
        var step = Step.wait
        for message in try WireFrame(serializedBytes: bytes).messages {
            switch message.body {
            case .challenge(let challenge):
                guard ReplicaID(bytes: challenge.hub) == hello.hub else {
                    return .failed("Another hub answers at this address: it is not the one that this device was enrolled at.")
                }
                var proof = WireProof()
                proof.signature = Data(try sign(ReplicaProof.message(
                    hub: hello.hub, replica: hello.replica, nonce: Array(challenge.nonce))))
                step = .send(WireFrame.bytes(.proof(proof)))
            case .welcome(let welcome):
                guard welcome.capabilities.contains(ProtocolLimits.previewCapability) else {
                    return .failed("The hub is of a version that answers no preview. Update it, or sync.")
                }
                var request = WirePreviewRequest()
                request.request = 1
                request.envelopes = entries.map(\.envelope)
                step = .send(WireFrame.bytes(.previewRequest(request)))
            case .preview(let preview): return .done(preview)
            case .failure(let failure): return .failed(failure.message)
            default: continue
            }
        }
        return step
    }
}

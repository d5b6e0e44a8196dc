import Foundation
import ReplicationCore
import WireProtocol

/// How a device becomes a replica: one message each way, on a connection of its own.
public enum Enrolment {
    /// The key pair to ask with. It is kept until the hub has answered, so that a device whose answer was
    /// lost can ask again with the same code: the hub repeats its answer to the same public key.
    public static func keys(in store: any DeviceStore) throws -> (privateKey: [UInt8], publicKey: [UInt8]) {
        try store.write { store in
            if let kept = try store.enrolmentKey { return (kept, try ReplicaProof.publicKey(of: kept)) }
            let keys = ReplicaProof.makeKeys()
            try store.save(enrolmentKey: keys.privateKey)
            return keys
        }
    }

    /// The message that asks for it.
    public static func request(code: String, publicKey: [UInt8], deviceName: String) -> [UInt8] {
        var message = WireEnrol()
        message.protocol = ProtocolLimits.versions.upperBound
        message.code = code
        message.publicKey = Data(publicKey)
        message.deviceName = deviceName
        return WireFrame.bytes(.enrol(message))
    }

    /// What the hub answered.
    public enum Answer: Sendable {
        case enrolled(WireEnrolled)
        /// Not enrolled, with what to do about it.
        case refused(String)
    }

    public static func answer(_ bytes: [UInt8]) throws -> Answer {
        for message in try WireFrame(serializedBytes: bytes).messages {
            if case .enrolled(let enrolled) = message.body { return .enrolled(enrolled) }
            if case .failure(let failure) = message.body { return .refused(failure.message) }
        }
        return .refused("The hub answered something else than was asked.")
    }

    /// Stores who the device is now.
    ///
    /// A device that is enrolled again, as the same user at the same hub, keeps its outbox: what has no
    /// receipt goes on under the new site.
    public static func store(
        _ enrolled: WireEnrolled, privateKey: [UInt8], endpoint: String, schema: Schema, in store: any DeviceStore
    ) throws {
        guard let replica = ReplicaID(bytes: enrolled.replica), let hub = ReplicaID(bytes: enrolled.hub),
            let user = RowID(bytes: enrolled.user)
        else { throw DeviceError(.malformed, "The hub's answer to the enrolment lacks an identity.") }
        let identity = DeviceIdentity(
            replica: replica, hub: hub, user: user, privateKey: privateKey, endpoint: endpoint,
            schemaText: enrolled.schema)
        let held = store.schema
        try store.write { store in
            try store.save(enrolmentKey: nil)
            if let before = try store.identity {
                guard before.hub == hub, before.user == user else {
                    throw DeviceError(.refused(Refusal(.wrongAuthor, "This store belongs to another user or hub.")), "This store belongs to another user or hub. Choose another folder.")
                }
                // The schema may have gone on since, and the rows with it.
                if let held, schema.history.lens(from: held.version) != nil {
                    var former = try DeviceReplica(from: store, schema: held)
                    try former.adopt(schema, text: enrolled.schema, in: store)
                }
                try store.enrol(identity, schema: schema)
                var known = try DeviceReplica(from: store, schema: schema)
                try known.adopt(site: enrolled.site, in: store)
                var progress = known.progress
                progress.cursor = []
                // The epoch rises when what the hub has lost is handed in.
                progress.role = enrolled.role
                try store.save(progress)
            } else {
                try store.enrol(identity, schema: schema)
                try store.save(DeviceProgress(site: enrolled.site, role: enrolled.role, epoch: enrolled.epoch))
            }
        }
    }
}

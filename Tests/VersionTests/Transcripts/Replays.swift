import Foundation
import ReplicationCore
import SQLiteStore
import TestSupport
import WireProtocol

@testable import ReplicationEngine

extension Transcript {
    /// Gives the recorded frames of the devices to a hub of today, with a copy of the store that was kept.
    ///
    /// - Parameter kept: the folder of the stores.
    /// - Returns: what the hub sent each device.
    func replayedToHub(kept: String) throws -> [String: [[UInt8]]] {
        let house = try House(copiedFrom: kept, version: hubVersion)
        let keys = try deviceIdentities(kept)
        let names = Dictionary(steps.map { ($0.connection, $0.device) }) { first, _ in first }
        var sent: [String: [[UInt8]]] = [:]
        var nonces: [UInt64: [UInt8]] = [:]
        for step in steps {
            house.wall = step.hubWall
            let connection = ConnectionID(rawValue: step.connection)
            let event: TransportEvent
            switch step.kind {
            case .opened: event = .opened(connection, peer: "device")
            case .closed: event = .closed(connection, .lost("closed"))
            case .down: continue
            case .up:
                var frame = try WireFrame(serializedBytes: step.frame)
                if let identity = keys[step.device], let nonce = nonces[step.connection] {
                    try frame.sign(nonce, as: identity)
                }
                event = .received(connection, try frame.serializedBytes())
            }
            try house.take(event) { connection, bytes in
                guard let name = names[connection.rawValue] else { return }
                sent[name, default: []].append(bytes)
                for case .challenge(let challenge)? in try WireFrame(serializedBytes: bytes).messages.map(\.body) {
                    nonces[connection.rawValue] = Array(challenge.nonce)
                }
            }
        }
        return sent
    }

    private func deviceIdentities(_ kept: String) throws -> [String: DeviceIdentity] {
        let folder = NSTemporaryDirectory() + "converge-replay-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        return try Dictionary(uniqueKeysWithValues: devices.map { name in
            let store = try SQLiteDeviceStore(
                folder: House.copy(of: name, in: kept, to: folder), parse: LabVersions.parse)
            defer { try? store.close() /* It is a copy. */ }
            guard let identity = try store.read({ try $0.identity }) else { throw House.Trouble(what: "\(name) is not enrolled") }
            return (name, identity)
        })
    }

    /// Gives what the hub had sent to a device of today, with a copy of the store that was kept.
    ///
    /// - Returns: what the device sent, and what its tables show then.
    func replayedToDevice(_ name: String, kept: String) throws -> (sent: [[UInt8]], shown: [String: [String: String]]) {
        let folder = NSTemporaryDirectory() + "converge-replay-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        let device = try Device(openedIn: House.copy(of: name, in: kept, to: folder))
        var sent: [[UInt8]] = []
        var isConnecting = false
        func perform() {
            while case let effects = device.driver.takeEffects(), !effects.isEmpty {
                for effect in effects {
                    switch effect {
                    case .send(_, let bytes, _): sent.append(bytes)
                    case .connect: isConnecting = true
                    case .close, .event, .touched, .signals: break
                    }
                }
            }
        }
        for step in steps where step.device == name {
            device.now.wall = step.deviceWall
            device.now.monotonic = step.monotonic
            let connection = ConnectionID(rawValue: step.connection)
            switch step.kind {
            case .opened:
                device.driver.goOnline(at: device.now)
                device.driver.tick(at: device.now)
                perform()
                guard isConnecting else { throw House.Trouble(what: "\(name) does not connect") }
                device.driver.connecting(connection)
                device.driver.handle(.opened(connection, peer: "hub"), at: device.now)
            case .down: device.driver.handle(.received(connection, step.frame), at: device.now)
            case .closed: device.driver.handle(.closed(connection, .lost("closed")), at: device.now)
            case .up: break
            }
            perform()
        }
        return (sent, try device.shown())
    }

    /// What was recorded, by device.
    func recorded(_ kind: Step.Kind) -> [String: [[UInt8]]] {
        Dictionary(grouping: steps.filter { $0.kind == kind }, by: \.device).mapValues { $0.map(\.frame) }
    }
}

extension WireFrame {
    /// Puts the device's signature over today's nonce in the place of the recorded one.
    fileprivate mutating func sign(_ nonce: [UInt8], as identity: DeviceIdentity) throws {
        for index in messages.indices {
            guard case .proof(var proof)? = messages[index].body else { continue }
            let message = ReplicaProof.message(hub: identity.hub, replica: identity.replica, nonce: nonce)
            proof.signature = Data(try ReplicaProof.sign(message, privateKey: identity.privateKey))
            messages[index].body = .proof(proof)
        }
    }
}

extension Device {
    /// What its tables show: by collection, rows by identity, each as text.
    func shown() throws -> [String: [String: String]] {
        var shown: [String: [String: String]] = [:]
        for collection in driver.replica.schema.collections {
            for row in try store.query("SELECT id FROM \"\(collection.name)\"", []) {
                guard case .bytes(let bytes)? = row.values.first, let id = RowID(bytes: bytes) else { continue }
                let fields = try values(collection.name, id).filter { $0.key != "id" }.sorted { $0.key < $1.key }
                shown[collection.name, default: [:]][id.description] =
                    fields.map { "\($0.key) \($0.value.inWords)" }.joined(separator: ", ")
            }
        }
        return shown
    }
}

extension Value {
    /// For people, and for comparing by text.
    var inWords: String {
        switch self {
        case .null: "nothing"
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): "“\(value)”"
        case .bytes(let value): RowID(bytes: value)?.description ?? Hex.text(value)
        }
    }
}

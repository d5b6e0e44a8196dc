import Foundation
import ReplicationCore
import WireProtocol

extension Hub {
    // MARK: Questions

    mutating func receive(_ request: WireDigestRequest, _ open: OpenSession, from connection: ConnectionID) {
        ask(.digests(request: request.request), open, connection)
    }

    mutating func receive(_ request: WireRangesRequest, _ open: OpenSession, from connection: ConnectionID) {
        let ranges = request.ranges.prefix(ProtocolLimits.rangesPerRequest).compactMap { RowRange($0) }
        // No row is read twice for one request.
        let areDisjoint = zip(ranges, ranges.dropFirst()).allSatisfy { first, second in
            if let end = first.upTo, let begin = second.after { end <= begin } else { false }
        }
        guard !ranges.isEmpty, ranges.count == request.ranges.count, areDisjoint else {
            return fail(connection, .malformed, "A request for ranges has 1 to \(ProtocolLimits.rangesPerRequest) of them, disjoint and rising, and their keys have 20 bytes or none.")
        }
        ask(.ranges(request: request.request, ranges), open, connection)
    }

    mutating func receive(_ request: WireRowsRequest, _ open: OpenSession, from connection: ConnectionID) {
        let bytes = Array(request.keys.prefix(20 * ProtocolLimits.rowsPerRepair + 1))
        let keys = stride(from: 0, to: bytes.count, by: 20).compactMap { RowKey(packed: bytes[$0..<min($0 + 20, bytes.count)]) }
        guard !keys.isEmpty, 20 * keys.count == request.keys.count, zip(keys, keys.dropFirst()).allSatisfy(<) else {
            return fail(connection, .malformed, "A request for rows has 1 to \(ProtocolLimits.rowsPerRepair) keys of 20 bytes, and they rise.")
        }
        ask(.rows(request: request.request, keys), open, connection)
    }

    /// What the device has to be sent goes first, and the answer is read from the same snapshot as the end of that. One
    /// question may be open: a later one takes the place of one that is not being answered yet.
    private mutating func ask(_ question: SyncQuestion, _ open: OpenSession, _ connection: ConnectionID) {
        // A device without access is shown nothing.
        if open.handIn != nil { return }
        var changed = open
        changed.question = question
        sessions[connection]?.phase = .open(changed)
        fallBehind(connection)
        continueCatchUp(connection)
    }

    // MARK: An administrator asks

    mutating func verify(_ command: WireVerifyCommand, _ request: UInt64, _ connection: ConnectionID) {
        if command.device.isEmpty { return actions.append(.read(.compareSums(connection, request: request))) }
        let name = command.device.lowercased()
        let named = connections.values.sorted().filter {
            guard case .open(let open) = sessions[$0]?.phase, open.handIn == nil else { return false }
            let replica = open.replica
            return [replica.id.description.lowercased(), "\(replica.site)", replica.name.lowercased()].contains(name)
        }
        guard let device = named.first, named.count == 1 else {
            return replyError(
                named.isEmpty
                    ? "No device '\(command.device)' is connected now. `converge status` lists devices and which of them are connected; compare this one when it is."
                    : "Several connected devices are called '\(command.device)'. Name it by its id or its site, as `converge status` lists them.",
                request, connection)
        }
        guard case .open(let open) = sessions[device]?.phase, open.repairs else {
            return replyError("The app on '\(command.device)' is from before devices could be asked to compare themselves. Update it, or verify on the device.", request, connection)
        }
        guard verifications[device] == nil else {
            return replyError("'\(command.device)' is comparing itself already. Try again in a minute.", request, connection)
        }
        verifications[device] = Verification(
            asker: connection, request: request, replica: open.replica, deadline: now + HubLimits.verifyMilliseconds)
        var message = WireVerify()
        message.request = request
        send(.verify(message), to: device)
    }

    mutating func receive(_ verified: WireVerified, from device: ConnectionID) {
        // One that comes late answers nobody.
        guard let verification = verifications[device], verified.request == verification.request else { return }
        verifications[device] = nil
        do throws(WireError) {
            let at = try verified.at.core()
            reply(verification.asker, verification.request) { $0.report = verification.json(verified, at: at) }
        } catch {
            replyError("'\(verification.replica.name)' has answered with a place that none can be. Report a defect of its app.", verification.request, verification.asker)
            fail(device, .malformed, "'Verified' names a place that none can be.")
        }
    }

    /// The device is gone before it could say anything.
    mutating func endVerification(of device: ConnectionID) {
        guard let verification = verifications.removeValue(forKey: device) else { return }
        replyError("'\(verification.replica.name)' has left before it was compared. Nothing is wrong by that; ask again when it is connected.", verification.request, verification.asker)
    }

    mutating func endLateVerifications() {
        for (device, verification) in verifications.sorted(by: { $0.key < $1.key }) where now >= verification.deadline {
            verifications[device] = nil
            replyError("'\(verification.replica.name)' has not answered within \(HubLimits.verifyMilliseconds / 1_000) s. It may be busy catching up over a slow line; ask again later.", verification.request, verification.asker)
        }
    }
}

/// An administrator who waits for a device to compare itself.
struct Verification: Sendable {
    let asker: ConnectionID
    let request: UInt64
    let replica: ReplicaRecord
    /// By the hub's wall clock.
    let deadline: UInt64

    func json(_ verified: WireVerified, at: CommitSequence) -> String {
        func hexadecimal(_ bytes: Data) -> String {
            ValueJSON.string(Hexadecimal.text(bytes.prefix(32)))
        }
        let members = [
            ("device", ValueJSON.string(replica.name)), ("id", ValueJSON.string(replica.id.description)),
            ("site", "\(replica.site)"), ("at", ValueJSON.string(at.description)), ("equal", verified.equal ? "true" : "false"),
            ("rows", "\(verified.rows)"), ("cells", "\(verified.cells)"), ("sum", hexadecimal(verified.sum)),
            ("fingerprint", hexadecimal(verified.fingerprint)), ("missing", "\(verified.missing)"),
            ("extra", "\(verified.extra)"), ("changed", "\(verified.changed)"), ("bytesSent", "\(verified.bytesSent)"),
            ("bytesReceived", "\(verified.bytesReceived)"), ("restarted", verified.restarted ? "true" : "false"),
        ]
        return "{" + members.map { "\(ValueJSON.string($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }
}

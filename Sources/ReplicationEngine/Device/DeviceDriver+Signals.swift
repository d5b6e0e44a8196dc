import Foundation
import ReplicationCore
import WireProtocol

/// Live values: sent while there is a session, and shown while they live.
extension DeviceDriver {
    /// The live values that this device may show now, by topic.
    public func signals(at now: DeviceInstant) -> [LiveSignal] { live.shown(at: now) }

    /// Sends a live value to the hub, which passes it on to those who may be shown it, and to this device as well. It is
    /// kept nowhere: if the connection is lost, or the hub does not take it (`ReplicaEvent.signalDropped`), it is gone.
    ///
    /// - Throws: `DeviceError`: `notConnected`, `unknownName`, or `refused` for what the hub would not take.
    public mutating func send(_ draft: SignalDraft, at now: DeviceInstant) throws {
        let message = try message(draft, at: now)
        guard session?.send(message) == true else {
            throw DeviceError(.notConnected, "There is no session with a hub that takes live values. They are sent to those who are there, and kept for nobody: send the newest one when the device is connected.")
        }
        perform(at: now)
    }

    private func message(_ draft: SignalDraft, at now: DeviceInstant) throws -> WireSignal {
        let schema = replica.schema
        guard let kind = schema.signal(named: draft.name) else {
            throw DeviceError(.unknownName, "The schema has no signal '\(draft.name)'.")
        }
        let role = replica.progress.role
        guard kind.senders.contains(role), !kind.isOwn || draft.row == replica.identity.user else {
            throw DeviceError.refused(Refusal(.noRight, "This user may not send \(kind.label) (\(kind.name)) about this row."))
        }
        var values: [UInt32: Value] = [:]
        for (name, value) in draft.values {
            guard let field = kind.field(named: name) else {
                throw DeviceError(.unknownName, "The signal '\(kind.name)' has no field '\(name)'.")
            }
            values[field.number] = value
        }
        if let refusal = kind.refusal(of: values, in: schema) { throw DeviceError.refused(refusal) }
        var message = WireSignal()
        message.signal = kind.number
        message.row = Data(draft.row.bytes)
        message.fields = SignalCodec.fields(values)
        message.ttlMilliseconds = draft.lifeMilliseconds ?? 0
        if let evidence = replica.progress.hubClock?.evidence(at: now) { message.clock = WireClockEvidence(evidence) }
        return message
    }

    /// What came of the hub.
    mutating func take(_ message: WireSignal, at now: DeviceInstant) {
        if live.take(message, schema: replica.schema, estimate: replica.progress.hubClock, at: now) { noteSignals() }
    }

    mutating func forgetSignals() { if live.forget() { noteSignals() } }

    mutating func expireSignals(at now: DeviceInstant) { if live.expire(at: now) { noteSignals() } }

    private mutating func noteSignals() { effects.append(.signals) }
}

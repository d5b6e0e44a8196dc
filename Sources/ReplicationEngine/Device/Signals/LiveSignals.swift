import ReplicationCore
import WireProtocol

/// The live values that a device was given, in memory only. At most `DeviceLimits.topics`: beyond that a hub sends more
/// than any is to hold, and what is new is left.
struct LiveSignals: Sendable {
    private var values: [SignalTopic: LiveSignal] = [:]
    /// When the first of the values ends, at the earliest.
    private var nextEnd = UInt64.max

    /// What is shown at a moment, by topic.
    func shown(at now: DeviceInstant) -> [LiveSignal] {
        values.values.filter { $0.endsMonotonic > now.monotonic }.sorted { $0.topic < $1.topic }
    }

    /// Takes in what the hub sent. What this device's schema does not know is left.
    ///
    /// - Parameter estimate: what the device knows of the hub's clock: a value that was long under way is not shown for
    ///   longer than one that came at once.
    /// - Returns: true if something is shown otherwise now.
    mutating func take(_ message: WireSignal, schema: Schema, estimate: HubClockEstimate?, at now: DeviceInstant) -> Bool {
        guard let topic = SignalCodec.topic(of: message), let kind = schema.signal(topic.signal) else { return false }
        if message.withdrawn { return values.removeValue(forKey: topic) != nil }
        if let held = values[topic], held.order >= message.order { return false }
        guard let sender = RowID(bytes: message.sender), let fields = fields(of: message, kind, schema),
            values[topic] != nil || values.count < DeviceLimits.topics
        else { return false }
        let left = remaining(of: message, kind, estimate, now)
        guard left > 0 else { return values.removeValue(forKey: topic) != nil }
        let signal = LiveSignal(
            topic: topic, name: kind.name, values: fields, sender: sender, made: message.hasClock ? message.clock.core : nil,
            endsMonotonic: now.monotonic + left, order: message.order)
        values[topic] = signal
        nextEnd = min(nextEnd, signal.endsMonotonic)
        return true
    }

    /// By name. Fields that this device's schema does not know are left out; nil if one that it knows does not fit.
    private func fields(of message: WireSignal, _ kind: SignalKind, _ schema: Schema) -> [String: Value]? {
        let values: [UInt32: Value]
        do {
            values = try SignalCodec.values(of: message)
        } catch {
            return nil
        }
        var named: [String: Value] = [:]
        for field in kind.fields {
            guard let value = values[field.number], !value.isNull else { continue }
            if field.field.refusal(of: value, in: schema) != nil { return nil }
            named[field.field.name] = value
        }
        return named
    }

    /// What is left of a value's life, in milliseconds: by its age, and by the hub's clock where that says less.
    private func remaining(
        of message: WireSignal, _ kind: SignalKind, _ estimate: HubClockEstimate?, _ now: DeviceInstant
    ) -> UInt64 {
        let life = UInt64(min(message.ttlMilliseconds, kind.lifeMilliseconds))
        let left = life - min(life, UInt64(message.ageMilliseconds))
        guard message.hasClock, let hub = estimate?.evidence(at: now) else { return left }
        // At the earliest that it can be there by now.
        let there = hub.hubMilliseconds - min(hub.hubMilliseconds, UInt64(hub.uncertaintyMilliseconds))
        let age = there - min(there, message.clock.hubMilliseconds)
        return min(left, life - min(life, age))
    }

    /// A session has begun: what lives, the hub gives anew.
    /// - Returns: true if something was shown.
    mutating func forget() -> Bool {
        defer { values = [:] }
        return !values.isEmpty
    }

    /// Lets go of what has ended.
    /// - Returns: true if there was any.
    mutating func expire(at now: DeviceInstant) -> Bool {
        guard now.monotonic >= nextEnd else { return false }
        let before = values.count
        values = values.filter { $0.value.endsMonotonic > now.monotonic }
        nextEnd = values.values.lazy.map(\.endsMonotonic).min() ?? .max
        return values.count < before
    }
}

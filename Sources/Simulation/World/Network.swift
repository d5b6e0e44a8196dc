import ReplicationEngine

/// The network between devices and the hub: connections that are slow, lost or half open.
final class Network {
    private let world: World
    private let quality: Conditions.NetworkQuality
    private weak var hub: HubNode?
    private var links: [ConnectionID: Link] = [:]
    private var last: UInt64 = 0
    /// Devices without a network.
    private var partitioned: Set<Int> = []
    /// How many times slower a device's connections are.
    private var slowness: [Int: UInt64] = [:]

    /// One connection. Both sides call it by the same name.
    private struct Link {
        let device: DeviceNode
        /// The hub has accepted it.
        var isAccepted = false
        /// Carries nothing any more, and nobody knows.
        var isHalfOpen = false
        /// A side that was told of the end.
        var isClosedAtDevice = false
        var isClosedAtHub = false
        /// When the last message of each lane arrives.
        var arrivals: [Direction: [Lane: UInt64]] = [:]
    }

    private enum Direction { case up, down }

    /// After this silence a side gives a half-open connection up, in milliseconds: the transport's bound.
    private static let silence = UInt64(TransportLimits().silenceMilliseconds)

    init(world: World, quality: Conditions.NetworkQuality) {
        self.world = world
        self.quality = quality
    }

    func attach(_ hub: HubNode) { self.hub = hub }

    /// No connection is left.
    func end() { links.removeAll() }

    // MARK: What devices do

    func connect(_ device: DeviceNode) -> ConnectionID {
        last += 1
        let id = ConnectionID(rawValue: last)
        links[id] = Link(device: device)
        world.after(delay(device.index, bytes: 200)) { [self] in
            guard let link = links[id], !link.isClosedAtDevice else { return }
            guard !partitioned.contains(device.index), let hub, hub.isUp else {
                links[id] = nil
                return device.transport(.closed(id, .unreachable("no route to the hub")))
            }
            links[id]?.isAccepted = true
            hub.transport(.opened(id, peer: device.name))
            world.after(delay(device.index, bytes: 200)) { [self] in
                guard let link = links[id], !link.isClosedAtDevice, !link.isHalfOpen else { return }
                device.transport(.opened(id, peer: "hub"))
            }
        }
        return id
    }

    func sendUp(_ id: ConnectionID, _ bytes: [UInt8], _ lane: Lane) {
        carry(id, bytes, lane, .up) { [self] in hub?.transport(.received(id, bytes)) }
    }

    func sendDown(_ id: ConnectionID, _ bytes: [UInt8], _ lane: Lane) {
        guard let device = links[id]?.device else { return }
        carry(id, bytes, lane, .down) { device.transport(.received(id, bytes)) }
    }

    /// The device ends a connection: what it has sent before still arrives.
    func closeFromDevice(_ id: ConnectionID) {
        guard links[id]?.isClosedAtDevice == false else { return }
        links[id]?.isClosedAtDevice = true
        follow(id, .up) { [self] in endAtHub(id, .remote(code: 1000, reason: "")) }
    }

    func closeFromHub(_ id: ConnectionID, code: UInt16, reason: String) {
        guard links[id]?.isClosedAtHub == false else { return }
        links[id]?.isClosedAtHub = true
        // The hub's own transport reports the end to the hub as well.
        world.after(0) { [self] in hub?.transport(.closed(id, .local(code: code, reason: reason))) }
        follow(id, .down) { [self] in endAtDevice(id, .remote(code: code, reason: reason)) }
    }

    // MARK: What goes wrong

    /// The device's connections are lost, with what is under way. The sides learn it at different times.
    func cut(_ device: Int) {
        for id in links.keys.sorted() where links[id]?.device.index == device { lose(id) }
    }

    func halfOpen(_ device: Int) {
        for id in links.keys.sorted() where links[id]?.device.index == device {
            links[id]?.isHalfOpen = true
            world.after(world.chance(Self.silence...Self.silence * 2)) { [self] in endAtDevice(id, .timeout("nothing was heard")) }
            world.after(world.chance(Self.silence...Self.silence * 2)) { [self] in endAtHub(id, .timeout("nothing was heard")) }
        }
    }

    func partition(_ device: Int, _ isOn: Bool) {
        if isOn {
            partitioned.insert(device)
            halfOpen(device)
        } else {
            partitioned.remove(device)
        }
    }

    func slow(_ device: Int, by factor: UInt64) { slowness[device] = factor }

    /// The hub's machine has stopped: its side of every connection is gone, and says nothing.
    func hubStopped() {
        for id in links.keys.sorted() {
            links[id]?.isClosedAtHub = true
            lose(id)
        }
    }

    /// A device's machine has stopped.
    func deviceStopped(_ device: Int) {
        for id in links.keys.sorted() where links[id]?.device.index == device {
            links[id]?.isClosedAtDevice = true
            lose(id)
        }
    }

    /// From now on the network is good.
    func heal() {
        partitioned = []
        slowness = [:]
    }

    private func lose(_ id: ConnectionID) {
        links[id]?.isHalfOpen = true
        world.after(world.chance(0...2_000)) { [self] in endAtDevice(id, .lost("cut")) }
        world.after(world.chance(0...Self.silence)) { [self] in endAtHub(id, .lost("cut")) }
    }

    // MARK: Delivery

    private func carry(_ id: ConnectionID, _ bytes: [UInt8], _ lane: Lane, _ direction: Direction, _ deliver: @escaping () -> Void) {
        guard let link = links[id], !link.isHalfOpen else { return }
        // An earlier lane is written first, so nothing overtakes what was queued there before.
        let before = link.arrivals[direction]?.filter { $0.key.rawValue <= lane.rawValue }.values.max() ?? 0
        let arrival = max(world.now + delay(link.device.index, bytes: UInt64(bytes.count)), before)
        links[id]?.arrivals[direction, default: [:]][lane] = arrival
        world.after(arrival - world.now) { [self] in
            guard let link = links[id], !link.isHalfOpen else { return }
            if direction == .up ? link.isClosedAtHub : link.isClosedAtDevice { return }
            deliver()
        }
    }

    /// After everything that is under way.
    private func follow(_ id: ConnectionID, _ direction: Direction, _ body: @escaping () -> Void) {
        guard let link = links[id], !link.isHalfOpen else { return }
        let last = link.arrivals[direction]?.values.max() ?? 0
        world.after(max(last, world.now) - world.now + 1, body)
    }

    private func endAtDevice(_ id: ConnectionID, _ reason: CloseReason) {
        guard let link = links[id], !link.isClosedAtDevice else { return forgetIfOver(id) }
        links[id]?.isClosedAtDevice = true
        link.device.transport(.closed(id, reason))
        forgetIfOver(id)
    }

    private func endAtHub(_ id: ConnectionID, _ reason: CloseReason) {
        guard let link = links[id], !link.isClosedAtHub else { return forgetIfOver(id) }
        links[id]?.isClosedAtHub = true
        if link.isAccepted { hub?.transport(.closed(id, reason)) }
        forgetIfOver(id)
    }

    private func forgetIfOver(_ id: ConnectionID) {
        if let link = links[id], link.isClosedAtDevice, link.isClosedAtHub { links[id] = nil }
    }

    private func delay(_ device: Int, bytes: UInt64) -> UInt64 {
        let factor = slowness[device] ?? 1
        let latency = world.chance(quality.latency[0]...quality.latency[1])
        return (latency + bytes * 1_000 / quality.bandwidth) * factor
    }
}

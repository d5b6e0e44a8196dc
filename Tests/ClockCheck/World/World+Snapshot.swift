import ReplicationCore
import ReplicationEngine

extension World {
    /// A moment that can be gone back to. Stores in memory only.
    struct Snapshot {
        let state: State
        let planter: Planter
        let hub: MemoryHubState
        let devices: [MemoryDeviceState]
    }

    func snapshot() -> Snapshot {
        Snapshot(
            state: state, planter: planter, hub: memoryHub.state, devices: (0..<Self.devices).map { memoryDevice($0).state })
    }

    func restore(_ snapshot: Snapshot) {
        state = snapshot.state
        planter = snapshot.planter
        memoryHub.state = snapshot.hub
        for device in 0..<Self.devices { memoryDevice(device).state = snapshot.devices[device] }
    }

    /// The same for moments from which the same can follow: everything that any part remembers goes in.
    func fingerprint(_ extra: [Int]) -> Int {
        var hasher = Hasher()
        hasher.combine(extra)
        hasher.combine(state.oracle)
        hasher.combine(state.away)
        let hub = memoryHub.state
        hasher.combine(hub.rows)
        hasher.combine(hub.head)
        hasher.combine(hub.latestEffective)
        for replica in hub.replicas() {
            hasher.combine(replica.site)
            hasher.combine(replica.lastCounter)
            hasher.combine(replica.lastRoot)
        }
        for device in state.devices {
            combine(device.replica.progress, &hasher)
            combine(device.link, &hasher)
        }
        for device in 0..<Self.devices {
            combine(memoryDevice(device).state, &hasher)
            guard let copy = state.copies[device] else { continue }
            combine(copy.store, &hasher)
            combine(copy.store.progress, &hasher)
            hasher.combine(copy.viewer)
        }
        for screen in state.gateway.screens {
            hasher.combine(screen.confirmed)
            hasher.combine(screen.receipts.count)
            for pending in (0..<conditions.rows).flatMap({ screen.pending.operations(on: key($0)) }) {
                hasher.combine(pending.operation)
                hasher.combine(pending.verdict)
            }
        }
        hasher.combine(state.gateway.clock.last)
        hasher.combine(state.gateway.uploaded)
        for sent in state.gateway.outbox { hasher.combine(sent.number) }
        return hasher.finalize()
    }

    private func combine(_ stored: MemoryDeviceState, _ hasher: inout Hasher) {
        hasher.combine(stored.rows)
        for entry in stored.outbox.values.sorted(by: { $0.position < $1.position }) {
            hasher.combine(entry.root)
            hasher.combine(entry.dot)
            hasher.combine(entry.receipt)
            hasher.combine(entry.isSettled)
            hasher.combine(entry.departed)
            hasher.combine(entry.isRenumbered)
        }
    }

    private func combine(_ progress: DeviceProgress, _ hasher: inout Hasher) {
        hasher.combine(progress.cursor)
        hasher.combine(progress.basis)
        hasher.combine(progress.site)
        hasher.combine(progress.lastCounter)
        hasher.combine(progress.clock)
    }

    private func combine(_ link: Link, _ hasher: inout Hasher) {
        hasher.combine(link.isLive)
        hasher.combine(link.sent)
        hasher.combine(link.uploaded)
        hasher.combine(link.isWaiting)
        hasher.combine(link.needsHello)
        for receipt in link.receipts { hasher.combine(receipt.body) }
        for parcel in link.data {
            hasher.combine(parcel.position)
            hasher.combine(parcel.rows)
            hasher.combine(parcel.evicted)
            hasher.combine(parcel.complete)
            hasher.combine(parcel.message.live)
        }
    }

    private var memoryHub: MemoryHubStore {
        guard let memory = hub as? MemoryHubStore else { preconditionFailure("only stores in memory can go back") }
        return memory
    }

    func memoryDevice(_ number: Int) -> MemoryDeviceStore {
        guard let memory = state.devices[number].store as? MemoryDeviceStore else {
            preconditionFailure("only stores in memory can go back")
        }
        return memory
    }
}

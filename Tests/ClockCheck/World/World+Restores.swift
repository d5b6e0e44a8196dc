import ReplicationCore
import ReplicationEngine

/// Devices that go back to a copy of themselves, and what hub and device make of their streams.
extension World {
    func backUp(_ device: Int) {
        state.copies[device] = Copy(store: memoryDevice(device).state, viewer: state.oracle.viewers[device])
    }

    /// The program starts from the copy, without a connection.
    func goBack(_ device: Int) throws {
        guard let copy = state.copies[device] else { return }
        memoryDevice(device).state = copy.store
        state.oracle.viewers[device] = copy.viewer
        try cut(device)
    }

    /// The handshake, as far as it concerns the stream.
    func greet(_ device: Int) throws {
        let id = Self.replica(device)
        guard let record = try hub.read({ try $0.replica(id) }) else { throw Deviation(what: "the hub does not know device \(device)") }
        let progress = state.devices[device].replica.progress
        state.devices[device].link.needsHello = false
        if progress.site != record.site, record.lastCounter == 0 { return try adopt(record.site, device) }
        let isForked = progress.site != record.site || progress.lastCounter < record.lastCounter
            || (progress.lastCounter == record.lastCounter && progress.lastRoot != record.lastRoot)
        guard isForked else {
            state.devices[device].link.uploaded = min(state.devices[device].link.uploaded, record.lastCounter)
            return
        }
        let (_, results) = try hub.commit { reader in
            try CommitBatch.decide(
                [.fork(ConnectionID(rawValue: 1), id)], reader: reader, schema: schema,
                moment: CommitMoment(wallMilliseconds: now))
        }
        guard case .forked(_, let site)? = results.first else { throw Deviation(what: "device \(device) got no site") }
        try adopt(site, device)
    }

    /// The device takes its new site; the session ends, and the next one begins.
    func adopt(_ site: Site, _ device: Int) throws {
        try change(device) { try $0.adopt(site: site, in: $1) }
        try cut(device)
    }
}

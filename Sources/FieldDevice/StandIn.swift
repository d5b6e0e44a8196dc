import ReplicationClient
import ReplicationEngine
import Synchronization

/// A device that stands in for a phone or tablet: an open replica, with what goes wrong around one in the hands of whoever
/// plays it. Reading and writing is done with `replica`.
public final class StandIn: Sendable {
    public let folder: DeviceFolder
    public let replica: Replica
    /// What goes over its connections.
    public let frames: FrameTap

    fileprivate struct State {
        var link: WeatherLink?
        /// Where the link leads to.
        var linked: Endpoint?
        var weather = LinkWeather.clear
        /// Where it is online, or wants to be.
        var wanted: Endpoint?
        var clockOffset: Int64 = 0
    }

    private let state = Mutex(State())

    init(folder: DeviceFolder, replica: Replica, frames: FrameTap) {
        self.folder = folder
        self.replica = replica
        self.frames = frames
        frames.names = FrameNames(replica.schema)
    }

    // MARK: The line

    /// Connects, and stays connected, until `goOffline`.
    ///
    /// - Parameter url: another hub address than that of the enrolment.
    /// - Throws: `EndpointError`, `FieldDeviceError`.
    public func goOnline(_ url: String? = nil) throws {
        let endpoint = try folder.endpoint(url ?? replica.identity.endpoint)
        replica.goOnline(try state.withLock { state in
            state.wanted = endpoint
            return try state.weather == .clear && state.link == nil ? endpoint : state.through(endpoint)
        })
    }

    /// Ends the connection and stays offline, as somebody who switches the network off. Work goes on.
    public func goOffline() {
        state.withLock { $0.wanted = nil }
        replica.goOffline()
    }

    /// How the line is. The first weather that is not clear puts a relay on this machine's loopback between the device and its
    /// hub, for which a device that is online connects anew; from then on it changes under the connection.
    public var weather: LinkWeather { state.withLock { $0.weather } }

    /// Changes the weather now.
    /// - Throws: `FieldDeviceError`, with nothing changed.
    public func change(to weather: LinkWeather) throws {
        if let problem = weather.problem { throw FieldDeviceError(.link, problem) }
        let reconnect: Endpoint? = try state.withLock { state in
            state.weather = weather
            if let link = state.link {
                try link.change(to: weather)
                return nil
            }
            guard weather != .clear, let wanted = state.wanted else { return nil }
            return try state.through(wanted)
        }
        guard let reconnect else { return }
        replica.goOffline()
        replica.goOnline(reconnect)
    }

    /// Puts the relay in place before it is needed, so that no change of weather makes the device connect anew.
    public func prepareWeather() throws {
        try state.withLock { state in
            let endpoint = try state.wanted ?? folder.endpoint(replica.identity.endpoint)
            _ = try state.through(endpoint)
        }
    }

    /// Ends the connection without a word, once; the device connects anew by itself. Without a relay it does nothing.
    public func cutConnection() { state.withLock { $0.link }?.cut() }

    // MARK: The clock

    /// How far the device's wall clock is off, in milliseconds.
    public var clockOffset: Int64 {
        get { state.withLock { $0.clockOffset } }
        set {
            state.withLock { $0.clockOffset = newValue }
            replica.setClockOffset(milliseconds: newValue)
        }
    }

    // MARK: Questions

    /// Asks the hub what a sync would do, on a connection of its own, over the same line.
    /// - Throws: `ReplicaError`, `EndpointError`, `FieldDeviceError`.
    public func preview() async throws -> SyncPreview {
        let endpoint = try folder.endpoint(replica.identity.endpoint)
        let reached = try state.withLock { try $0.weather == .clear && $0.link == nil ? endpoint : $0.through(endpoint) }
        return try await replica.preview(
            reached, transport: { [folder, frames] in try folder.transport($0, frames: frames) }, app: folder.options.app)
    }

    /// Ends the connection and closes the store. Nothing may follow.
    public func stop() throws {
        defer { state.withLock { $0.link }?.stop() }
        try replica.stop()
    }
}

extension StandIn.State {
    /// The endpoint by way of the link, which is made for it.
    fileprivate mutating func through(_ endpoint: Endpoint) throws -> Endpoint {
        if linked?.host != endpoint.host || linked?.port != endpoint.port {
            link?.stop()
            link = try WeatherLink(to: endpoint.host, endpoint.port, weather: weather)
            linked = endpoint
        }
        var reached = endpoint
        reached.relayPort = link?.port
        return reached
    }
}

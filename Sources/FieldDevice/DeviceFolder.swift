import ConvergeClient
import ReplicationEngine

/// The folder of a device that stands in for a phone or tablet: a replica's folder, whose frames can be watched.
public struct DeviceFolder: Sendable {
    public typealias Options = ReplicaFolder.Options

    public var options: Options
    /// Frames that are kept decoded while they are watched; the oldest go first.
    public var framesKept = 1_000
    public let path: String

    /// How a stand-in is used when nothing else is said.
    public static var options: Options {
        var options = Options()
        options.app = "fieldsim 0.1.0"
        return options
    }

    public init(_ path: String, options: Options = DeviceFolder.options) {
        self.path = path
        self.options = options
    }

    private var folder: ReplicaFolder { ReplicaFolder(path, options: options) }

    /// Whether a device is kept here.
    public var isReplica: Bool { folder.isReplica }

    /// Makes the folder the replica of a hub; see `ReplicaFolder.enrol`.
    @discardableResult
    public func enrol(at url: String, code: String, deviceName: String) async throws -> Endpoint {
        try await folder.enrol(at: url, code: code, deviceName: deviceName)
    }

    /// Opens the device. It is offline.
    ///
    /// - Throws: `FieldDeviceError.notEnrolled`, `DeviceStoreError`, `DeviceError`.
    public func open() throws -> StandIn {
        guard isReplica else {
            throw FieldDeviceError(.notEnrolled, "The folder \(path) is no replica yet. Enrol it first: fieldsim enrol --replica \(path) --hub URL --code CODE; or in the shell: enrol URL CODE")
        }
        let frames = FrameTap(capacity: framesKept)
        var tapped = folder
        tapped.options.transport = { try transport($0, frames: frames) }
        return StandIn(folder: self, replica: try tapped.open(), frames: frames)
    }

    func endpoint(_ url: String) throws -> Endpoint { try folder.endpoint(url) }

    func transport(
        _ onEvent: @escaping @Sendable (TransportEvent) -> Void, frames: FrameTap
    ) throws -> any ConnectingTransport {
        let connector = try folder.makeTransport { event in
            frames.note(event)
            onEvent(event)
        }
        return TappedTransport(connector, frames)
    }
}

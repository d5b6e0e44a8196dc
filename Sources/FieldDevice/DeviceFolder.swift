import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import WebSocketTransport

/// The folder of a device that stands in for a phone or tablet: its store, its blobs, and how it reaches its hub.
public struct DeviceFolder: Sendable {
    public let path: String
    public var options: Options

    /// How the device is used.
    public struct Options: Sendable {
        /// Name and version of the app, for the hub's log.
        public var app = "fieldsim 0.1.0"
        /// Plain `ws` to another machine, for closed test networks.
        public var allowInsecure = false
        /// PEM file with the certificates to trust instead of the system's.
        public var trustedCertificates: String?
        public var blobPolicy = BlobPolicy.all
        /// The device's clocks, before `StandIn.clockOffset`.
        public var clock: @Sendable () -> DeviceInstant = { SystemClock.now() }
        /// Frames that are kept decoded while they are watched; the oldest go first.
        public var framesKept = 1_000
        /// Reads the schemas that the hub sends. Without `takesLaterSchemas` an enrolment stores what it gives, as an app does
        /// that knows an earlier version.
        public var parse: @Sendable (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "the hub's schema") }
        /// Takes later schemas from the hub as they are published.
        public var takesLaterSchemas = true

        public init() {}
    }

    public init(_ path: String, options: Options = Options()) {
        self.path = path
        self.options = options
    }

    /// Whether a device is kept here.
    public var isReplica: Bool { FileManager.default.fileExists(atPath: path + "/device.sqlite") }

    /// Makes the folder the replica of a hub.
    ///
    /// - Parameter url: `ws://host:port` or `wss://host:port`.
    /// - Throws: `EndpointError`, `ReplicaError`, `DeviceStoreError`. It may be tried again with the same code.
    /// - Returns: the hub's address as it was understood.
    @discardableResult
    public func enrol(at url: String, code: String, deviceName: String) async throws -> Endpoint {
        let endpoint = try endpoint(url)
        let store = try SQLiteDeviceStore(folder: path, parse: options.parse)
        do {
            try await Replica.enrol(
                store: store, endpoint: endpoint, code: code, deviceName: deviceName,
                transport: { try transport($0, frames: nil) }, parse: options.parse)
        } catch {
            try store.close()
            throw error
        }
        try store.close()
        return endpoint
    }

    /// Opens the device. It is offline.
    ///
    /// - Throws: `FieldDeviceError.notEnrolled`, `DeviceStoreError`, `DeviceError`.
    public func open() throws -> StandIn {
        guard isReplica else {
            throw FieldDeviceError(.notEnrolled, "The folder \(path) is no replica yet. Enrol it first: fieldsim enrol --replica \(path) --hub URL --code CODE; or in the shell: enrol URL CODE")
        }
        let store = try SQLiteDeviceStore(folder: path, parse: options.parse)
        let frames = FrameTap(capacity: options.framesKept)
        do {
            var options = Replica.Options()
            options.app = self.options.app
            options.clock = self.options.clock
            if self.options.takesLaterSchemas { options.parse = self.options.parse }
            options.blobs = try FileBlobStore(folder: path + "/blobs")
            options.blobPolicy = self.options.blobPolicy
            let replica = try Replica.open(store: store, transport: { try transport($0, frames: frames) }, options: options)
            return StandIn(folder: self, replica: replica, frames: frames)
        } catch {
            try store.close()
            throw error
        }
    }

    func endpoint(_ url: String) throws -> Endpoint {
        var endpoint = try Endpoint(parsing: url)
        endpoint.trustedCertificates = options.trustedCertificates
        return endpoint
    }

    func transport(
        _ onEvent: @escaping @Sendable (TransportEvent) -> Void, frames: FrameTap?
    ) throws -> any ConnectingTransport {
        guard let frames else { return try WebSocketConnector(allowInsecure: options.allowInsecure, onEvent: onEvent) }
        let connector = try WebSocketConnector(allowInsecure: options.allowInsecure) { event in
            frames.note(event)
            onEvent(event)
        }
        return TappedTransport(connector, frames)
    }
}

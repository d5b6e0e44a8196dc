import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import WebSocketTransport

/// A folder that is a device's replica: its store, its blobs, and the WebSocket to its hub.
///
/// An app keeps one folder for each user that signs in, in a place that backups of the phone may hold: a folder that comes back
/// from a backup, or is copied, goes on under a new site, and nothing is lost or taken twice.
public struct ReplicaFolder: Sendable {
    public let path: String
    public var options: Options

    /// What an app may choose.
    public struct Options: Sendable {
        /// Name and version of the app, for the hub's log.
        public var app = "converge"
        /// Plain `ws` to another machine, for closed test networks.
        public var allowInsecure = false
        /// PEM file with the certificates to trust instead of the system's.
        public var trustedCertificates: String?
        /// Which blobs come by themselves.
        public var blobPolicy = BlobPolicy.all
        /// The device's clocks.
        public var clock: @Sendable () -> DeviceInstant = { SystemClock.now() }
        /// Reads the schemas that the hub sends. An app that gives what it was built for at enrolment is served in that version.
        public var parse: @Sendable (String) throws -> Schema = { try SchemaLoader.load(text: $0, file: "the hub's schema") }
        /// Takes later schemas from the hub as they are published.
        public var takesLaterSchemas = true
        /// Makes the transport; nil for a WebSocket.
        public var transport: (@Sendable (@escaping @Sendable (TransportEvent) -> Void) throws -> any ConnectingTransport)?

        public init() {}
    }

    public init(_ path: String, options: Options = Options()) {
        self.path = path
        self.options = options
    }

    /// Whether a device is kept here; one whose enrolment has failed may be among them.
    public var isReplica: Bool { FileManager.default.fileExists(atPath: path + "/device.sqlite") }

    /// Makes the folder the replica of a hub, with a single-use code from an administrator.
    ///
    /// After a failure it may be tried again with the same code.
    ///
    /// - Parameters:
    ///   - url: `wss://host:port`, or `ws://host:port` on this machine.
    ///   - code: single-use, from an administrator.
    ///   - deviceName: by which people know the device.
    /// - Throws: `EndpointError`, `ReplicaError`, `DeviceStoreError`, or what `parse` throws.
    /// - Returns: the hub's address as it was understood.
    @discardableResult
    public func enrol(at url: String, code: String, deviceName: String) async throws -> Endpoint {
        let endpoint = try endpoint(url)
        let store = try SQLiteDeviceStore(folder: path, parse: options.parse)
        do {
            try await Replica.enrol(
                store: store, endpoint: endpoint, code: code, deviceName: deviceName, transport: makeTransport, parse: options.parse)
        } catch {
            try store.close()
            throw error
        }
        try store.close()
        return endpoint
    }

    /// Opens the replica. It is offline until `Replica.goOnline`.
    ///
    /// Only one process at a time has a folder open. `Replica.stop` closes it.
    ///
    /// - Throws: `DeviceStoreError`, or `DeviceError.notEnrolled`.
    public func open() throws -> Replica {
        // The store would make the folder that somebody has mistyped.
        guard isReplica else {
            throw DeviceError(.notEnrolled, "The folder \(path) is no replica yet. Enrol it with a code from an administrator.")
        }
        let store = try SQLiteDeviceStore(folder: path, parse: options.parse)
        do {
            var options = Replica.Options()
            options.app = self.options.app
            options.clock = self.options.clock
            options.trustedCertificates = self.options.trustedCertificates
            if self.options.takesLaterSchemas { options.parse = self.options.parse }
            options.blobs = try FileBlobStore(folder: path + "/blobs")
            options.blobPolicy = self.options.blobPolicy
            return try Replica.open(store: store, transport: makeTransport, options: options)
        } catch {
            try store.close()
            throw error
        }
    }

    /// A hub's address, with the certificates to trust.
    /// - Throws: `EndpointError`.
    public func endpoint(_ url: String) throws(EndpointError) -> Endpoint {
        var endpoint = try Endpoint(parsing: url)
        endpoint.trustedCertificates = options.trustedCertificates
        return endpoint
    }

    /// The transport that the folder's replica uses, for `Replica.preview`, which has a connection of its own.
    public func makeTransport(_ onEvent: @escaping @Sendable (TransportEvent) -> Void) throws -> any ConnectingTransport {
        if let make = options.transport { return try make(onEvent) }
        return try WebSocketConnector(allowInsecure: options.allowInsecure, onEvent: onEvent)
    }
}

import CustomerDesk
import CustomerPages
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import Synchronization

/// The desk of a hub and its pages, which need each other and the hub.
final class CustomerFront: Sendable {
    private let pages: PageServerOptions
    private let options: Desk.Options
    private let blobs: any BlobStore
    private let running = Mutex<(desk: Desk, server: PageServer)?>(nil)

    init(pages: PageServerOptions, desk: Desk.Options, blobs: any BlobStore) {
        self.pages = pages
        options = desk
        self.blobs = blobs
    }

    /// - Returns: where customers reach the pages.
    func start(on hub: HubServer, store: any HubStore, schema: Schema) throws -> String {
        let desk = try Desk(store: store, schema: schema, blobs: blobs, options: options) { hub.serve($0) }
        let server = try PageServer(service: desk, options: pages)
        let port = try server.start()
        let host = pages.host.contains(":") ? "[\(pages.host)]" : pages.host
        let address = try pages.publicAddress ?? PageAddress(publicURL: "http://\(host):\(port)")
        desk.start(pages: address)
        running.withLock { $0 = (desk, server) }
        return address.description
    }

    func wake() { running.withLock { $0 }?.desk.wake() }
    func show(_ value: LiveValue) { running.withLock { $0 }?.desk.show(value) }

    /// Before the hub stops, which still writes what is under way.
    func stop() {
        guard let (desk, server) = running.withLock({ $0 }) else { return }
        server.stop()
        desk.stop()
    }
}

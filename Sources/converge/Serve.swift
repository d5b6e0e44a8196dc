import ArgumentParser
import Domain
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import ReplicationServer
import SQLiteStore
import Synchronization
import WebSocketTransport

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve devices from a data folder.",
        discussion: """
            Makes the folder on first use. Ends on Ctrl-C or SIGTERM, after telling connected devices; \
            killing it loses nothing that it has acknowledged.

            Without a certificate it listens on this machine only. For a hub that devices reach from \
            elsewhere, give --tls-certificate and --tls-key, or put a proxy in front (docs/guides/deployment.md).
            """
    )

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Address and port to listen on; port 0 takes a free one.", valueName: "address:port"))
    var listen = "127.0.0.1:8440"

    @Option(help: ArgumentHelp("PEM file with the certificate and its chain.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Listen without TLS on an address that other machines reach. For closed test networks only.")
    var insecure = false

    @Option(help: ArgumentHelp("Schema file; the built-in field-service schema if none is given.", valueName: "file"))
    var schema: String?

    @Option(help: ArgumentHelp("Name of the organisation, shown to devices. Used when the folder is made.", valueName: "name"))
    var name = "Converge hub"

    @Flag(help: "Before serving, make the sums that devices compare themselves with anew, from all rows. For when `converge verify` finds them wrong.")
    var rebuildSums = false

    @OptionGroup(title: "Customers") var customers: CustomerOptions

    @Flag(help: "Write events as JSON, one to a line.")
    var json = false

    mutating func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
    }

    func run() throws {
        try reporting { try serve() }
    }

    private func serve() throws {
        // Before anything is announced: whoever waits for that may want to stop the hub at once.
        let stop = StopSignal()
        let (schema, schemaText) = try SchemaOption.load(self.schema)
        let address = try ListenAddress(option: listen)
        try data.folder.make()
        let store = try openStore(schema, schemaText)
        let token = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let front: CustomerFront?
        let (server, port, controlPort): (HubServer, UInt16, UInt16)
        do {
            front = try makeFront(store)
            (server, port, controlPort) = try start(store, schema, address, token, front)
        } catch {
            try store.close()
            throw error
        }
        let served = Result {
            let pages = try front?.start(on: server, store: store, schema: schema)
            try data.folder.writeControl(.init(
                port: controlPort, token: Hexadecimal.text(token), pid: getpid()))
            let url = Endpoint(host: address.host, port: port, isSecure: tlsCertificate != nil).description
            announce(url, store: data.folder.store, schema, pages)
            stop.wait()
            if !json { say("Closing.") }
        }
        // Also after a failure: a process must not exit while its threads are at work.
        data.folder.removeControl()
        front?.stop()
        server.stop()
        try store.close()
        try served.get()
    }

    /// - Returns: the hub that serves, with the port that devices use and the one for this machine's administrator.
    private func start(
        _ store: SQLiteHubStore, _ schema: Schema, _ address: ListenAddress, _ token: [UInt8], _ front: CustomerFront?
    ) throws -> (HubServer, UInt16, UInt16) {
        let journal = FileErasureJournal(at: data.folder.erasures)
        try carryOutErasures(journal, in: store, schema)
        let tls = tls
        var options = HubServer.Options()
        options.controlToken = token
        options.erasures = journal
        options.blobs = try FileBlobStore(folder: data.folder.blobs)
        options.log = Self.log
        options.onCommit = { _ in front?.wake() }
        options.onLiveValue = { front?.show($0) }
        let ports = Mutex<[UInt16]>([])
        let insecure = insecure
        warnIfDescriptorsAreFew()
        let server = try HubServer(store: store, schema: schema, options: options) { onEvent in
            try JoinedTransport([
                { handler in
                    let listener = try WebSocketListener(address: address, tls: tls, allowInsecure: insecure, onEvent: handler)
                    ports.withLock { $0.append(listener.port) }
                    return listener
                },
                { handler in
                    let listener = try WebSocketListener(address: ListenAddress(port: 0), onEvent: handler)
                    ports.withLock { $0.append(listener.port) }
                    return listener
                },
            ], onEvent: onEvent)
        }
        return ports.withLock { (server, $0[0], $0[1]) }
    }

    private static let log: @Sendable (String) -> Void = { FileHandle.standardError.write(Data("converge: \($0)\n".utf8)) }

    private var tls: TLSIdentity? {
        tlsCertificate.flatMap { certificate in tlsKey.map { TLSIdentity(certificateFile: certificate, keyFile: $0) } }
    }

    /// Nil for a hub without pages.
    private func makeFront(_ store: SQLiteHubStore) throws -> CustomerFront? {
        let organisation = try store.read { try $0.hub.name }
        let requests: @Sendable (String) -> Void = { [isLogged = customers.logPages] line in
            if isLogged { Self.log(line) }
        }
        guard let pages = try customers.serverOptions(tls, organisation: organisation, log: requests) else { return nil }
        return CustomerFront(
            pages: pages, desk: try customers.deskOptions(data.folder, organisation: organisation, log: Self.log),
            blobs: try FileBlobStore(folder: data.folder.blobs))
    }

    private func announce(_ url: String, store: String, _ schema: Schema, _ pages: String?) {
        if json {
            let pages = pages.map { ",\"pages\":\(ValueJSON.string($0))" } ?? ""
            say("{\"event\":\"listening\",\"url\":\(ValueJSON.string(url)),\"store\":\(ValueJSON.string(store)),\"pid\":\(getpid())\(pages)}")
        } else {
            say("""
                Serving \(store) on \(url) (schema \(schema.name), version \(schema.version)).\(pages.map { "\nPages for customers: \($0)" } ?? "")
                Enrol a device:  converge enrol --data \(data.data) USER
                Stop:            Ctrl-C
                """)
        }
    }

    /// Writes a line at once: whoever started the hub may be waiting for it at the other end of a pipe.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func openStore(_ schema: Schema, _ schemaText: String) throws -> SQLiteHubStore {
        let path = data.folder.store
        if FileManager.default.fileExists(atPath: path) {
            return try SQLiteHubStore.open(at: path, schema: schema, schemaText: schemaText, rebuildsSums: rebuildSums)
        }
        return try data.folder.createStore(schema, schemaText, name: name)
    }

    /// Before anybody is served: a store that was put back from a backup holds again what was erased after it.
    private func carryOutErasures(_ journal: FileErasureJournal, in store: SQLiteHubStore, _ schema: Schema) throws {
        let now = CommitMoment(wallMilliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1_000)))
        let count = try ErasureReplay.carryOut(journal, in: store, schema: schema, moment: now)
        if count > 0 { FileHandle.standardError.write(Data("converge: \(count) erasures of the journal were carried out again.\n".utf8)) }
    }

    /// Each connection takes a descriptor; what the hub itself uses comes on top.
    private func warnIfDescriptorsAreFew() {
        let connections = TransportLimits().connections
        let own = 256
        let allowed = OpenFileLimit.raise(to: connections + own)
        guard allowed < connections else { return }
        let line = "converge: this process may open \(allowed) files, enough for about \(max(0, allowed - own)) connections; a hub holds "
            + "\(connections). Raise the limit: ulimit -Hn, or LimitNOFILE= of its service (docs/guides/deployment.md).\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

extension ListenAddress {
    /// As it is given on the command line.
    init(option text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw CommandFailure("'\(text)' is no address and port; write it as in 127.0.0.1:8440 or [::1]:8440.", code: 64)
        }
        self.init(host: text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: port)
    }
}

/// The first SIGINT or SIGTERM since it was made.
private final class StopSignal {
    private let semaphore = DispatchSemaphore(value: 0)
    private let sources: [any DispatchSourceSignal]

    init() {
        sources = [SIGINT, SIGTERM].map { [semaphore] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { semaphore.signal() }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }

    func wait() { semaphore.wait() }
}

import CustomerMessages
import CustomerPages
import Documents
import Foundation
import MailTransport
import PDFSigning
import ReplicationCore
import ReplicationEngine
import Synchronization

/// Deals with customers for a hub: sends them links and messages, takes what they sign, and makes the signed copies.
///
/// One thread reads the log and looks at what is due, one hands over messages, one makes copies. What they find is decided again
/// within the commit that writes it, so that nothing is done twice however often it is found. What pages ask is read on threads of
/// its own.
public final class Desk: Sendable {
    public struct Options: Sendable {
        /// How messages leave; nil: they wait.
        public var post: Post?
        /// With which signed copies are signed; nil: they are made without.
        public var signer: PDFSigner?
        /// For what messages bring, while they wait.
        public var box: SecretBox
        /// How customers reach the company, a line each.
        public var contact: [String] = []
        public var templates: MessageTemplates
        public var wallMilliseconds: @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970 * 1_000)) }
        /// Takes a line for the log. Never holds personal data.
        public var log: @Sendable (String) -> Void = { _ in }

        public init(templates: MessageTemplates, box: SecretBox) {
            self.templates = templates
            self.box = box
        }
    }

    let store: any HubStore
    let schema: Schema
    let blobs: any BlobStore
    let rules: CustomerRules
    let options: Options
    let organisation: String
    private let write: @Sendable (ServiceWork) -> Void
    /// Reads for pages wait here, and not on the threads that serve them.
    let reading = OperationQueue()
    /// What watchers are shown is read one after the other, so that none is shown what was before.
    let showing = OperationQueue()
    let board = TrackingBoard()
    /// Forms that were read: what is decided within a commit has mostly been looked at before, and reads no file then.
    private let forms = Mutex<[BlobName: CanonicalForm]>([:])
    private let address = Mutex<PageAddress?>(nil)
    var pages: PageAddress? { address.withLock { $0 } }

    let progress = Mutex(LogProgress())

    private let isStopping = Atomic(false)
    private let following = Wake(), posting = Wake(), printing = Wake()
    private let running = DispatchGroup()

    /// - Parameter write: hands work to whoever commits for this store.
    /// - Throws: what the store throws; `DeskError.Code.schema` for a schema that says nothing of customers.
    public init(
        store: any HubStore, schema: Schema, blobs: any BlobStore, options: Options, write: @escaping @Sendable (ServiceWork) -> Void
    ) throws {
        let collections = ["document", "signature", "signature_event", "signature_request", "message"]
        if let missing = collections.first(where: { schema.collection(named: $0) == nil }) {
            throw DeskError(.schema, "The schema \(schema.name) has no collection '\(missing)', so customers cannot be asked to sign. Serve without pages, or add it.")
        }
        guard let rules = schema.customers else {
            throw DeskError(.schema, "The schema \(schema.name) does not say what customers are sent. Add `customers` to it, or serve without pages.")
        }
        self.store = store
        self.schema = schema
        self.blobs = blobs
        self.rules = rules
        self.options = options
        self.write = write
        organisation = try store.read { try $0.hub.name }
        reading.maxConcurrentOperationCount = DeskLimits.readsAtOnce
        showing.maxConcurrentOperationCount = 1
    }

    /// Begins to work.
    ///
    /// - Parameter pages: where customers reach them.
    public func start(pages: PageAddress) {
        lead(to: pages)
        nameStrangeTerritories()
        spawn("desk", following) { try $0.follow() }
        spawn("post", posting) { try $0.sendDueMessages() }
        spawn("print", printing) { try $0.makeDueCopies() }
    }

    /// Tells of texts that nobody would ever be written: a folder with a misspelt name.
    func nameStrangeTerritories() {
        guard let territory = schema.collection(named: "territory") else { return }
        do {
            for name in options.templates.territories
            where try store.read({ try $0.rows(of: territory.number, where: "name", equals: .text(name), limit: 1) }).isEmpty {
                options.log("there are texts of messages for a territory '\(name)', and no territory of that name: nobody is sent them until there is one")
            }
        } catch {
            options.log("the territories of texts of messages could not be looked up: \(error)")
        }
    }

    /// Links lead there from now on.
    func lead(to pages: PageAddress) { address.withLock { $0 = pages } }

    /// Something was committed.
    public func wake() {
        following.signal()
    }

    /// Finishes what is under way and ends the threads. Must be called before the hub stops.
    public func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        cancellation.cancel()
        for wake in [following, posting, printing] { wake.signal() }
        running.wait()
        board.endAll()
        showing.waitUntilAllOperationsAreFinished()
        reading.waitUntilAllOperationsAreFinished()
    }

    let cancellation = CancellationFlag()
    var isRunning: Bool { !isStopping.load(ordering: .sequentiallyConsistent) }
    var now: UInt64 { options.wallMilliseconds() }

    /// Does its part again and again: when it is woken, and once a second, as time makes things due as well.
    private func spawn(_ name: String, _ wake: Wake, _ part: @escaping @Sendable (Desk) throws -> Void) {
        running.enter()
        let thread = Thread { [self] in
            while isRunning {
                do { try part(self) } catch { options.log("\(name): \(error)") }
                wake.wait(milliseconds: DeskLimits.pause)
            }
            running.leave()
        }
        thread.name = "converge-\(name)"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func wakePost() { posting.signal() }
    func wakePrint() { printing.signal() }

    // MARK: Writing

    /// Hands over what is to be decided within a commit.
    ///
    /// - Parameter done: runs on the thread that commits.
    func commit(
        _ decide: @escaping @Sendable (HubRecords, UInt64) throws -> DeskDraft, done: @escaping @Sendable (ServiceOutcome) -> Void
    ) {
        let schema = schema
        let identity = ChangesetID(high: .random(in: .min ... .max) & ~0xF000 | 0x4000, low: .random(in: .min ... .max) & ~(3 << 62) | 1 << 63)
        write(ServiceWork(decide: { reader, moment in
            let draft = try decide(HubRecords(reader, schema), moment.wallMilliseconds)
            return ServicePlan(identity, rows: draft.rows, records: draft.records)
        }, done: done))
    }

    /// Decides and writes, and waits until it is durable. Where nothing is to be written now, nothing is committed.
    /// - Returns: whether there was something to write when it was decided within the commit.
    /// - Throws: `DeskError.Code.refused`.
    @discardableResult
    func settle(_ decide: @escaping @Sendable (HubRecords, UInt64) throws -> DeskDraft) throws -> Bool {
        let (schema, now) = (schema, now)
        if try store.read({ try decide(HubRecords($0, schema), now).isEmpty }) { return false }
        let finished = DispatchSemaphore(value: 0)
        let outcome = Mutex<ServiceOutcome?>(nil)
        let isEmpty = Mutex(true)
        commit({ records, now in
            let draft = try decide(records, now)
            isEmpty.withLock { $0 = draft.isEmpty }
            return draft
        }) { result in
            outcome.withLock { $0 = result }
            finished.signal()
        }
        finished.wait()
        if case .refused(let why) = outcome.withLock({ $0 }) { throw DeskError(.refused, why) }
        return !isEmpty.withLock { $0 }
    }

    // MARK: Forms

    /// The form of a document; nil while it has not come.
    /// - Throws: `DocumentError` if what came is no form.
    func form(of document: HubRow) throws -> CanonicalForm? {
        guard let blob = document.text("form").flatMap({ BlobReference(text: $0) })?.blob else { return nil }
        if let known = forms.withLock({ $0[blob] }) { return known }
        guard let bytes = try bytes(of: blob) else { return nil }
        let form = try CanonicalForm(reading: bytes)
        forms.withLock { forms in
            // Any of them may go: it is read again.
            if forms.count >= DeskLimits.forms { forms.remove(at: forms.startIndex) }
            forms[blob] = form
        }
        return form
    }

    /// A whole blob; nil if it is not here.
    func bytes(of blob: BlobName) throws -> [UInt8]? {
        guard try blobs.size(of: blob.hash) == blob.size, blob.size <= UInt64(DeskLimits.blobBytes) else { return nil }
        return try blobs.read(blob.hash, at: 0, count: Int(blob.size))
    }
}

/// What keeps the desk from working.
public struct DeskError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    /// What happened, where, and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public enum Code: String, Sendable {
        /// The hub's schema has no customers.
        case schema
        /// The hub did not write what the desk wanted.
        case refused
        /// A message cannot be made as it is.
        case message
    }

    public var description: String { message }
}

/// Ends somebody's waiting, at once or the next time they wait.
final class Wake: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func signal() { semaphore.signal() }

    func wait(milliseconds: UInt64) {
        guard semaphore.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success else { return }
        // Signals that came meanwhile are answered by the same look.
        while semaphore.wait(timeout: .now()) == .success {}
    }
}

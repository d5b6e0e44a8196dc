import Dispatch
import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Synchronization

/// Does what the terminal asks of the device, on a queue of its own, and tells what comes of it and what happens by itself.
///
/// The screen never waits for it: the store is read and written here only.
final class DeviceRunner: Sendable {
    let device: StandIn
    var loader: Loader { state.withLock { $0.loader } }
    let queue = DispatchQueue(label: "converge.terminal")
    let post: @Sendable (TerminalEvent) -> Void
    let state: Mutex<State>

    struct State {
        var loader: Loader
        /// Pages that are going to be read: asked for twice, they are read once.
        var loads: Set<PageKey> = []
        /// Documents that were shown since the device was started.
        var read: Set<RowID> = []
        var isChangeWaiting = false
        var status = DeviceStatus()
        /// When the device was last in step with the hub, on the monotonic clock.
        var inStep: UInt64?
        var reason = ""
        /// The last line of frames that was shown.
        var frame: UInt64 = 0
        /// What the person does, and when it was last told, on the monotonic clock.
        var presence: String?
        var presenceTold: UInt64?
        var ticks = 0
        var isStopped = false
        var tasks: [Task<Void, Never>] = []
    }

    /// Changes within it are shown together, in milliseconds.
    private static let changeMilliseconds = 60

    init(device: StandIn, person: Person, text: FieldText, post: @escaping @Sendable (TerminalEvent) -> Void) {
        self.device = device
        self.post = post
        state = Mutex(State(loader: Loader(replica: device.replica, person: person, text: text)))
    }

    func start() {
        let events = device.replica.events(), signals = device.replica.observeSignals()
        let tasks = [
            Task { [weak self] in for await event in events { self?.take(event) } },
            Task { [weak self] in for await _ in signals { self?.noteChange() } },
        ]
        state.withLock { $0.tasks = tasks }
        look()
    }

    /// Nothing is told any more; what was asked for before is done first.
    func stop() throws {
        let tasks = state.withLock { state in
            state.isStopped = true
            return state.tasks
        }
        for task in tasks { task.cancel() }
        queue.sync {}
        try device.stop()
    }

    func perform(_ effect: Effect) {
        if case .load(let key) = effect {
            guard state.withLock({ $0.loads.insert(key).inserted }) else { return }
        }
        queue.async { [self] in
            guard !state.withLock({ $0.isStopped }) else { return }
            do {
                try run(effect)
            } catch {
                tell(error, after: effect)
            }
        }
    }

    private func tell(_ error: any Error, after effect: Effect) {
        switch effect {
        case .write, .sign, .makeDocument, .addPhoto, .ask: post(.refused("\(error)"))
        default: post(.said("\(error)", isBad: true))
        }
    }

    private func run(_ effect: Effect) throws {
        switch effect {
        case .load(let key):
            state.withLock { _ = $0.loads.remove(key) }
            guard let data = try loader.load(key) else {
                return post(.said(loader.text.language(.notHere), isBad: true))
            }
            post(.loaded(key, data))
        case .prepare(let request): post(.form(try FormMaker(loader: loader, now: Self.milliseconds, read: documentsRead).form(request)))
        case .write(let steps):
            try write(steps)
            finishWriting()
        case .explain(let target):
            let explanation = try device.replica.explain(ExplainQuestion(
                collection: target.collection, row: target.row, field: target.field, element: target.element))
            let text = loader.text
            post(.text(TextDialog(title: text.language.heading(.explain), lines: explanation.text(in: text.moments.zone).components(separatedBy: "\n"))))
        case .connect(true): try device.goOnline()
        case .connect(false): device.goOffline()
        case .weather(let name):
            if let weather = LinkWeather(named: name) { try device.change(to: weather) }
        case .clock(let offset): device.clockOffset = offset
        case .signal(let name, let row, let values):
            // Without a connection nobody is there to be told; the row that was written says it later.
            guard device.replica.connection == .online else { return }
            try device.replica.sendSignal(name, about: row, values)
        case .presence(let presence):
            state.withLock { state in
                state.presence = presence
                state.presenceTold = nil
            }
            tellPresence()
        case .watchFrames(let isWatching): device.frames.isWatching = isWatching
        case .sign, .makeDocument, .readDocument, .addPhoto, .ask, .askAgain, .withdraw: try runDocument(effect)
        case .verify, .preview, .sync: ask(effect)
        case .restart, .suspend, .quit: break
        }
    }

    func noteRead(_ document: RowID) { state.withLock { _ = $0.read.insert(document) } }
    var documentsRead: Set<RowID> { state.withLock { $0.read } }

    func finishWriting() {
        post(.saved)
        noteChange()
    }

    private func write(_ steps: [Step]) throws {
        let replica = device.replica
        for case .discard(let text) in steps {
            guard let identity = ChangesetID(text) else { continue }
            try replica.discardRefused(identity)
        }
        for case .mend(let text, let key, let values) in steps {
            guard let identity = ChangesetID(text) else { continue }
            try replica.mendRefused(identity, [key: values])
        }
        try replica.write { transaction in
            for step in steps {
                switch step {
                case .create(let collection, let values): try transaction.create(collection, values)
                case .set(let collection, let row, let values): try transaction.set(collection, row, values)
                case .add(let collection, let row, let field, let element): try transaction.add(collection, row, field, element)
                case .remove(let collection, let row, let field, let element): try transaction.remove(collection, row, field, element)
                case .increment(let collection, let row, let field, let amount): try transaction.increment(collection, row, field, by: amount)
                case .resolve(let conflict, let collection, let row, let values): try transaction.resolve(conflict: conflict, collection, row, values)
                case .discard, .mend: break
                }
            }
        }
    }

    /// Questions to the hub, which take as long as the line does.
    private func ask(_ effect: Effect) {
        let device = device, language = loader.text.language, post = post
        Task {
            do {
                switch effect {
                case .verify:
                    let report = try await device.replica.verify()
                    let word = language(report.isEqual ? .equal : .differs)
                    post(.said("\(word): \(report.rows) \(language(.rowsShown)), \(report.at)", isBad: !report.isEqual))
                case .preview:
                    post(.text(TextDialog(title: language(.previewSync), lines: try await device.preview().text.components(separatedBy: "\n"))))
                case .sync:
                    try await device.replica.syncNow()
                    post(.said("\(language(.lag)) 0 s · \(device.replica.progress.basis)", isBad: false))
                default: break
                }
            } catch {
                post(.said("\(error)", isBad: true))
            }
        }
    }

    // MARK: What happens by itself

    private func take(_ event: ReplicaEvent) {
        switch event {
        case .offline(let reason, _): state.withLock { $0.reason = reason }
        case .connected: state.withLock { $0.reason = "" }
        case .blocked(let block): post(.said(block.message, isBad: true))
        case .verdict(let report):
            for refused in report.refused { post(.said("\(refused.refusal.detail) \(refused.remedy)", isBad: true)) }
            noteChange()
        case .changes, .caughtUp, .erased, .schemaUpdated, .blob: noteChange()
        case .storeFailed(let message): post(.said(message, isBad: true))
        case .uploaded, .digest, .held, .clock, .forked, .schemaDeclined, .signalDropped: break
        }
    }

    /// What is shown is read anew, soon: a burst of changes is one.
    private func noteChange() {
        let isFirst = state.withLock { state in
            defer { state.isChangeWaiting = true }
            return !state.isChangeWaiting && !state.isStopped
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(Self.changeMilliseconds)) { [self] in
            state.withLock { $0.isChangeWaiting = false }
            if !holderHasChanged() { post(.changed) }
            tellStatus(counting: true)
        }
    }

    private func holderHasChanged() -> Bool {
        do {
            let person = try Person(of: device.replica), loader = loader
            guard person != loader.person else { return false }
            let text = FieldText(language: loader.text.language, moments: Moments(zone: person.zone))
            state.withLock { $0.loader = Loader(replica: device.replica, person: person, text: text) }
            post(.holder(person, device.replica.schema))
            return true
        } catch {
            post(.said("\(error)", isBad: true))
            return false
        }
    }

    static var milliseconds: Int64 { Int64(SystemClock.now().wall) }
}

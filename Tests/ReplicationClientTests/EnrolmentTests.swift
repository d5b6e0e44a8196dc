import Dispatch
import Foundation
import ReplicationClient
import ReplicationEngine
import SQLiteStore
import Synchronization
import Testing
import TestTraits
import WireProtocol

/// Becoming a replica, against a hub whose answers the test makes.
@Suite(.realTime) struct EnrolmentTests {
    /// Where time is not what is tested: other tests may keep every thread busy for minutes.
    private static let patience = Duration.seconds(1_800)

    private func store(_ folder: String) throws -> SQLiteDeviceStore { try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema } }

    private func enrol(_ store: SQLiteDeviceStore, through line: OneAnswer, within limit: Duration = patience) async throws {
        try await Replica.enrol(
            store: store, endpoint: Endpoint(host: "hub", port: 1, isSecure: true), code: "AAAAA-BBBBB-CCCCC", deviceName: "phone",
            transport: { line.set($0); return line }, within: limit) { _ in TestSchema.schema }
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "converge-enrolment-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        try await body(folder)
    }

    @Test func aLostAnswerIsAskedForAgainWithTheSameKey() async throws {
        try await withFolder { folder in
            let first = OneAnswer(.lost)
            let before = try store(folder)
            let error = await #expect(throws: ReplicaError.self) { try await enrol(before, through: first) }
            #expect(error?.code == .unreachable)
            // The program may have ended in between.
            try before.close()
            let after = try store(folder)
            let second = OneAnswer(.enrolled)
            try await enrol(after, through: second)
            let keys = [first, second].map(\.publicKey)
            #expect(keys[0] != nil && keys[0] == keys[1])
            let (identity, left) = try after.write { (try $0.identity, try $0.enrolmentKey) }
            #expect(try identity.map { try ReplicaProof.publicKey(of: $0.privateKey) } == keys[1])
            #expect(left == nil)
            #expect(throws: DeviceStoreError.self) { try after.query("SELECT private_key FROM _enrolment", []) }
            try after.close()
        }
    }

    @Test(arguments: [OneAnswer.Kind.enrolled, .lost, .refused, .silent, .notReached])
    func theTransportHasEndedWhenItReturns(_ kind: OneAnswer.Kind) async throws {
        try await withFolder { folder in
            let store = try store(folder)
            let line = OneAnswer(kind)
            do {
                try await enrol(store, through: line, within: kind == .silent ? .milliseconds(300) : Self.patience)
                #expect(kind == .enrolled)
            } catch let error as ReplicaError {
                #expect(kind != .enrolled, "\(error)")
            }
            #expect(line.isStopped)
            try store.close()
        }
    }

    @Test func partsOfASecondAreWaitedFor() async throws {
        try await withFolder { folder in
            let store = try store(folder)
            let start = ContinuousClock.now
            let error = await #expect(throws: ReplicaError.self) {
                try await enrol(store, through: OneAnswer(.silent), within: .milliseconds(600))
            }
            #expect(error?.code == .timedOut)
            #expect(start.duration(to: .now) >= .milliseconds(600))
            try store.close()
        }
    }
}

/// A transport on which a hub answers once.
final class OneAnswer: ConnectingTransport {
    enum Kind: Sendable { case enrolled, refused, lost, silent, notReached }
    struct NotReached: Error {}

    private struct State {
        var onEvent: (@Sendable (TransportEvent) -> Void)?
        var publicKey: [UInt8]?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let kind: Kind
    private static let connection = ConnectionID(rawValue: 1)

    init(_ kind: Kind) { self.kind = kind }

    func set(_ onEvent: @escaping @Sendable (TransportEvent) -> Void) { state.withLock { $0.onEvent = onEvent } }
    var publicKey: [UInt8]? { state.withLock { $0.publicKey } }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    private func deliver(_ event: TransportEvent) {
        DispatchQueue.global().async { [self] in
            state.withLock { $0.onEvent }?(event)
        }
    }

    func connect(to endpoint: Endpoint) throws -> ConnectionID {
        if kind == .notReached { throw NotReached() }
        deliver(.opened(Self.connection, peer: "hub"))
        return Self.connection
    }

    func send(_ message: [UInt8], lane: Lane, to connection: ConnectionID) {
        // Something else than a request for enrolment is answered as well, and fails the test.
        if case .enrol(let enrol)? = (try? WireFrame(serializedBytes: message))?.messages.first?.body {
            state.withLock { $0.publicKey = Array(enrol.publicKey) }
        }
        switch kind {
        case .enrolled:
            var enrolled = WireEnrolled()
            enrolled.replica = Data(Bench.replica.bytes)
            enrolled.site = 3
            enrolled.hub = Data(ScriptedHub.id.bytes)
            enrolled.user = Data(Bench.user.bytes)
            enrolled.role = 1
            deliver(.received(connection, WireFrame.bytes(.enrolled(enrolled))))
        case .refused:
            var failure = WireFailure()
            failure.message = "no"
            deliver(.received(connection, WireFrame.bytes(.failure(failure))))
        case .lost: deliver(.closed(connection, .lost("gone")))
        case .silent, .notReached: break
        }
    }

    func close(_ connection: ConnectionID, reason: CloseReason) {}

    /// Takes its time, as a real one does.
    func stop() {
        usleep(50_000)
        state.withLock { state in
            state.isStopped = true
            state.onEvent = nil
        }
    }
}

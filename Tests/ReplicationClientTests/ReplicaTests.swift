import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Synchronization
import Testing
import TestTraits
import WireProtocol

/// The library as an app uses it.
@Suite(.realTime) struct ReplicaTests {
    struct Item: Record {
        static let collection = "item"
        let id: RowID
        let name: String
        let tags: [String]

        init(row: Row) throws {
            id = try row.id
            name = try row.requiredText("name")
            tags = try row.elements("tags")
        }
    }

    static let endpoint = Endpoint(host: "localhost", port: 1, isSecure: false)

    static func withReplica(_ body: (Replica, LoopTransport) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "converge-replica-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        let store = try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema }
        var enrolled = WireEnrolled()
        enrolled.replica = Data(Bench.replica.bytes)
        enrolled.site = 3
        enrolled.hub = Data(ScriptedHub.id.bytes)
        enrolled.epoch = 1
        enrolled.user = Data(Bench.user.bytes)
        enrolled.role = 1
        try Enrolment.store(
            enrolled, privateKey: ReplicaProof.makeKeys().privateKey, endpoint: endpoint.description,
            schema: TestSchema.schema, in: store)
        let made = Mutex<LoopTransport?>(nil)
        let replica = try Replica.open(store: store, transport: { onEvent in
            let transport = LoopTransport(onEvent: onEvent)
            made.withLock { $0 = transport }
            return transport
        })
        try await body(replica, try #require(made.withLock { $0 }))
        try replica.stop()
    }

    /// Whoever cancels a task holds its lock while its stream ends; nobody may wait for that under the replica's lock.
    @Test(.timeLimit(.minutes(2))) func aReaderThatIsCanceledHoldsNobodyUp() async throws {
        try await Self.withReplica { replica, _ in
            let isDone = Mutex(false)
            let events = Task.detached {
                while !isDone.withLock({ $0 }) {
                    replica.goOnline(Self.endpoint)
                    replica.goOffline()
                }
            }
            for _ in 0..<2_000 {
                let readers = [
                    Task.detached { for await _ in replica.events() {} }, Task.detached { for await _ in replica.observeSignals() {} },
                ]
                await Task.yield()
                for reader in readers { reader.cancel() }
            }
            isDone.withLock { $0 = true }
            await events.value
        }
    }

    @Test func ownWritesAreMarkedByRowAndField() async throws {
        try await Self.withReplica { replica, _ in
            #expect(replica.pendingRows.isEmpty)
            let id = Mutex(RowID.zero)
            try replica.write { tx in
                let row = try tx.create("item", ["name": .text("pump")])
                try tx.add("item", row, "tags", "urgent")
                id.withLock { $0 = row }
            }
            let row = id.withLock { $0 }
            #expect(replica.pendingRows.map(\.row) == [row])
            let standings = try replica.standings(of: "item", row)
            #expect(standings["name"]?.isPending == true && standings["name"]?.author == Bench.user && standings["name"]?.isContested == false)
            #expect(standings["tags"]?.isPending == true)
            #expect(try replica.standings(of: "nothing", row).isEmpty)
        }
    }

    @Test func worksOfflineAndSynchronises() async throws {
        try await Self.withReplica { replica, transport in
            let id = Mutex(RowID.zero)
            let first = try replica.write { tx in
                let row = try tx.create("item", ["name": .text("pump")])
                try tx.add("item", row, "tags", "urgent")
                id.withLock { $0 = row }
            }
            let row = id.withLock { $0 }
            #expect(replica.pendingCount == 1)
            #expect(try replica.status(of: "item", row) == .pending)
            #expect(try replica.records(Item.self).map(\.tags) == [["urgent"]])
            #expect(replica.connection == .offline)

            replica.goOnline(Self.endpoint)
            try await replica.syncNow(within: .seconds(10))
            #expect(replica.pendingCount == 0)
            #expect(try replica.status(of: "item", row) == .synced)
            #expect(replica.connection == .online)
            #expect(transport.with { $0.hub.received } == [try #require(first)])
            let report = try await replica.verify()
            #expect(report.isEqual && report.rows == 1 && report.cells == 3)
        }
    }

    @Test func aSecondUploadChangesNothing() async throws {
        try await Self.withReplica { replica, transport in
            try replica.write { try $0.create("item", ["name": .text("a")]) }
            replica.goOnline(Self.endpoint)
            try await replica.syncNow(within: .seconds(10))
            replica.resend()
            try replica.write { try $0.create("item", ["name": .text("b")]) }
            try await replica.syncNow(within: .seconds(10))
            #expect(transport.with { $0.hub.received.count } == 2)
            #expect(try await replica.verify().isEqual)
        }
    }

    @Test func observersSeeLocalAndRemoteCommits() async throws {
        try await Self.withReplica { replica, transport in
            var results = replica.observe("SELECT name FROM item WHERE _alive ORDER BY name").makeAsyncIterator()
            #expect(try await results.next()?.isEmpty == true)
            try replica.write { try $0.create("item", ["name": .text("a")]) }
            #expect(try await results.next()?.map { $0.text("name") } == ["a"])
            replica.goOnline(Self.endpoint)
            try await replica.syncNow(within: .seconds(10))
            transport.with { $0.hub.create(RowKey(collection: TestSchema.item, row: RowID(high: 1, low: 1)), [1: [.text("b")]]) }
            transport.push()
            var names: [String?] = []
            while names.count < 2, let rows = try await results.next() { names = rows.map { $0.text("name") } }
            #expect(names == ["a", "b"])
        }
    }

    @Test func recordsAreObservedAsTheirType() async throws {
        try await Self.withReplica { replica, _ in
            var results = replica.observe(Item.self, where: "name <> ?", [.text("hidden")]).makeAsyncIterator()
            #expect(try await results.next()?.count == 0)
            try replica.write { transaction in
                let item = try transaction.create("item", ["name": .text("drill")])
                try transaction.add("item", item, "tags", "loud")
                try transaction.create("item", ["name": .text("hidden")])
            }
            let items = try #require(try await results.next())
            #expect(items.map(\.name) == ["drill"] && items.map(\.tags) == [["loud"]])
        }
    }

    @Test func refusalsWaitForTheUserAndBlockNothing() async throws {
        try await Self.withReplica { replica, transport in
            transport.with { $0.hub.refuse = { $0.part.group == 2 ? Refusal(.noRight, "not yours") : nil } }
            let id = Mutex(RowID.zero)
            let identity = try replica.write { tx in
                let row = try tx.create("item", ["name": .text("a"), "starts": .integer(1), "ends": .integer(2)])
                id.withLock { $0 = row }
            }
            try replica.write { try $0.create("item", ["name": .text("b")]) }
            replica.goOnline(Self.endpoint)
            try await replica.syncNow(within: .seconds(10))
            let refused = try replica.refused()
            #expect(refused.map(\.refusal) == [Refusal(.noRight, "not yours")])
            #expect(try replica.status(of: "item", id.withLock { $0 }) == .refused)
            // The refused values have left the view, the rest stands.
            #expect(try replica.query("SELECT starts FROM item WHERE _alive ORDER BY name").map { $0["starts"] } == [.null, .null])
            try replica.discardRefused(try #require(identity))
            #expect(try replica.status(of: "item", id.withLock { $0 }) == .synced)
        }
    }

    @Test func unreachableIsToldAndNothingIsLost() async throws {
        try await Self.withReplica { replica, transport in
            await #expect(throws: ReplicaError.self) { try await replica.syncNow(within: .seconds(1)) }
            try replica.write { try $0.create("item", ["name": .text("a")]) }
            transport.with { $0.isReachable = false }
            replica.goOnline(Self.endpoint)
            await #expect { try await replica.syncNow(within: .milliseconds(600)) } throws: {
                ($0 as? ReplicaError)?.code == .timedOut
            }
            #expect(replica.connection == .connecting)
            transport.with { $0.isReachable = true }
            try await replica.syncNow(within: .seconds(10))
            #expect(replica.pendingCount == 0)
        }
    }

    @Test func rulesAreAskedBeforeWriting() async throws {
        try await Self.withReplica { replica, _ in
            func refusal(_ collection: String, _ values: [String: Value]) -> Refusal.Rule? {
                do {
                    try replica.write { try $0.create(collection, values) }
                    return nil
                } catch {
                    guard case .refused(let refusal)? = (error as? DeviceError)?.code else { return nil }
                    return refusal.rule
                }
            }
            let stranger = Value.reference(RowID(high: 1, low: 9))
            #expect(refusal("item", [:]) == .missingMandatory)
            #expect(refusal("item", ["name": .integer(1)]) == .wrongType)
            #expect(refusal("item", ["name": .text("a"), "number": .integer(1)]) == .hubOnly)
            #expect(refusal("movement", ["item": stranger, "amount": .integer(1)]) == .unknownReference)
            #expect(throws: DeviceError.self) { try replica.write { try $0.set("item", RowID(high: 1, low: 9), [:]) } }
            #expect(replica.pendingCount == 0)
            try replica.write { try $0.create("item", ["name": .text("a")]) }
            #expect(throws: DeviceError.self) { try replica.write { try $0.create("item", ["name": .text("a")]) } }
            #expect(throws: DeviceStoreError.self) { try replica.query("DELETE FROM item") }
            #expect(throws: DeviceStoreError.self) { try replica.query("SELECT private_key FROM _identity") }
            #expect(throws: DeviceStoreError.self) { try replica.query("SELECT nothing FROM item") }
        }
    }
}

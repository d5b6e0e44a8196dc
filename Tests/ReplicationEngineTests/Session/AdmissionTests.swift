import Foundation
import ReplicationCore
import Testing
import WireProtocol

@testable import ReplicationEngine

/// Many devices at once: each has its turn, and what they make the hub do and hold is bounded.
@Suite struct AdmissionTests {
    let house: HubHouse
    var office: Office { house.office }

    init() throws { house = try HubHouse() }

    /// Orders of Ann's and of Bob's that fill several pages each.
    private func fill() throws {
        for device in [office.ann, office.bob] {
            var device = device
            for _ in 0..<3 {
                let orders = (0..<200).map { _ in office.order(of: device, title: String(repeating: "t", count: 1_900)) }
                try office.write(&device, orders.flatMap(\.1))
            }
        }
    }

    /// A device as it is when it has nothing and has written what the hub knows.
    private func known(_ device: Office.Device) throws -> Office.Device {
        let record = try #require(office.store.now.replicasByID[device.replica])
        var device = device
        (device.counter, device.root) = (record.lastCounter, record.lastRoot)
        return device
    }

    private var reads: [ConnectionID] {
        house.waiting.compactMap { if case .read(.catchUp(let connection, _)) = $0 { connection } else { nil } }
    }

    @Test func devicesThatGreetAtOnceAreReadOneAfterAnother() throws {
        house.hub.admission.limits.greetingsAtOnce = 1
        house.isPaused = true
        let devices = [office.ann, office.bob, office.dora]
        let connections = try devices.map { try house.greet($0).0 }
        for place in connections.indices {
            let greeted = house.waiting.compactMap { action -> ConnectionID? in
                if case .read(.replica(let connection, _, _)) = action { connection } else { nil }
            }
            #expect(greeted == [connections[place]])
            try house.workOnce()
        }
        #expect(connections.allSatisfy { house.to($0).contains { if case .challenge = $0 { true } else { false } } })
        // And the records that are read again after their proofs.
        for (device, connection) in zip(devices, connections) {
            guard case .challenge(let challenge)? = house.to(connection).last else { throw House.noChallenge }
            try house.prove(device, challenge, on: connection)
        }
        #expect(house.waiting.count == 1)
        house.isPaused = false
        try house.work()
        #expect(connections.allSatisfy { house.welcome($0) != nil })
    }

    private enum House: Error { case noChallenge }

    /// Nobody waits for the whole catch-up of somebody who came before.
    @Test func pagesAreReadInTurns() throws {
        try fill()
        house.hub.admission.limits.pagesAtOnce = 1
        let ann = try known(office.ann), bob = try known(office.bob)
        let dora = try house.open(office.dora)
        house.isPaused = true
        let first = try connect(ann), second = try connect(bob)
        #expect(reads == [first])
        try house.workOnce()
        #expect(reads == [second])
        try house.workOnce()
        #expect(reads == [first])
        try house.workOnce()
        #expect(reads == [second])
        // The page of somebody who left takes its turn until it is read, and is nobody's.
        try house.handle(.transport(.closed(second, .lost("gone"))))
        #expect(reads == [second])
        try house.workOnce()
        #expect(reads == [first])
        #expect(house.changes(second).last?.hasComplete != true)
        house.isPaused = false
        try house.work()
        while house.changes(first).last?.hasComplete != true { try house.confirm(first) }
        #expect(house.changes(dora).last?.hasComplete == true)
    }

    /// Greets and proves, and leaves the reading of pages.
    private func connect(_ device: Office.Device) throws -> ConnectionID {
        let (connection, _) = try house.greet(device)
        while let place = house.waiting.firstIndex(where: { if case .read(.replica) = $0 { true } else { false } }) {
            let waiting = house.takeWaiting()
            try house.perform([waiting[place]])
            if case .challenge(let challenge)? = house.to(connection).last { try house.prove(device, challenge, on: connection) }
            house.put(waiting.enumerated().filter { $0.offset != place }.map(\.element))
        }
        return connection
    }

    /// Devices that take what they are sent and never say so hold a page each, and no more; who confirms gets everything.
    @Test func memoryIsBounded() throws {
        try fill()
        house.hub.admission.limits.heldBytes = 100 << 10
        house.hub.admission.limits.leastPageBytes = 16 << 10
        let ann = try house.open(try known(office.ann)), bob = try house.open(try known(office.bob))
        let most = (100 << 10) + 3 * (HubLimits.pageBytes / 2)
        #expect(house.hub.admission.heldBytes > 100 << 10)
        #expect(house.hub.admission.heldBytes <= most)
        // A third one is sent something all the same.
        let dora = try house.open(office.dora)
        #expect(!house.changes(dora).isEmpty)
        var confirms = 0
        while house.changes(ann).last?.hasComplete != true {
            try house.confirm(ann)
            confirms += 1
            #expect(house.hub.admission.heldBytes <= most)
            try #require(confirms < 200)
        }
        #expect(house.changes(bob).last?.hasComplete != true)
        try house.handle(.transport(.closed(bob, .lost("gone"))))
        try house.confirm(ann)
        try house.confirm(dora)
        #expect(house.hub.admission.heldBytes == 0)
    }

    @Test func thoseWhoWaitShareWhatMemoryThereIs() {
        var admission = Admission()
        #expect(admission.pageBytes == HubLimits.pageBytes)
        for number in 1...10_000 { admission.askForPage(ConnectionID(rawValue: UInt64(number))) }
        #expect(admission.pageBytes == admission.limits.leastPageBytes)
        admission.hold(admission.limits.heldBytes, for: ConnectionID(rawValue: 1))
        #expect(admission.window == 1)
        admission.hold(10, for: ConnectionID(rawValue: 1))
        #expect(admission.heldBytes == 10 && admission.window == ProtocolLimits.changesWindowBytes)
        admission.forget(ConnectionID(rawValue: 1))
        #expect(admission.heldBytes == 0)
    }

    /// In the order in which they asked, each once, without those who gave up.
    @Test func turnsAreInOrder() {
        var admission = Admission()
        admission.limits.pagesAtOnce = 2
        for number in 1...1_000 as ClosedRange<UInt64> {
            admission.askForPage(ConnectionID(rawValue: number))
            admission.askForPage(ConnectionID(rawValue: number))
        }
        for number in stride(from: 3, through: 1_000, by: 3) { admission.forget(ConnectionID(rawValue: UInt64(number))) }
        var served: [UInt64] = []
        var under: [ConnectionID] = []
        while true {
            while let next = admission.nextPage() {
                under.append(next)
                served.append(next.rawValue)
            }
            #expect(under.count <= 2)
            guard !under.isEmpty else { break }
            admission.pageRead(under.removeFirst())
        }
        #expect(served == (1...1_000).filter { $0 % 3 != 0 })
    }
}

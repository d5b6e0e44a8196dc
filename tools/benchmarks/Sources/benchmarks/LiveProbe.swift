import Dispatch
import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Synchronization
import WebSocketTransport

/// Two real devices of one user, of which one sends live values and the other shows them.
struct LiveProbe {
    let sender: Replica
    let reader: Replica
    private let plan: Plan

    /// Enrols both, and leaves them offline.
    ///
    /// - Parameters:
    ///   - name: of their folders.
    ///   - codes: makes a code for the user of both.
    init(_ plan: Plan, _ name: String, _ endpoint: Endpoint, code: () throws -> String) async throws {
        self.plan = plan
        sender = try await Self.device(plan, name + "-sender", endpoint, code())
        reader = try await Self.device(plan, name + "-reader", endpoint, code())
    }

    func stop() throws {
        try reader.stop()
        try sender.stop()
    }

    private static func device(_ plan: Plan, _ name: String, _ endpoint: Endpoint, _ code: String) async throws -> Replica {
        let folder = try plan.makeFolder(name)
        let store = try SQLiteDeviceStore(folder: folder) { try SchemaLoader.load(text: $0, file: "schema") }
        try await Replica.enrol(
            store: store, endpoint: endpoint, code: code, deviceName: name,
            transport: { try WebSocketConnector(onEvent: $0) }
        ) { try SchemaLoader.load(text: $0, file: "schema") }
        var options = Replica.Options()
        options.blobs = try FileBlobStore(folder: folder + "/blobs")
        return try Replica.open(store: store, transport: { try WebSocketConnector(onEvent: $0) }, options: options)
    }

    /// Sends one value after another, each when the one before is shown, at moments that follow no rhythm.
    ///
    /// - Parameter goesOn: given how many were shown.
    /// - Returns: milliseconds from the call that sends to the moment at which the value is shown.
    func latencies(about row: RowID, while goesOn: (Int) throws -> Bool) async throws -> [Double] {
        let box = Shown()
        let stream = reader.observeSignals("eta")
        let task = Task {
            for await signals in stream {
                let now = DispatchTime.now().uptimeNanoseconds
                for signal in signals { box.note(signal.values["arrives_at"]?.integer, now) }
            }
        }
        defer { task.cancel() }
        var latencies: [Double] = []
        var number = Int64(DispatchTime.now().uptimeNanoseconds / 1_000)
        while try goesOn(latencies.count) {
            number += 1
            let start = DispatchTime.now().uptimeNanoseconds
            try sender.sendSignal("eta", about: row, ["arrives_at": .integer(number)])
            var arrival: UInt64?
            for _ in 0..<30_000 where arrival == nil {
                try await Task.sleep(for: .milliseconds(1))
                arrival = box.moment(of: number)
            }
            guard let arrival else { throw BenchmarkFailure("a live ETA was not shown within half a minute") }
            latencies.append(Double(arrival - start) / 1e6)
            try await Task.sleep(for: .milliseconds(Int.random(in: 60...180)))
        }
        return latencies
    }

    /// When each value was first shown.
    private final class Shown: Sendable {
        private let moments = Mutex<[Int64: UInt64]>([:])

        func note(_ number: Int64?, _ moment: UInt64) {
            guard let number else { return }
            moments.withLock { if $0[number] == nil { $0[number] = moment } }
        }

        func moment(of number: Int64) -> UInt64? { moments.withLock { $0[number] } }
    }
}

import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WebSocketTransport

/// What a connected device that does nothing costs the hub.
struct MemoryFigures {
    let plan: Plan

    func measure() throws -> [Figure] {
        let folder = try plan.makeFolder("memory")
        let bare = try bareConnections(folder)
        let sessions = try sessions(folder)
        try FileManager.default.removeItem(atPath: folder)
        Progress.say("  memory: load \(Progress.load)")
        return [
            Figure(
                "idle memory per connection, \(plan.idle) connected", sessions.perConnection, "KiB", limit: bare, .lowerIsBetter),
            Figure("memory of a hub without connections", sessions.empty / 1_024, "MiB"),
        ]
    }

    /// A hub that has just been started, then with every device connected and complete.
    private func sessions(_ folder: String) throws -> (perConnection: Double, empty: Double) {
        let users: [RowID] = Scene.makeIDs(plan.idle)
        let first = try Host(.hub, folder: folder)
        let administrator = try Administrator(first.endpoint, token: first.token)
        try administrator.makeUsers(users)
        let enrolling = try Fleet(first.endpoint)
        try enrolling.enrol(try administrator.makeCodes(for: users))
        let devices = enrolling.devices
        enrolling.stop()
        administrator.stop()
        try first.stop()

        let second = try Host(.hub, folder: folder)
        let empty = try second.residentMemory()
        let fleet = try Fleet(second.endpoint, devices: devices)
        try fleet.open(0..<devices.count)
        let full = try second.residentMemory()
        fleet.stop()
        try second.stop()
        return ((full - empty) / Double(devices.count), empty)
    }

    /// The same connections to a transport on which nobody says anything.
    private func bareConnections(_ folder: String) throws -> Double {
        let child = try Host(.echo, folder: folder)
        let empty = try child.residentMemory()
        let opened = Atomic(0)
        let connector = try WebSocketConnector { event in
            if case .opened = event { opened.add(1, ordering: .relaxed) }
        }
        for index in 0..<plan.idle {
            _ = try connector.connect(to: child.endpoint)
            try Wait.until("connections open", seconds: 30) { opened.load(ordering: .relaxed) + 64 > index }
        }
        try Wait.until("connections open", seconds: 30) { opened.load(ordering: .relaxed) == plan.idle }
        let full = try child.residentMemory()
        connector.stop()
        try child.stop()
        return (full - empty) / Double(plan.idle)
    }
}

import ChildProcesses
import Foundation
import ReplicationClient
import ReplicationCore

/// What other devices feel of a first sync: from a write to its verdict, while nothing else goes on and beside one.
struct BesideFigures {
    let plan: Plan

    func measure() async throws -> [Figure] {
        let scene = try Scene(plan, "beside", users: 2, usersOfDevices: [])
        let lines = (Scene.makeIDs(plan.firstSyncRows) as [RowID]).enumerated().map { index, id in
            scene.administrator.line(index, "item", id, [
                ("owner", .reference(scene.users[0])), ("title", .text(BenchmarkSchema.sample(index, 0, 2))),
                ("note", .text(BenchmarkSchema.sample(index, 0, 5))),
            ])
        }
        _ = try scene.administrator.importLines(lines)
        try scene.leaveHub()
        let hub = try Host(.hub, folder: scene.hubFolder)
        let administrator = try Administrator(hub.endpoint, token: hub.token)
        let codes = try administrator.makeCodes(for: [scene.users[0], scene.users[1]])

        let writer = try await RealDevice.open(hub, codes[1], folder: try plan.makeFolder("writer"))
        writer.goOnline(hub.endpoint)
        try await writer.syncNow()
        let own: RowID = Scene.makeIDs(1)[0]
        _ = try writer.write { _ = try $0.create("item", id: own, ["owner": .reference(scene.users[1]), "title": .text("own")]) }
        try await writer.syncNow()
        let quiet = try await commits(of: writer, own, until: { $0 >= plan.latencySamples })
        let busy = try await besideOthersWork(writer, own)

        let folder = try plan.makeFolder("reader")
        try await RealDevice.open(hub, codes[0], folder: folder).stop()
        let reader = try SyncingDevice(folder: folder, endpoint: hub.endpoint)
        let isOver = Raised()
        let watch = Task.detached {
            defer { isOver.raise() }
            try reader.waitUntilCaughtUp()
        }
        let beside = try await commits(of: writer, own, until: { _ in isOver.isRaised })
        try await watch.value

        try reader.stop()
        try writer.stop()
        administrator.stop()
        try hub.stop()
        try scene.stop()
        Progress.say("  \(beside.count) commits beside a first sync, load \(Progress.load)")
        let name = "write to verdict beside a first sync of \(plan.firstSyncRows) rows"
        return [("p50", 0.5), ("p95", 0.95)].flatMap { label, share in
            [
                Figure("\(name), \(label)", beside.percentile(share), "ms", limit: quiet.percentile(share), .lowerIsBetter),
                Figure("\(name), \(label), limit beside two programs that compute", beside.percentile(share), "ms", limit: busy.percentile(share), .lowerIsBetter),
            ]
        }
    }

    /// The same where processors are shared, and nothing else: a first sync keeps the hub's reader and the new device busy.
    private func besideOthersWork(_ writer: Replica, _ own: RowID) async throws -> [Double] {
        let others = try (0..<2).map { _ in try ChildProcess("/bin/sh", ["-c", "while :; do :; done"]) }
        let latencies = try await commits(of: writer, own, until: { $0 >= plan.latencySamples })
        for other in others { try other.killNow() }
        return latencies
    }

    /// One row written again and again, each time until the hub has judged it: milliseconds.
    private func commits(of device: Replica, _ row: RowID, until isEnough: (Int) -> Bool) async throws -> [Double] {
        var latencies: [Double] = []
        while !isEnough(latencies.count) {
            let clock = Stopwatch()
            try device.write { try $0.set("item", row, ["note": .text(UUID().uuidString)]) }
            try await device.syncNow()
            latencies.append(clock.seconds * 1e3)
        }
        return latencies
    }
}

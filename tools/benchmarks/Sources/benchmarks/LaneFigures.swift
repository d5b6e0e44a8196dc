import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// How long a live ETA takes from the device that sends it to the one that shows it, over a line of 256 kbit/s with a round
/// trip of 40 ms: while that device is in the middle of a large catch-up, while it uploads, while a photo comes to it or goes
/// up from it, and while nothing else goes on.
struct LaneFigures {
    let plan: Plan

    /// What the urgent lane promises for the 95th percentile, in milliseconds.
    private static let promise = 100.0

    func measure() async throws -> [Figure] {
        let scene = try Scene(plan, "lanes", users: 1, usersOfDevices: [])
        let ids: [RowID] = Scene.makeIDs(plan.laneRows)
        _ = try scene.administrator.importLines(ids.enumerated().map { index, id in
            scene.administrator.line(index, "item", id, [
                ("owner", .reference(scene.users[0])), ("title", .text(BenchmarkSchema.sample(index, 0, 2))),
                ("place", .text(BenchmarkSchema.sample(index, 0, 3))), ("note", .text(UUID().uuidString)),
            ])
        })
        var line = LinkWeather.clear
        line.bytesPerSecond = 32_000
        line.delayMilliseconds = 20
        let link = try WeatherLink(to: scene.hub.endpoint.host, scene.hub.endpoint.port, weather: line)
        var slow = scene.hub.endpoint
        slow.port = link.port
        let probe = try await LiveProbe(plan, "lanes", scene.hub.endpoint) { try scene.administrator.makeCodes(for: [scene.users[0]])[0] }
        let sender = probe.sender, reader = probe.reader
        sender.goOnline(scene.hub.endpoint)
        try await sender.syncNow(within: .seconds(120))

        let clock = Stopwatch()
        reader.goOnline(slow)
        try await wait("the catch-up has begun") { try reader.connection == .catchingUp && reader.progress.basis == .zero && !Self.isEmpty(reader) }
        let loaded = try await probe.latencies(about: ids[0]) { _ in reader.connection == .catchingUp }
        try await reader.syncNow(within: .seconds(600))
        let seconds = clock.seconds
        let quiet = try await probe.latencies(about: ids[0]) { $0 < plan.laneSamples }
        for id in ids.prefix(plan.laneRows / 2) {
            try reader.write { try $0.set("item", id, ["note": .text(UUID().uuidString), "title": .text(UUID().uuidString)]) }
        }
        let uploading = try await probe.latencies(about: ids[0]) { _ in reader.pendingCount > 0 }
        let down = try picture(by: sender, of: scene.users[0])
        try await wait("a photo has begun to come") { try Self.bytes(of: down, on: reader) ?? 0 > 0 }
        let coming = try await probe.latencies(about: ids[0]) { _ in try Self.bytes(of: down, on: reader) != nil }
        guard case .here = try reader.blob(down) else { throw BenchmarkFailure("the photo did not come: \(try reader.blob(down))") }
        _ = try picture(by: reader, of: scene.users[0])
        let going = try await probe.latencies(about: ids[0]) { _ in try reader.blobsToHandIn() > 0 }
        try probe.stop()
        link.stop()
        try scene.stop()
        Progress.say("  lanes: \(loaded.count) ETAs in a catch-up of \(plan.laneRows) rows in \(Int(seconds)) s, \(uploading.count) in an upload, \(coming.count) and \(going.count) beside a photo that comes and one that goes, \(quiet.count) in quiet, load \(Progress.load)")
        return figures("in a catch-up", loaded) + figures("in an upload", uploading)
            + figures("while a photo comes", coming) + figures("while a photo goes up", going) + figures("in quiet", quiet)
    }

    private func figures(_ when: String, _ latencies: [Double]) -> [Figure] {
        [("p50", 0.5), ("p95", 0.95), ("max", 1)].map { label, share in
            Figure(
                "live ETA at 256 kbit/s, \(when), \(label)", latencies.percentile(share), "ms",
                limit: label == "p95" ? Self.promise : nil, .lowerIsBetter)
        }
    }

    /// Adds a photo that nobody else has, with the row that names it.
    private func picture(by device: Replica, of user: RowID) throws -> BlobReference {
        let reference = try device.addBlob((0..<plan.laneBlobBytes).map { _ in UInt8.random(in: 0...255) }, mediaType: "image/jpeg")
        try device.write { _ = try $0.create("picture", ["owner": .reference(user), "image": .text(reference.description)]) }
        return reference
    }

    /// What has come of it so far; nil when nothing more comes.
    private static func bytes(of blob: BlobReference, on device: Replica) throws -> UInt64? {
        if case .coming(let bytes) = try device.blob(blob) { bytes } else { nil }
    }

    private static func isEmpty(_ replica: Replica) throws -> Bool {
        try replica.query("SELECT count(*) AS n FROM item")[0].integer("n") ?? 0 == 0
    }

    private func wait(_ what: String, _ isSo: () throws -> Bool) async throws {
        for _ in 0..<6_000 {
            if try isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw BenchmarkFailure("\(what): not within a minute")
    }
}

import Foundation
import ReplicationClient
import ReplicationCore
import Testing
import TestTraits

@testable import FieldDevice

/// A device in a folder with a real hub, over real sockets.
@Suite(.serialized, .realTime) struct StandInTests {
    private func withDevice(_ body: (StandIn, SmallHub) async throws -> Void) async throws {
        let hub = try SmallHub()
        let folder = DeviceFolder(hub.folder + "/ines")
        #expect(!folder.isReplica)
        #expect(throws: FieldDeviceError.self) { try folder.open() }
        let code = try hub.code()
        // A machine that is very busy may need longer than the hub waits.
        for attempt in 1...5 {
            do {
                try await folder.enrol(at: hub.url, code: code, deviceName: "Ines's phone")
                break
            } catch let error as ReplicaError where attempt < 5 {
                print("enrolling again: \(error)")
            }
        }
        let device = try folder.open()
        do {
            try await body(device, hub)
        } catch {
            Issue.record(error)
        }
        try device.stop()
        try hub.stop()
    }

    private func write(_ text: String, on device: StandIn, of hub: SmallHub) throws {
        try device.replica.write { try $0.set("work_order", hub.order, ["resolution": .text(text)]) }
    }

    private func wait(_ what: Comment, _ condition: () throws -> Bool) async throws {
        for _ in 0..<3_000 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record(what)
    }

    @Test func worksThroughABadLineAndMendsItself() async throws {
        try await withDevice { device, hub in
            try device.goOnline()
            try await device.replica.syncNow()
            #expect(try device.replica.query("SELECT title FROM work_order").first?.text("title") == "Pump fails")

            try device.change(to: .offline)
            try write("tightened", on: device, of: hub)
            try await wait("the device notices that it is offline") { device.replica.connection != .online }
            #expect(device.replica.pendingCount == 1)

            var weather = LinkWeather.lossy
            weather.delayMilliseconds = 10
            try device.change(to: weather)
            try await device.replica.syncNow(within: .seconds(60))
            #expect(device.replica.pendingCount == 0)
            #expect(try await device.replica.verify().isEqual)
        }
    }

    @Test func halfOpenKeepsWritesUntilTheLineIsBack() async throws {
        try await withDevice { device, hub in
            try device.prepareWeather()
            try device.change(to: .slow)
            try device.goOnline()
            try await device.replica.syncNow()
            try device.change(to: .halfOpen)
            try write("sealed", on: device, of: hub)
            await #expect(throws: ReplicaError.self) { try await device.replica.syncNow(within: .seconds(1)) }
            #expect(device.replica.connection == .online, "nobody is told")
            #expect(device.replica.pendingCount == 1)
            try device.change(to: .clear)
            try await device.replica.syncNow(within: .seconds(60))
            #expect(device.replica.pendingCount == 0)
        }
    }

    @Test func showsTheConversation() async throws {
        try await withDevice { device, hub in
            device.frames.isWatching = true
            try device.goOnline()
            try await device.replica.syncNow()
            try write("greased", on: device, of: hub)
            try await device.replica.syncNow()
            let lines = device.frames.lines()
            let names = lines.map(\.message)
            for name in ["Hello", "Challenge", "Proof", "Welcome", "Changes", "Upload", "Verdicts", "Confirm"] {
                #expect(names.contains(name), "\(names)")
            }
            #expect(lines.contains { $0.direction == .sent && $0.message == "Upload" && $0.contents.contains("#1 work_order …") })
            #expect(lines.contains { $0.direction == .received && $0.message == "Verdicts" && $0.contents.contains("1 accepted") })
            #expect(lines.contains { $0.message == "Changes" && $0.contents.contains("work_order 1") && $0.fragments > 0 })
            #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
            #expect(device.frames.lines(after: lines[2].number).first == lines[3])
            #expect(!lines.contains { $0.contents.contains("greased") }, "values are nobody's business here")
            #expect(device.frames.sent.bytes > 0 && device.frames.received.bytes > device.frames.sent.bytes)
        }
    }

    @Test func aClockThatIsAYearOffLosesNothing() async throws {
        try await withDevice { device, hub in
            try device.goOnline()
            try await device.replica.syncNow()
            device.clockOffset = 365 * 86_400_000
            try write("next year", on: device, of: hub)
            try await device.replica.syncNow()
            #expect(device.clockOffset == 365 * 86_400_000)
            let written = try #require(try device.replica.ownChangesets().last)
            #expect(written.operations.count == 1 && written.refused == 0)
            // The hub is told what the clock shows.
            device.goOffline()
            device.frames.isWatching = true
            try device.goOnline()
            try await device.replica.syncNow()
            let year = try #require(Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date(timeIntervalSinceNow: 365 * 86_400)).year)
            #expect(device.frames.lines().contains { $0.message == "Hello" && $0.contents.contains("its clock shows \(year)-") })
            let row = try device.replica.query("SELECT resolution FROM work_order").first
            #expect(row?.text("resolution") == "next year")
            #expect(try device.replica.refused().isEmpty)
        }
    }
}

import Foundation
import ReplicationCore
import SQLiteStore
import TestSupport
import Testing
import WireProtocol

@testable import ReplicationEngine

/// What was recorded, with stores that were kept, stays true for ever: frames mean what they meant, a hub of today answers
/// them as it did then, and a device of today does with the answers what it did then.
///
/// A store with other tables needs a recording of its own beside those that are there:
/// `CONVERGE_RECORD=NAME swift test --filter TranscriptTests`, and once more with `CONVERGE_WRITE_FIXTURES=1` for the words.
@Suite struct TranscriptTests {
    private static let recordings: [String] = {
        let root = Fixture.root.appendingPathComponent(Transcript.folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] // None were recorded: a test says so.
        return names.filter { !$0.hasSuffix(".md") }.sorted()
    }()

    private static let stories = recordings.flatMap { recording in Story.names.map { "\(recording)/\($0)" } }

    private func transcript(_ path: String) throws -> Transcript {
        try Transcript(reading: Fixture.text("\(Transcript.folder)/\(path).jsonl"))
    }

    private func stores(_ path: String) -> String { Fixture.root.appendingPathComponent("Fixtures/stores/\(path)").path }

    @Test func somethingIsRecorded() throws {
        guard let name = ProcessInfo.processInfo.environment["CONVERGE_RECORD"] else {
            return #expect(!Self.recordings.isEmpty)
        }
        for story in Story.names {
            let transcript = try Story.begin(story).record(stores: stores("\(name)/\(story)"))
            let file = Fixture.root.appendingPathComponent("\(Transcript.folder)/\(name)/\(story).jsonl")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try transcript.text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    /// A version of the stores of which nothing was kept could not be shown to be readable later.
    @Test func theStoresOfThisVersionAreKept() throws {
        let house = try House(version: 6)
        _ = try house.device("ada", version: 6)
        let folder = NSTemporaryDirectory() + "converge-kept-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        try house.copyFiles(to: folder, devices: ["ada"])
        let present = try StoreShape.of(folder + "/hub.sqlite"), device = try StoreShape.of(folder + "/ada.sqlite")
        let kept = try Self.recordings.map { try StoreShape.of(stores("\($0)/reassignment/hub.sqlite")) }
        let keptDevices = try Self.recordings.map { try StoreShape.of(stores("\($0)/reassignment/ada.sqlite")) }
        #expect(kept.contains(present), "No hub store with these tables is kept: \(present)")
        #expect(keptDevices.contains(device), "No device store with these tables is kept: \(device)")
    }

    @Test(arguments: stories) func theHubAnswersAsItDid(_ path: String) throws {
        let transcript = try transcript(path)
        let said = try transcript.replayedToHub(kept: stores(path))
        let recorded = transcript.recorded(.down)
        for device in transcript.devices {
            try compare(said[device] ?? [], recorded[device] ?? [], "what the hub says to \(device)")
        }
    }

    @Test(arguments: stories) func devicesDoAsTheyDid(_ path: String) throws {
        let transcript = try transcript(path)
        let recorded = transcript.recorded(.up)
        for device in transcript.devices {
            let (sent, shown) = try transcript.replayedToDevice(device, kept: stores(path))
            try compare(sent, recorded[device] ?? [], "what \(device) says")
            #expect(shown == transcript.shown[device], "what \(device) shows")
        }
    }

    /// Both sides of today, with the stores of then.
    @Test(arguments: stories) func keptStoresAreTakenUpAgain(_ path: String) throws {
        let transcript = try transcript(path)
        let house = try House(copiedFrom: stores(path), version: transcript.hubVersion, devices: transcript.devices)
        house.wall = try #require(transcript.steps.map(\.hubWall).max())
        #expect(try house.settle().allSatisfy { $0 })
        for (name, device) in zip(transcript.devices, house.devices) {
            #expect(try device.refused.isEmpty)
            #expect(device.driver.isEchoed)
            let shown = try device.shown(), recorded = try #require(transcript.shown[name])
            for (collection, rows) in recorded {
                // When a conflict or a review was raised, the hub's clock says.
                func timeless(_ fields: String?) -> String? { fields?.replacing(/raised_at \d+/, with: "") }
                for (row, fields) in rows { #expect(timeless(shown[collection]?[row]) == timeless(fields), "what \(name) shows") }
            }
            #expect(shown.mapValues(\.count) == recorded.mapValues(\.count), "what \(name) shows")
        }
        try house.store.verifyChain()
    }

    @Test(arguments: stories) func theWordsAreCurrent(_ path: String) throws {
        let words = try transcript(path).inWords()
        #expect(try Fixture.isCurrent("\(Transcript.folder)/\(path).md", text: words))
    }

    /// A hub that says otherwise is noticed.
    @Test func whatIsSaidOtherwiseIsNoticed() throws {
        let recorded: [String: Any] = ["changes": ["collections": [["collection": 3, "evicted": ["AA=="]]], "capabilities": ["a", "c"]]]
        func said(_ number: Int, _ capabilities: [String], more: Bool = false) -> [String: Any] {
            let part: [String: Any] = ["collection": number, "evicted": ["AA=="], "later": 1]
            return ["changes": ["collections": [part] + (more ? [part] : []), "capabilities": capabilities]]
        }
        #expect(Meaning.says(said(3, ["a", "b", "c"]), all: recorded))
        #expect(!Meaning.says(said(4, ["a", "c"]), all: recorded))
        #expect(!Meaning.says(said(3, ["c", "a"]), all: recorded))
        #expect(!Meaning.says(said(3, ["a", "c"], more: true), all: recorded))
    }

    private func compare(_ said: [[UInt8]], _ recorded: [[UInt8]], _ what: String) throws {
        let said = try Meaning.comparable(said), recorded = try Meaning.comparable(recorded)
        #expect(said.count == recorded.count, "\(what): \(said.count) messages, \(recorded.count) were recorded")
        for (index, (now, then)) in zip(said, recorded).enumerated() where !Meaning.says(now, all: then) {
            Issue.record("\(what), message \(index): recorded was \(then), said is \(now)")
            return
        }
    }
}

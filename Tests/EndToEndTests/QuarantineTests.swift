import Foundation
import Testing
import TestTraits

/// A refused job, with what depends on it, through the real programs: preview, refusal, mending, explanation.
@Suite(.serialized, .realTime)
struct QuarantineTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess
    private var device: String { folder.path + "/ines" }

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
    }

    private func shell(_ commands: String...) throws -> [[String: Any]] {
        let result = try HubProcess.run(
            "fieldsim", ["repl", "--replica", device, "--json"] + commands.flatMap { ["-c", $0] })
        #expect(result.code == 0, "\(result.output) \(result.errors)")
        return try result.output.split(separator: "\n").compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.filter { $0["ok"] != nil }
    }

    private func hubStatus(_ name: String) throws -> Int? {
        let object = try JSONSerialization.jsonObject(with: Data(try hub.command(["status", "--json"]).output.utf8))
        return ((object as? [String: Any])?[name] as? NSNumber)?.intValue
    }

    @Test func `refused work is predicted, mended and explained`() throws {
        try hub.start()
        defer { hub.stop() }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        let code = try hub.enrolmentCode(for: "ines@harborlift.example")
        let enrolled = try HubProcess.run("fieldsim", ["enrol", "--replica", device, "--hub", hub.url, "--code", code])
        #expect(enrolled.code == 0, "\(enrolled.errors)")
        let territory = "a4ff5a59-075b-8c7c-a20b-30d48e76d620", order = "bf941b03-8b2c-84ca-b33f-d90b9025bb44"
        // An appointment without its mandatory order, and a note of what happened at it.
        let made = try shell(
            "online", "sync", "offline", "unchecked on", "create appointment territory=\(territory)")
        let row = try #require(made.last?["row"] as? String), changeset = try #require(made.last?["changeset"] as? String)
        let noted = try shell("unchecked on", "create status_event appointment=\(row) state=dispatched happened_at=now")
        let event = try #require(noted.last?["row"] as? String)

        let preview = try HubProcess.run("fieldsim", ["preview", "--replica", device, "--json"])
        #expect(preview.code == 0, "\(preview.errors)")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(preview.output.utf8)) as? [String: Any])
        let predicted = try #require(document["preview"] as? [String: Any])
        let refused = try #require(predicted["refused"] as? [[String: Any]])
        #expect(refused.contains { $0["rule"] as? String == "missingMandatory" })
        #expect(try hubStatus("quarantined") == 0, "a preview changes nothing")

        _ = try shell("online", "sync")
        #expect(try hubStatus("quarantined") == refused.count)
        let held = try #require(try shell("refused").last?["refused"] as? [[String: Any]])
        #expect(held.count == refused.count && held.contains { $0["waits"] as? Bool == true })

        _ = try shell("online", "sync", "mend \(changeset) \(row) work_order=\(order)", "sync")
        #expect(try hubStatus("quarantined") == 0)
        let status = try shell("online", "sync", "status", "verify")
        #expect((status[2]["refused"] as? NSNumber)?.intValue == 0)
        #expect(status[3]["equal"] as? Bool == true)

        // All or nothing: the title goes with the number that only the hub may write.
        _ = try shell(
            "unchecked on", "begin atomic", "set work_order \(order) title=Both", "set work_order \(order) number=MINE",
            "commit", "online", "sync")
        let both = try #require(try shell("refused").last?["refused"] as? [[String: Any]])
        #expect(Set(both.compactMap { $0["rule"] as? String }) == ["hubOnly", "atomicPeerRefused"])
        _ = try shell("discard \(try #require(both[0]["changeset"] as? String))", "online", "sync")
        #expect(try hubStatus("quarantined") == 0)

        let atHub = try hub.command(["explain", "status_event", event, "state"])
        #expect(atHub.code == 0 && atHub.output.contains("dispatched") && atHub.output.contains("Inês"), "\(atHub.errors)")
        let here = try HubProcess.run("fieldsim", ["explain", "--replica", device, "status_event", event, "state"])
        #expect(here.code == 0 && here.output.contains("dispatched") && here.output.contains("To change it"), "\(here.errors)")
        let json = try hub.command(["explain", "status_event", event, "state", "--json"])
        let answer = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect((answer?["shown"] as? [String: Any])?["state"] as? String == "dispatched")
        let wrong = try hub.command(["explain", "status_event", event, "stat"])
        #expect(wrong.code == 1 && wrong.errors.contains("It has: "))
    }
}

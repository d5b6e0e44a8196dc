import ChildProcesses
import Foundation
import Testing
import TestTraits

/// The app of the guide for developers, `docs/examples/MyDay`, against a real hub.
@Suite(.serialized, .realTime) final class ClientGuideTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess
    private var nadia: String { folder.path + "/nadia" }
    private var ines: String { folder.path + "/ines" }

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        let loaded = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        try #require(loaded.code == 0, "\(loaded.errors)")
        // A dispatcher's device, to give work and to clash with.
        let code = try hub.enrolmentCode(for: "ines@harborlift.example")
        let enrolled = try HubProcess.run("fieldsim", ["enrol", "--replica", ines, "--hub", hub.url, "--code", code])
        try #require(enrolled.code == 0, "\(enrolled.errors)")
        #expect(try app("enrol", hub.url, try hub.enrolmentCode(for: "nadia@harborlift.example")).contains("Enrolled."))
    }

    deinit { hub.stop() }

    /// Runs the app, and gives what it prints.
    private func app(_ words: String...) throws -> String {
        let run = try HubProcess.run("my-day", [nadia] + words)
        try #require(run.code == 0, "\(words) \(run.errors)")
        return run.output
    }

    /// - Returns: the rows of the last answer that has any.
    @discardableResult
    private func office(_ commands: String...) throws -> [[String: Any]] {
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", ines, "--json"] + (["online", "sync"] + commands + ["sync"]).flatMap { ["-c", $0] })
        try #require(run.code == 0, "\(run.output)")
        let answers = run.output.split(separator: "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }  // events are none
        return answers.compactMap { $0["rows"] as? [[String: Any]] }.last ?? []
    }

    private func id(_ collection: String, _ condition: String) throws -> String {
        try #require(try office("query SELECT id FROM \(collection) WHERE \(condition)").first?["id"] as? String)
    }

    /// Inês gives Nadia the chiller.
    private func plan() throws -> (order: String, visit: String) {
        let order = try id("work_order", "number = 'HLP-0001'"), user = try id("user", "name LIKE 'Nadia%'"), place = try id("territory", "name = 'Harborside'")
        try office("create appointment work_order=\(order) assignee=\(user) territory=\(place) planned_start=now+1h planned_end=now+3h")
        return (order, try id("appointment", "work_order IS NOT NULL"))
    }

    @Test func theGuideIsPlayed() throws {
        #expect(try app("list") == "No visits.\n")
        let (order, _) = try plan()
        #expect(try app("sync") == "In step with the hub. Nothing waits for you.\n")
        #expect(try app("list").contains("HLP-0001"))

        // Without the network.
        #expect(try app("describe", "HLP-0001", "Leak at the valve, soldered").contains("Noted."))
        let done = try app("done", "HLP-0001")
        #expect(done.contains("  completed  Chiller 2 loses pressure") && done.contains("soldered  [not at the hub yet]"), "\(done)")
        try office("set work_order \(order) description=\"Customer called again\"")

        #expect(try app("sync") == "In step with the hub. 1 thing waits for you: inbox\n")
        let inbox = try app("inbox")
        #expect(inbox.contains("before: description = Pressure falls overnight"), "\(inbox)")
        #expect(inbox.contains("theirs: description = Customer called again (Inês Duarte)"))
        #expect(inbox.contains("yours:  description = Leak at the valve, soldered (Nadia Okafor)"))
        #expect(try app("list").contains("[in conflict]"))
        let conflict = try #require(inbox.split(separator: "\n").first?.split(whereSeparator: { $0 == " " || $0 == ":" }).dropFirst().first)
        #expect(try app("settle", String(conflict), "yours").contains("Settled here."))
        #expect(try app("sync") == "In step with the hub. Nothing waits for you.\n")
        #expect(try app("inbox").isEmpty)
        let settled = try office("query SELECT description, tags, status FROM work_order WHERE id = x'\(order.replacingOccurrences(of: "-", with: ""))'").first
        #expect(settled?["description"] as? String == "Leak at the valve, soldered")
        #expect(settled?["tags"] as? String == #"["done by my-day","goods at risk"]"# && settled?["status"] as? String == "completed")
    }

    @Test func whatTheHubRefusesWaitsInTheInbox() throws {
        let (order, _) = try plan()
        _ = try app("sync")
        // The same folder in the hands of an app that asks no rules.
        let faulty = try HubProcess.run("fieldsim", ["repl", "--replica", nadia, "-c", "unchecked on", "-c", "set work_order \(order) number=MINE"])
        try #require(faulty.code == 0, "\(faulty.errors)")
        #expect(try app("sync") == "In step with the hub. 1 thing waits for you: inbox\n")
        let inbox = try app("inbox")
        let changeset = try #require(inbox.split(separator: "\n").first?.split(whereSeparator: { $0 == " " || $0 == ":" }).dropFirst().first)
        #expect(inbox.hasPrefix("refused ") && inbox.contains("number of Work order is set by the hub only"), "\(inbox)")
        #expect(try app("discard", String(changeset)) == "Discarded.\n")
        #expect(try app("sync") == "In step with the hub. Nothing waits for you.\n")
    }

    @Test func watchingShowsWhatComes() throws {
        _ = try app("sync")
        let watch = try ChildProcess(try HubProcess.binaries.appendingPathComponent("my-day").path, [nadia, "watch"])
        defer { do { try watch.killNow() } catch { Issue.record(error) } }
        let first = try watch.readLine(within: 60)
        #expect(first?.hasPrefix("-- ") == true)
        _ = try plan()
        var lines = 0
        while let line = try watch.readLine(within: 60), lines < 100 {
            if line.contains("Chiller 2 loses pressure") { return }
            lines += 1
        }
        Issue.record("the visit did not show")
    }

    @Test func mistakesAreToldInWords() throws {
        let nobody = try HubProcess.run("my-day", [folder.path + "/nobody", "list"])
        #expect(nobody.code == 1 && nobody.errors.contains("is no replica yet"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/nobody"))
        let absent = try HubProcess.run("my-day", [nadia, "describe", "HLP-9999", "x"])
        #expect(absent.code == 1 && absent.errors.contains("does not hold the order HLP-9999"))
        let used = try HubProcess.run("my-day", [folder.path + "/again", "enrol", hub.url, "WRONG-CODE"])
        #expect(used.code == 1 && !used.errors.isEmpty)
    }
}

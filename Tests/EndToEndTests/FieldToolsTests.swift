import Foundation
import Testing
import TestTraits

/// `fieldsim diff`, `tail`, `record`, `fleet` and scripts of `repl`, as people use them.
@Suite(.serialized, .realTime) final class FieldToolsTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        let loaded = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        try #require(loaded.code == 0, "\(loaded.errors)")
        for name in ["nadia", "ines"] {
            let code = try hub.enrolmentCode(for: "\(name)@harborlift.example")
            let enrolled = try HubProcess.run("fieldsim", ["enrol", "--replica", device(name), "--hub", hub.url, "--code", code])
            try #require(enrolled.code == 0, "\(enrolled.errors)")
        }
    }

    deinit { hub.stop() }

    private func device(_ name: String) -> String { folder.path + "/" + name }

    /// Runs commands, and gives the members of what the last one answered.
    @discardableResult
    private func use(_ name: String, _ commands: String...) throws -> [String: Any] {
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", device(name), "--json"] + commands.flatMap { ["-c", $0] })
        try #require(run.code == 0, "\(run.output)")
        let answers = run.output.split(separator: "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }  // events are none
        return answers.last { $0["ok"] != nil } ?? [:]
    }

    private func id(_ collection: String, _ condition: String, of name: String) throws -> String {
        let rows = try use(name, "query SELECT id FROM \(collection) WHERE \(condition)")["rows"] as? [[String: Any]]
        return try #require(rows?.first?["id"] as? String)
    }

    /// Inês gives Nadia the chiller.
    private func plan() throws -> String {
        try use("ines", "online", "sync")
        let order = try id("work_order", "number = 'HLP-0001'", of: "ines")
        let nadia = try id("user", "name LIKE 'Nadia%'", of: "ines"), territory = try id("territory", "name = 'Harborside'", of: "ines")
        try use("ines", "online", "create appointment work_order=\(order) assignee=\(nadia) territory=\(territory) planned_start=now+1h planned_end=now+3h", "sync")
        try use("nadia", "online", "sync")
        return order
    }

    @Test func diffSaysWhereTwoDevicesDiffer() throws {
        let order = try plan()
        try use("ines", "online", "sync")
        let same = try HubProcess.run("fieldsim", ["diff", device("nadia"), device("ines"), "--shared"])
        #expect(same.code == 0 && same.output == "They hold the same.\n", "\(same.output)\(same.errors)")
        try use("nadia", "set work_order \(order) resolution=Sealed")
        let differ = try HubProcess.run("fieldsim", ["diff", device("nadia"), device("ines"), "--shared"])
        #expect(differ.code == 1)
        #expect(differ.output.contains("work_order \(order) “Chiller 2 loses pressure” · resolution"), "\(differ.output)")
        #expect(differ.output.contains("\"Sealed\"   (pending by Nadia Okafor at ") && differ.output.contains("ines: nothing"))
        #expect(differ.output.hasSuffix("1 differences.\n"))
        let whole = try HubProcess.run("fieldsim", ["diff", device("nadia"), device("ines"), "--json", "--collection", "account"])
        #expect(whole.code == 1 && whole.output.contains("\"value1\":null"))
        let lines = whole.output.split(separator: "\n")
        #expect(try lines.count > 1 && lines.allSatisfy { try JSONSerialization.jsonObject(with: Data($0.utf8)) is [String: Any] })
        #expect(try HubProcess.run("fieldsim", ["diff", device("nadia"), device("nobody")]).code == 2)
        #expect(try HubProcess.run("fieldsim", ["diff", device("nadia"), device("ines"), "--collection", "nothing"]).code == 2)
    }

    @Test func tailTellsWhatChanges() async throws {
        let order = try plan()
        let path = device("ines")
        // The first comes with the connection, the second while it stands.
        try use("nadia", "online", "create interaction work_order=\(order) channel=note summary=Hello happened_at=now", "sync")
        async let watched = Self.run(["tail", "--replica", path, "work_order", "interaction", "--json", "--count", "2", "--seconds", "60"])
        try await waitUntilSomebodyIsOnline()
        try use("nadia", "online", "set work_order \(order) resolution=Sealed", "sync")
        let tail = try await watched
        #expect(tail.code == 0, "\(tail.errors)")
        let lines = try tail.output.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(lines.map { $0["what"] as? String } == ["new", "changed"])
        #expect(lines.first?["is.summary"] as? String == "Hello")
        #expect(lines.last?["is.resolution"] as? String == "Sealed" && lines.last?["was.resolution"] is NSNull && lines.last?["row"] as? String == order)
        let quiet = try HubProcess.run("fieldsim", ["tail", "--replica", path, "--offline", "--seconds", "0.5"])
        #expect(quiet.code == 0 && quiet.output.isEmpty)
        #expect(try HubProcess.run("fieldsim", ["tail", "--replica", path, "nothing"]).code == 1)
    }

    private func waitUntilSomebodyIsOnline() async throws {
        for _ in 0..<200 where try !isSomebodyOnline() { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try isSomebodyOnline())
    }

    private func isSomebodyOnline() throws -> Bool { try hub.command(["devices"]).output.contains(" online ") }

    private static func run(_ arguments: [String]) async throws -> (code: Int32, output: String, errors: String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try HubProcess.run("fieldsim", arguments) }) }.start()
        }
    }

    @Test func whatADeviceDidIsRecordedMaskedAndPlayedAgain() throws {
        let order = try plan()
        try use(
            "nadia", "online", "set work_order \(order) resolution=\"Call Mr. Quist, 555-1234\"", "increment work_order \(order) travel_metres 500", "sync", "offline",
            "create interaction work_order=\(order) channel=note summary=\"Ünder the sink: O'Neill\" happened_at=now", "add work_order \(order) tags leaking")
        let file = folder.path + "/recorded.yaml"
        let recorded = try HubProcess.run("fieldsim", ["record", "--replica", device("nadia"), "--out", file])
        #expect(recorded.code == 0 && recorded.output.hasPrefix("4 changesets"), "\(recorded.output)\(recorded.errors)")
        let scenario = try String(contentsOfFile: file, encoding: .utf8)
        let company = try String(contentsOfFile: folder.path + "/recorded-company.yaml", encoding: .utf8)
        #expect(scenario.contains("Xxxx Xx. Xxxxx, 000-0000") && scenario.contains("Xxxxx xxx xxxx: X'Xxxxx"))
        for secret in ["Quist", "555", "sink", "Neill", "Okafor", "leaking", "Pier", "harborlift", order] {
            #expect(!scenario.contains(secret) && !company.contains(secret), "\(secret)")
        }
        for stage in [["--simulated"], []] {
            let played = try HubProcess.run("fieldsim", ["run", file] + stage)
            #expect(played.code == 0, "\(stage) \(played.output)\(played.errors)")
            #expect(played.output.contains("increment work_order/work_order_1 travel_metres=500"))
        }
        let again = try HubProcess.run("fieldsim", ["record", "--replica", device("nadia"), "--out", file])
        #expect(again.code == 1 && again.errors.contains("is there already"))
        let nothing = try HubProcess.run("fieldsim", ["record", "--replica", device("ines"), "--out", folder.path + "/few.yaml", "--rows", "3"])
        #expect(nothing.code == 1 && nothing.errors.contains("more than 3 rows"), "\(nothing.errors)")
    }

    @Test func aFleetWorksAndReports() throws {
        _ = try plan()
        let run = try HubProcess.run("fieldsim", [
            "fleet", "--data", hub.folder, "--hub", hub.url, "--user", "nadia@harborlift.example", "--user", "ines@harborlift.example", "--devices", "4",
            "--rate", "120", "--ramp", "1", "--seconds", "3", "--json",
        ])
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        func figure(_ name: String) -> Double { (report[name] as? NSNumber)?.doubleValue ?? -1 }
        #expect(figure("devices") == 4 && figure("written") > 8 && figure("judged") == figure("written") && figure("refused") == 0)
        #expect(figure("verdict_ms_p50") > 0 && figure("verdict_ms_max") >= figure("verdict_ms_p95") && figure("errors") == 0)
        #expect(figure("bytes_received") > 0 && figure("catch-up_ms_max") > 0)
        // Tomás has nothing to write, and the report says so.
        let idle = try HubProcess.run("fieldsim", [
            "fleet", "--data", hub.folder, "--hub", hub.url, "--user", "tomas@harborlift.example", "--devices", "1", "--rate", "600", "--ramp", "0", "--seconds", "1",
        ])
        #expect(idle.code == 3 && idle.output.contains("error × 1: This user holds no row"), "\(idle.output)")
        #expect(try HubProcess.run("fieldsim", ["fleet", "--data", folder.path, "--hub", hub.url, "--user", "x"]).code == 1)
        #expect(try HubProcess.run("fieldsim", ["fleet", "--data", hub.folder, "--hub", hub.url, "--user", "x", "--devices", "201"]).code == 64)
    }

    @Test func aScriptEndsWithItsFirstLineThatFails() throws {
        let script = folder.path + "/morning.txt"
        try Data("# the morning\nonline\nsync 30\n\nfrobnicate\nstatus\n".utf8).write(to: URL(fileURLWithPath: script))
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", device("nadia"), "--script", script])
        #expect(run.code == 1 && run.errors.contains("\(script):5: There is no command 'frobnicate'"), "\(run.errors)")
        #expect(run.output.contains("In step with the hub") && !run.output.contains("changesets wait"))
        let missing = try HubProcess.run("fieldsim", ["repl", "--replica", device("nadia"), "--script", folder.path + "/none.txt"])
        #expect(missing.code == 64 && missing.errors.contains("cannot be read"))
        let weather = try HubProcess.run("fieldsim", ["repl", "--replica", device("nadia"), "-c", "weather slow", "-c", "frames on", "-c", "online", "-c", "sync 60", "-c", "frames"])
        #expect(weather.code == 0 && weather.output.contains("The line is 32000 bytes/s, 150 ms") && weather.output.contains("Welcome"), "\(weather.output)\(weather.errors)")
        #expect(try HubProcess.run("fieldsim", ["repl", "--replica", device("nadia"), "-c", "weather fine"]).code == 1)
    }
}

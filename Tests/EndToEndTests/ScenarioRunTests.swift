import Foundation
import Testing
import TestTraits

/// `fieldsim run` as people use it.
@Suite(.realTime) struct ScenarioRunTests {
    private static let folder = projectFolder + "/Fixtures/scenarios"
    private static let shipped = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()  // checked below

    @Test func theWholeLibraryComesTrueInTheSimulator() throws {
        #expect(Self.shipped.count >= 13)
        let run = try HubProcess.run("fieldsim", ["run", "--simulated", "--quiet"] + Self.shipped.map { Self.folder + "/" + $0 })
        #expect(run.code == 0 && run.output.hasSuffix("all came true.\n"), "\(run.output)\(run.errors)")
    }

    /// All of them by `tools/check-scenarios`.
    @Test(arguments: ["two-technicians", "phone-restored-from-backup", "app-two-versions-behind", "mailbox-scanner"])
    func comesTrueWithARealHub(_ name: String) throws {
        let run = try HubProcess.run("fieldsim", ["run", "\(Self.folder)/\(name).yaml"])
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        #expect(run.output.contains("✓ every device holds the same as the hub"))
    }

    /// Each expectation of the library is turned into its contrary: a scenario that still comes true expects nothing.
    @Test(arguments: shipped) func everyExpectationCanFail(_ name: String) throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOfFile: Self.folder + "/" + name, encoding: .utf8)
            .replacingOccurrences(of: "company: ../", with: "company: \(projectFolder)/Fixtures/").replacingOccurrences(of: "schema: ../", with: "schema: \(projectFolder)/Fixtures/")
        var expected = 0
        let isReal = text.contains("\nonly: real\n")
        let broken = text.components(separatedBy: "\n").map { line -> String in
            guard let contrary = Self.contrary(line, isReal ? "2 s" : "5 s") else { return line }
            expected += 1
            return contrary
        }.joined(separator: "\n")
        #expect(expected > 1)
        let file = folder.path + "/" + name
        try Data(broken.utf8).write(to: URL(fileURLWithPath: file))
        let junit = folder.path + "/results.xml"
        let run = try HubProcess.run("fieldsim", ["run", "--quiet", "--junit", junit, file] + (isReal ? [] : ["--simulated"]))
        #expect(run.code == 3, "\(run.errors)")
        #expect(run.output.components(separatedBy: "\(file):").count - 1 == expected, "\(run.output)")
        #expect(try String(contentsOfFile: junit, encoding: .utf8).components(separatedBy: "<failure ").count - 1 == expected)
    }

    /// The contrary of an expectation of a value, a row, a number or a mail.
    private static func contrary(_ line: String, _ patience: String) -> String? {
        guard line.hasPrefix("  - {expect: ") else { return nil }
        // What follows needs the mail.
        if line.contains("expect: mail") { return line.replacing(#/(says|attached): [^,}]+/#, with: { "\($0.1): image/png" }).replacing("within: 1 m", with: "within: 15 s") }
        let hurried = line.replacingOccurrences(of: "- {expect: ", with: "- {within: \(patience), expect: ").replacing(#/, within: \d+ m/#, with: "")
        // Not the other way round: a row that comes is not there at first.
        if line.contains("expect: held") { return nil }
        let something = line.contains("_at,") ? "2026-06-15T08:30:00Z" : "\"77\""
        for (from, to) in [("expect: not_held", "expect: held"), ("is: null", "is: \(something)"), ("is: open}", "is: ended}"), ("is: ended}", "is: open}")] where line.contains(from) {
            return hurried.replacingOccurrences(of: from, with: to)
        }
        if line.contains("expect: rows") { return hurried.replacing(#/are: \d+/#, with: "are: 77") }
        // What is wrong with one of the numbers is enough.
        if line.contains("expect: counts") { return hurried.replacing(#/(pending|conflicts|refused): \d+/#, with: { "\($0.1): 77" }) }
        if line.contains("row: document/") { return hurried.replacing("is: signed", with: "is: declined") }
        if line.contains("row: signature_request/") { return hurried.replacing(#/is: [a-z_]+/#, with: "is: expired") }
        for (field, other) in [("status", "posted"), ("state", "waiting"), ("priority", line.contains("is: high") ? "low" : "high")] where line.contains("field: \(field),") {
            return hurried.replacing(#/is: [a-z_]+/#, with: "is: \(other)")
        }
        if line.contains("expect: value") { return hurried.replacing(#/is: (\d+|null)([,}])/#, with: { "is: 77\($0.2)" }).replacing(#/is: (\[[^\]]*\]|[^\d{},\[][^,}]*)/#, with: "is: high") }
        return nil
    }

    @Test func theGuidesExampleComesTrue() throws {
        let guide = try String(contentsOfFile: projectFolder + "/docs/guides/scenarios.md", encoding: .utf8)
        let example = try #require(guide.components(separatedBy: "```yaml\n").dropFirst().first?.components(separatedBy: "```").first)
        let folder = try TemporaryFolder()
        let file = folder.path + "/first.yaml"
        try Data(example.replacingOccurrences(of: "company: ../", with: "company: \(projectFolder)/Fixtures/").utf8).write(to: URL(fileURLWithPath: file))
        let run = try HubProcess.run("fieldsim", ["run", "--simulated", file])
        #expect(run.code == 0 && run.output.hasSuffix("4 expectations, all came true.\n"), "\(run.output)\(run.errors)")
    }

    @Test func aHubThatRunsAlreadyIsPlayedAgainst() throws {
        let folder = try TemporaryFolder(), hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { hub.stop() }
        let file = folder.path + "/s.yaml"
        let text = """
            scenario: 1
            title: Not ours
            company: \(projectFolder)/Fixtures/sample-company/company.yaml
            devices: {ines: {user: ines}}
            steps:
              - {who: ines, does: set, row: work_order/wo_chiller, fields: {priority: low}}
              - {who: ines, does: kill}
              - {who: ines, does: start}
              - {who: ines, does: sync}
              - {expect: value, row: work_order/wo_chiller, field: priority, is: low, where: everyone}
              - {who: hub, does: kill}
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let run = try HubProcess.run("fieldsim", ["run", file, "--hub", hub.url, "--data", hub.folder])
        #expect(run.code == 3 && run.output.contains("✓ priority of work_order/wo_chiller is low at ines, hub"), "\(run.output)\(run.errors)")
        #expect(run.output.contains("\(file):11: The hub was not started by this story"), "\(run.output)")
        // It goes on, and has what the story wrote.
        let answer = try hub.command(["verify"])
        #expect(answer.code == 0, "\(answer.output)\(answer.errors)")
        let customers = try HubProcess.run("fieldsim", ["run", Self.folder + "/mailbox-scanner.yaml", "--hub", hub.url, "--data", hub.folder])
        #expect(customers.code == 1 && customers.errors.contains("Play it without --hub"), "\(customers.errors)")
        #expect(try HubProcess.run("fieldsim", ["run", file, "--hub", hub.url]).code == 64)
    }

    @Test func whatIsNotForAStageIsSaidBefore() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/s.yaml"
        let text = """
            scenario: 1
            title: Full
            company: \(projectFolder)/Fixtures/sample-company/company.yaml
            devices: {nadia: {user: nadia}}
            steps:
              - {who: nadia, does: disk_fills}
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let refused = try HubProcess.run("fieldsim", ["run", file])
        #expect(refused.code == 3 && refused.output.contains("\(file):6: A full disk is simulated only."), "\(refused.output)")
        try Data(text.replacingOccurrences(of: "title: Full", with: "title: Full\nonly: simulated").utf8).write(to: URL(fileURLWithPath: file))
        let left = try HubProcess.run("fieldsim", ["run", file])
        #expect(left.code == 0 && left.output.contains("not played with a real hub"))
        let missing = try HubProcess.run("fieldsim", ["run", folder.path + "/none.yaml"])
        #expect(missing.code == 1 && missing.errors.contains("cannot be read"))
    }
}

import Domain
import Foundation
import ReplicationCore
import Testing
import TestTraits

/// An administrator adds a field and makes it mandatory while an account manager's device works: through the real programs.
@Suite(.serialized, .realTime)
struct CustomFieldCommandTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess
    private var device: String { folder.path + "/kofi" }
    private let large = RowID.derived(collection: 4, key: ["cold_store"]), small = RowID.derived(collection: 4, key: ["bakery"])

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
    }

    private func shell(_ commands: String...) throws -> [[String: Any]] {
        let result = try HubProcess.run("fieldsim", ["repl", "--replica", device, "--json"] + commands.flatMap { ["-c", $0] })
        return try result.output.split(separator: "\n").compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.filter { $0["ok"] != nil }
    }

    /// The last command's failure; nil where it did what it should.
    private func failure(_ commands: String...) throws -> String? {
        let result = try HubProcess.run("fieldsim", ["repl", "--replica", device] + commands.flatMap { ["-c", $0] })
        return result.code == 0 ? nil : result.output + result.errors
    }

    private func converge(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) {
        try HubProcess.run("converge", arguments + ["--data", hub.folder])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a field and a rule are added, held to, listed and retired`() throws {
        try hub.start()
        defer { hub.stop() }
        #expect(try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"]).code == 0)
        let code = try hub.enrolmentCode(for: "kofi@harborlift.example")
        #expect(try HubProcess.run("fieldsim", ["enrol", "--replica", device, "--hub", hub.url, "--code", code]).code == 0)
        _ = try shell("online", "sync 120")

        let added = try converge("field", "add", "account", "loyalty", "--type", "choice gold | silver", "--label", "Loyalty", "--account-type", "large")
        #expect(added.code == 0 && added.output.contains("custom.loyalty of account"), "\(added)")
        let ruled = try converge("rule", "add", "contact", "job_title", "--region", "Harbor")
        #expect(ruled.code == 1 && ruled.errors.contains("Harbor"), "\(ruled)")
        #expect(try converge("rule", "add", "contact", "job_title", "--account-type", "large").code == 0)

        // The mistakes that people make are told with what to do.
        for (arguments, code, said) in [
            (["field", "add", "account", "loyalty", "--type", "text 9", "--label", "L"], 3, "loyalty"),
            (["field", "add", "account", "Loyalty", "--type", "text 9", "--label", "L"], 3, "lower-case"),
            (["field", "add", "nothing", "x", "--type", "text 9", "--label", "L"], 3, "nothing"),
            (["field", "add", "account", "x", "--type", "txt", "--label", "L"], 64, "--type"),
            (["field", "retire", "account", "nothing"], 1, "converge field list"),
            (["rule", "add", "account", "custom.nothing"], 3, "custom field 'nothing'"),
            (["rule", "retire", "contact", "job_title"], 1, "--account-type"),
        ] as [([String], Int32, String)] {
            let result = try HubProcess.run("converge", arguments + ["--data", hub.folder])
            #expect(result.code == code && result.errors.localizedCaseInsensitiveContains(said), "\(arguments): \(result)")
        }

        let held = try failure("online", "sync 120", "set account \(large) custom.loyalty=bronze")
        #expect(held?.contains("gold") == true, "\(held ?? "taken")")
        #expect(try failure("set account \(small) custom.loyalty=gold")?.contains("is not for this") == true)
        #expect(try failure("create contact account=\(large) name=Ada")?.contains("Job title") == true)
        #expect(try failure("create contact account=\(small) name=Ada") == nil)
        #expect(try failure("set account \(large) custom.loyalty=gold", "online", "sync 120") == nil)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(try converge("field", "list", "--json").output.utf8)) as? [String: Any])
        #expect((fields["fields"] as? [[String: Any]])?.count == 1 && (fields["rules"] as? [[String: Any]])?.count == 1, "\(fields)")
        let explained = try hub.command(["explain", "account", "\(large)", "custom", "loyalty"])
        #expect(explained.code == 0 && explained.output.contains("gold") && explained.output.contains("Kofi"), "\(explained)")

        #expect(try converge("rule", "retire", "contact", "job_title", "--account-type", "large").code == 0)
        #expect(try converge("field", "retire", "account", "loyalty").code == 0)
        #expect(try failure("online", "sync 120", "create contact account=\(large) name=Ada", "sync") == nil)
        #expect(try failure("set account \(large) custom.loyalty=silver")?.contains("was retired") == true)
        #expect(try converge("field", "list").output.contains("retired") && converge("rule", "list").output.contains("retired"))

        let verified = try HubProcess.run("fieldsim", ["verify", "--replica", device])
        #expect(verified.code == 0 && verified.output.contains("Equal: "), "\(verified)")
        let asJSON = try HubProcess.run("fieldsim", ["verify", "--replica", device, "--json"])
        let receipts = asJSON.output.split(separator: "\n").compactMap { $0.contains("fingerprint") ? $0 : nil }
        #expect(asJSON.code == 0 && receipts.count == 1, "\(asJSON)")
        hub.stop()
        let away = try HubProcess.run("fieldsim", ["verify", "--replica", folder.path + "/nobody"])
        #expect(away.code == 1 && (away.output + away.errors).contains("enrol"), "\(away)")
    }
}

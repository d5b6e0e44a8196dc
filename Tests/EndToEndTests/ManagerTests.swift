import Foundation
import ReplicationCore
import Testing
import TestTraits

/// What managers are there for: figures of their accounts, and answers to those who ask. Through the real programs.
@Suite(.serialized, .realTime)
struct ManagerTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess
    private let account = RowID.derived(collection: 4, key: ["cold_store"])

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
    }

    private func shell(_ name: String, _ commands: String...) throws -> [[String: Any]] {
        let result = try HubProcess.run("fieldsim", ["repl", "--replica", folder.path + "/" + name, "--json"] + commands.flatMap { ["-c", $0] })
        #expect(result.code == 0, "\(name): \(commands): \(result.output) \(result.errors)")
        return try result.output.split(separator: "\n").compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.filter { $0["ok"] != nil }
    }

    private func rows(_ name: String, _ query: String) throws -> [[String: Any]] {
        try #require(try shell(name, "query \(query)").last?["rows"] as? [[String: Any]])
    }

    private func enrol(_ names: String...) throws {
        #expect(try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"]).code == 0)
        for name in names {
            let code = try hub.enrolmentCode(for: "\(name)@harborlift.example")
            #expect(try HubProcess.run("fieldsim", ["enrol", "--replica", folder.path + "/" + name, "--hub", hub.url, "--code", code]).code == 0)
            _ = try shell(name, "online", "sync 120")
        }
    }

    private func interactions(_ name: String) throws -> Int? {
        try rows(name, "SELECT interactions FROM account_figures WHERE account = x'\("\(account)".replacing("-", with: ""))'").first?["interactions"] as? Int
    }

    @Test(.timeLimit(.minutes(10)))
    func `figures add up what people did while they were away`() throws {
        try hub.start()
        defer { hub.stop() }
        try enrol("kofi", "mei", "ruth")
        let before = try interactions("ruth") ?? 0
        for (name, count) in [("kofi", 2), ("mei", 1)] {
            for index in 0..<count {
                _ = try shell(name, "create interaction account=\(account) channel=call summary=\"Call \(index) of \(name)\" happened_at=now")
            }
        }
        // Own entries count at once, on what the hub had said.
        if before > 0 { #expect(try interactions("kofi") == before + 2) }
        for name in ["kofi", "mei", "ruth", "kofi"] { _ = try shell(name, "online", "sync 120") }
        #expect(try interactions("ruth") == before + 3 && interactions("kofi") == before + 3)
    }

    @Test(.timeLimit(.minutes(10)))
    func `an approval is asked for without a network, decided by the manager, and told`() throws {
        try hub.start()
        defer { hub.stop() }
        try enrol("nadia", "tomas", "ruth")
        let territory = try #require(try rows("nadia", "SELECT territory FROM user WHERE name LIKE 'Nadia%'").first?["territory"] as? String)
        let nadia = try #require(try rows("nadia", "SELECT id FROM user WHERE name LIKE 'Nadia%'").first?["id"] as? String)
        let asked = try #require(try shell(
            "nadia", "create approval kind=overtime reason=\"The pump has to run tonight\" territory=\(territory) asked_by=\(nadia) asked_at=now"
        ).last?["row"] as? String)
        let refused = try HubProcess.run("fieldsim", ["repl", "--replica", folder.path + "/nadia", "-c", "set approval \(asked) decision=approved"])
        #expect(refused.code != 0 && (refused.output + refused.errors).contains("A Technician may not write decision of Approval."), "\(refused)")
        for name in ["nadia", "ruth"] { _ = try shell(name, "online", "sync 120") }
        let ruth = try #require(try rows("ruth", "SELECT id FROM user WHERE name LIKE 'Ruth%'").first?["id"] as? String)
        _ = try shell("ruth", "set approval \(asked) decision=approved decided_by=\(ruth) decided_at=now decision_note=\"Two hours\"", "online", "sync 120")
        for name in ["nadia", "tomas"] { _ = try shell(name, "online", "sync 120") }
        #expect(try rows("nadia", "SELECT decision, decision_note FROM approval").first?["decision"] as? String == "approved")
        #expect(try rows("tomas", "SELECT id FROM approval").isEmpty, "what a colleague asks is no matter of hers")
    }
}
